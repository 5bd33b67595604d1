// What to do about the client secret, and which ones are nobody's, from what the record, the vault and the tenant say.
import type { PasswordCredential } from './graph-objects.ts'
import type { KnownSecret, ProvisioningRecord } from './provisioning-record.ts'

export type SecretDecision =
  | { kind: 'keep'; credential: KnownSecret }
  /** Its text was stored, but the run stopped before it was noted. */
  | { kind: 'adopt'; credential: KnownSecret }
  | { kind: 'make'; why: 'none' | 'expired' | 'removed' | 'value-lost' }

/** A secret this new may be missing in a replica's answer. */
const FRESH_MS = 15 * 60_000

/** What to do about the secret, from what the record, the vault and the tenant say. A pure function. */
export function decideSecret({
  record,
  text,
  credentials,
  now,
}: {
  record: Pick<ProvisioningRecord, 'clientSecret' | 'pendingSecret'> &
    Partial<Pick<ProvisioningRecord, 'rotation'>>
  text: string | undefined
  credentials: PasswordCredential[]
  now: Date
}): SecretDecision {
  const { clientSecret: known, pendingSecret: pending } = record
  const isHeld = (hint: string | null) => text !== undefined && text.startsWith(hint ?? '')
  const asked = credentials.find((one) => pending && one.displayName === pending.displayName)
  // The vault holds one text. If it begins like the new secret and not like the old one, it is the new one's.
  if (asked?.hint && isHeld(asked.hint) && known?.hint !== asked.hint) {
    return { kind: 'adopt', credential: knownSecretOf(asked) }
  }
  // A rotation that stopped between vault and record: the text held is that of its other secret.
  const { newSecret, oldSecret } = record.rotation ?? {}
  const switched = [newSecret, oldSecret].find(
    (one) => one?.hint && isHeld(one.hint) && credentials.some(({ keyId }) => keyId === one.keyId),
  )
  if (switched && !(known && isHeld(known.hint))) return { kind: 'keep', credential: switched }
  if (!known) return { kind: 'make', why: 'none' }
  const existing = credentials.find((one) => one.keyId === known.keyId)
  if (!existing) return { kind: 'make', why: 'removed' }
  if (isExpired(existing, now)) return { kind: 'make', why: 'expired' }
  if (!isHeld(existing.hint)) return { kind: 'make', why: 'value-lost' }
  return { kind: 'keep', credential: known }
}

/**
 * Credentials that carry a name only we gave, and whose text nobody holds: left by a run that was stopped
 * between Graph's answer and our note. Their value is lost for ever.
 */
export function orphansOf(
  record: Pick<ProvisioningRecord, 'clientSecret' | 'pendingSecret'>,
  credentials: PasswordCredential[],
): PasswordCredential[] {
  const { clientSecret, pendingSecret } = record
  const names = [clientSecret?.displayName, pendingSecret?.displayName]
  return credentials.filter(
    ({ keyId, displayName }) =>
      // A secret without a name may be anybody's.
      displayName && names.includes(displayName) && keyId !== clientSecret?.keyId,
  )
}

/** True when a secret was made so recently that not every replica knows it. */
export function isFresh(secret: KnownSecret | null, now: Date): boolean {
  return secret !== null && now.getTime() - Date.parse(secret.startDateTime) < FRESH_MS
}

/** What the record keeps of a credential. */
export function knownSecretOf(credential: PasswordCredential): KnownSecret {
  return {
    keyId: credential.keyId,
    hint: credential.hint ?? '',
    displayName: credential.displayName ?? '',
    startDateTime: credential.startDateTime ?? '',
    endDateTime: credential.endDateTime ?? '',
  }
}

/** True for a credential whose time is over; one without an end has no such time. */
export function isExpired({ endDateTime }: PasswordCredential, now: Date): boolean {
  return endDateTime !== null && Date.parse(endDateTime) <= now.getTime()
}
