// What was proven of the set-up: verified by a token, confirmed by a person; each holds only for the values it was about.
import * as v from 'valibot'
import type { VerifyResult } from '../contract/models/setup.ts'
import type { ProvisioningRecord } from './entra/provisioning-record.ts'
import type { Database } from './ports/database.ts'

const VERIFICATION = 'verification'
const HANDOVER = 'handover'

const valuesSchema = v.object({
  tenantId: v.string(),
  applicationObjectId: v.string(),
  appId: v.string(),
  /** On the contact center: another one has not been told anything. */
  redirectUri: v.string(),
  keyId: v.optional(v.string()),
})

/** The values that a proof is about. */
type ProvenValues = v.InferOutput<typeof valuesSchema>

/** Earlier versions kept a proof without its values: then they are null. */
const values = v.optional(v.nullable(valuesSchema), null)
const resultSchema = v.object({
  at: v.string(),
  roles: v.array(v.string()),
  missingRoles: v.array(v.string()),
  delegatedGranted: v.boolean(),
  /** Earlier versions did not note it. */
  delegatedSeen: v.optional(v.boolean(), false),
})
const verificationSchema = v.object({ ...resultSchema.entries, of: values })
const handoverSchema = v.union([
  v.object({ at: v.string(), of: values }),
  v.pipe(
    v.string(),
    v.transform((at) => ({ at, of: null })),
  ),
])

type Verification = v.InferOutput<typeof verificationSchema>
type Confirmation = v.InferOutput<typeof handoverSchema>

type Records = Pick<Database, 'readRecord' | 'writeRecord' | 'deleteRecord'>

export class Proofs {
  #database: Records
  #verification: Verification | null = null
  #isSetAside = false
  #handover: Confirmation | null = null

  constructor(database: Records) {
    this.#database = database
  }

  /** Reads what earlier runs have proven. What cannot be read counts as not proven. */
  async load(): Promise<void> {
    const verification = v.safeParse(
      verificationSchema,
      await this.#database.readRecord(VERIFICATION),
    )
    const handover = v.safeParse(handoverSchema, await this.#database.readRecord(HANDOVER))
    this.#verification = verification.success ? verification.output : null
    this.#handover = handover.success ? handover.output : null
    this.#isSetAside = false
  }

  /** Takes the values in use: what was proven before it was kept with its values is about these. */
  async take(record: ProvisioningRecord | null): Promise<void> {
    const verification = this.#verification
    if (verification?.of === null && record?.completedAt) {
      await this.#keepVerification({ ...verification, of: valuesOf(record) })
    }
    const handover = this.#handover
    if (handover?.of === null && record && couldMean(handover, record)) {
      await this.#keepHandover({ ...handover, of: valuesOf(record) })
    }
    // Should other values come back, what has been entered by then is not known: forgotten for good.
    if (this.#handover && !isHandedOver(this.#handover.of, record)) await this.forgetHandover()
  }

  /** What the verification of these values has found; null where there was none. */
  verified(record: ProvisioningRecord | null): VerifyResult | null {
    const found = this.#isSetAside ? null : this.#verification
    if (!found || isChanging(record) || !isOfApplication(found.of, record)) return null
    // A rotation takes nothing into use without having proven it.
    if (!isAbout(found.of, record) && !record?.clientSecret?.proven) return null
    const { of: _, ...result } = found
    return result
  }

  /** True where this application was verified, though perhaps with an earlier secret. */
  wasVerified(record: ProvisioningRecord | null): boolean {
    return !this.#isSetAside && isOfApplication(this.#verification?.of, record)
  }

  /** When a person confirmed these values; null where nobody did. */
  confirmedAt(record: ProvisioningRecord | null): string | null {
    const found = this.#handover
    return found && !isChanging(record) && isHandedOver(found.of, record) ? found.at : null
  }

  async noteVerification(record: ProvisioningRecord, result: VerifyResult): Promise<void> {
    this.#isSetAside = false
    await this.#keepVerification({ ...result, of: valuesOf(record) })
  }

  async noteHandover(record: ProvisioningRecord, now: Date): Promise<void> {
    await this.#keepHandover({ at: now.toISOString(), of: valuesOf(record) })
  }

  /** While the tenant is changed, an earlier verification says nothing; should the run stop, it holds again. */
  setVerificationAside(): void {
    this.#isSetAside = true
  }

  async forgetVerification(): Promise<void> {
    this.#verification = null
    await this.#database.deleteRecord(VERIFICATION)
  }

  async forgetHandover(): Promise<void> {
    this.#handover = null
    await this.#database.deleteRecord(HANDOVER)
  }

  async #keepVerification(verification: Verification): Promise<void> {
    this.#verification = verification
    await this.#database.writeRecord(VERIFICATION, verification)
  }

  async #keepHandover(handover: Confirmation): Promise<void> {
    this.#handover = handover
    await this.#database.writeRecord(HANDOVER, handover)
  }
}

/** False where the secret was made later than it was confirmed. */
function couldMean({ at }: Confirmation, { clientSecret }: ProvisioningRecord): boolean {
  return clientSecret !== null && Date.parse(clientSecret.startDateTime) <= Date.parse(at)
}

/** True between the asking for another secret and the note of it: the vault may hold the new one already. */
function isChanging(record: ProvisioningRecord | null): boolean {
  return record?.pendingSecret != null
}

function isHandedOver(of: ProvenValues | null, record: ProvisioningRecord | null): boolean {
  return isAbout(of, record) && of?.redirectUri === record?.redirectUri
}

function isAbout(of: ProvenValues | null, record: ProvisioningRecord | null): boolean {
  return isOfApplication(of, record) && of?.keyId === record?.clientSecret?.keyId
}

function isOfApplication(
  of: ProvenValues | null | undefined,
  record: ProvisioningRecord | null,
): boolean {
  if (!of || !record) return false
  return (
    of.tenantId === record.tenantId &&
    of.applicationObjectId === record.applicationObjectId &&
    of.appId === record.appId
  )
}

function valuesOf(record: ProvisioningRecord): ProvenValues {
  const { tenantId, applicationObjectId, appId, redirectUri, clientSecret } = record
  return { tenantId, applicationObjectId, appId, redirectUri, keyId: clientSecret?.keyId }
}
