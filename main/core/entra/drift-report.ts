// The drift report: required, configured and granted side by side, from what was read. Pure functions.
import type {
  DriftPermission,
  DriftReport,
  DriftRow,
  SecretInfo,
} from '../../contract/models/application.ts'
import { driftRows } from './drift-rows.ts'
import { GRAPH_APP_ID, permissionTable, type WantedPermissions } from './permissions.ts'
import type { PasswordCredential } from './graph-objects.ts'
import type { ProvisioningRecord } from './provisioning-record.ts'
import { isExpired, knownSecretOf } from './secret-decision.ts'
import type { TenantReading } from './tenant-reading.ts'

type Kind = DriftPermission['kind']

/** Everything that a comparison is made of. */
export interface DriftFacts {
  reading: TenantReading
  record: ProvisioningRecord
  /** The one that the settings ask for. */
  redirectUri: string
  wanted: WantedPermissions
  /** The text of the client secret, as far as the vault holds one. */
  secretText: string | undefined
  now: Date
}

/** Something that is there and not needed, as a person may choose it for removal. */
export type Surplus =
  /** Others than the own tenant may sign in, on an application that somebody else made. */
  | { kind: 'audience' }
  | { kind: 'redirect-uri'; uri: string }
  | { kind: 'configured-resource'; resourceAppId: string }
  | { kind: 'permission'; of: Kind; value: string; id: string }
  | { kind: 'grant'; grantId: string }
  | { kind: 'assignment'; assignmentId: string }
  | { kind: 'secret'; keyId: string }

/** The report, and what each of its removalIds means. */
export function compareWithTenant(facts: DriftFacts): {
  report: DriftReport
  surplus: Map<string, Surplus>
} {
  const { reading, record, now } = facts
  const surplus = new Map<string, Surplus>()
  const offer = (found: Surplus): string => {
    const id = removalIdOf(found)
    surplus.set(id, found)
    return id
  }
  const permissions = permissionsOf(facts, offer)
  const rows: DriftRow[] = driftRows(facts, { permissions, offer })
  const secrets = secretsOf(facts, offer)
  return {
    surplus,
    report: {
      at: now.toISOString(),
      applicationObjectId: record.applicationObjectId,
      appId: record.appId,
      displayName: reading.application?.displayName ?? record.displayName,
      inOrder:
        rows.every(({ state }) => state === 'ok' || state === 'surplus') &&
        permissions.every(({ state }) => state !== 'missing'),
      rows,
      permissions,
      secrets,
    },
  }
}

/** The same thing has the same id in every report. */
function removalIdOf(found: Surplus): string {
  switch (found.kind) {
    case 'audience':
      return 'sign-in-audience'
    case 'redirect-uri':
      return `redirect-uri:${found.uri}`
    case 'configured-resource':
      return `configured-resource:${found.resourceAppId}`
    case 'permission':
      return `permission:${found.of}:${found.value}`
    case 'grant':
      return `grant:${found.grantId}`
    case 'assignment':
      return `assignment:${found.assignmentId}`
    case 'secret':
      return `secret:${found.keyId}`
  }
}

/** Every permission of the table, then every other one of Graph that is configured or granted. */
function permissionsOf(
  { reading, wanted }: DriftFacts,
  offer: (found: Surplus) => string,
): DriftPermission[] {
  const { graphPrincipal, application, grants, assignments } = reading
  const published: Record<Kind, { id: string; value: string | null }[]> = {
    delegated: graphPrincipal.oauth2PermissionScopes,
    application: graphPrincipal.appRoles,
  }
  // What Microsoft withdrew has no name any more: then its id must do.
  const nameOf = (kind: Kind, id: string) =>
    published[kind].find((one) => isSame(one.id, id))?.value ?? id
  const idOf = (kind: Kind, value: string) =>
    published[kind].find((one) => isSame(one.value ?? '', value))?.id ?? null

  const configured: Record<Kind, string[]> = { delegated: [], application: [] }
  for (const { resourceAppId, resourceAccess } of application?.requiredResourceAccess ?? []) {
    if (!isSame(resourceAppId, GRAPH_APP_ID)) continue
    for (const { id, type } of resourceAccess) {
      const kind = type === 'Scope' ? 'delegated' : 'application'
      configured[kind].push(nameOf(kind, id))
    }
  }
  const granted: Record<Kind, string[]> = {
    delegated: grants
      .filter((grant) => grant.resourceId === graphPrincipal.id)
      .flatMap((grant) => grant.scope.split(/\s+/).filter((one) => one !== '')),
    application: assignments
      .filter((one) => one.resourceId === graphPrincipal.id)
      .map((one) => nameOf('application', one.appRoleId)),
  }
  const has = (list: string[], value: string) => list.some((one) => isSame(one, value))
  const compare = (kind: Kind, value: string, optional: boolean): DriftPermission => {
    const about = {
      value,
      kind,
      required: wanted[kind].includes(value),
      configured: has(configured[kind], value),
      granted: has(granted[kind], value),
      optional,
    }
    const isSurplus = !about.required && (about.configured || about.granted)
    const isMissing = about.required && !(about.configured && about.granted)
    return {
      ...about,
      state: isMissing ? 'missing' : isSurplus ? 'surplus' : 'ok',
      removalId: isSurplus
        ? offer({ kind: 'permission', of: kind, value, id: idOf(kind, value) ?? value })
        : null,
    }
  }
  const others = (['delegated', 'application'] as const).flatMap((kind) => {
    const known = permissionTable.filter((one) => one.kind === kind).map((one) => one.value)
    const found = [...configured[kind], ...granted[kind]].filter((value) => !has(known, value))
    return unique(found).map((value) => compare(kind, value, false))
  })
  return [
    ...permissionTable.map(({ kind, value, optional }) => compare(kind, value, optional)),
    ...others,
  ]
}

function secretsOf(
  { reading, record, now }: DriftFacts,
  offer: (found: Surplus) => string,
): SecretInfo[] {
  return (reading.application?.passwordCredentials ?? []).map((credential) => {
    const state = secretStateOf(credential, record)
    return {
      ...knownSecretOf(credential),
      expired: isExpired(credential, now),
      state,
      removalId: state === 'foreign' ? offer({ kind: 'secret', keyId: credential.keyId }) : null,
    }
  })
}

/** Whose a secret is. One that a run of ours is just making counts as ours before its id is noted. */
function secretStateOf(
  { keyId, displayName }: Pick<PasswordCredential, 'keyId' | 'displayName'>,
  { clientSecret, pendingSecret, rotation }: ProvisioningRecord,
): SecretInfo['state'] {
  if (keyId === clientSecret?.keyId) return 'current'
  if (keyId === rotation?.newSecret?.keyId) return 'next'
  if (keyId === rotation?.oldSecret?.keyId) return 'previous'
  const ours = [pendingSecret?.displayName, rotation?.displayName]
  return displayName !== null && ours.includes(displayName) ? 'next' : 'foreign'
}

/** Graph's names and ids are compared without case. */
function isSame(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase()
}

function unique(values: string[]): string[] {
  return values.filter(
    (value, index) => values.findIndex((other) => isSame(other, value)) === index,
  )
}
