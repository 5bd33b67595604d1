// Who consented, as the audit trail tells: the writes that granted permissions to this application.
import type { AuditEntry } from '../contract/models/removal.ts'
import type { ProvisioningRecord } from './entra/provisioning-record.ts'

export interface ConsentRow {
  what: string
  by: string | null
  at: string | null
  requestId: string | null
  permissions: string
}

const KINDS = [
  { what: 'Delegated permissions', fits: /^oauth2PermissionGrants?$/i },
  { what: 'Application permissions', fits: /^appRoleAssign(?:ments?|edTo)$/i },
]

/** One row for each write; one row that says so for a kind of which nothing is known. */
export function consentRows(record: ProvisioningRecord, audit: AuditEntry[]): ConsentRow[] {
  const ours = ownGrants(record, audit)
  return KINDS.flatMap(({ what, fits }): ConsentRow[] => {
    const rows = ours.flatMap((entry) => {
      const isOfKind =
        fits.test(entry.object) || entry.path.split(/[/?(]/).some((part) => fits.test(part))
      const permissions = grantedBy(entry)
      if (!isOfKind || permissions === null) return []
      return [{ what, by: entry.account, at: entry.at, requestId: entry.requestId, permissions }]
    })
    return rows.length > 0 ? rows : [{ what, by: null, at: null, requestId: null, permissions: '' }]
  })
}

/** What succeeded for this application; an application of another tenant, or of before, is another one. */
function ownGrants(record: ProvisioningRecord, audit: AuditEntry[]): AuditEntry[] {
  const done = audit.filter((one) => one.tenantId === record.tenantId && one.outcome === 'done')
  const made = record.origin === 'made' && done.findLast(isCreation)
  const names = namesOf(record, done)
  return done.filter((entry) => {
    if (entry.action === 'remove' || (made && entry.id < made.id)) return false
    const client = textIn(entry.after, 'principalId') ?? textIn(entry.after, 'clientId')
    if (client !== null) return client === record.servicePrincipalId
    const name = textIn(entry.after, 'assignedTo') ?? nameOfGrant(entry)
    return name === null || names.has(name)
  })
}

function isCreation({ object, action }: AuditEntry): boolean {
  return object === 'application' && action === 'create'
}

/** The application's name now, and those it had: an identity team may have renamed it. */
function namesOf({ displayName, applicationObjectId }: ProvisioningRecord, done: AuditEntry[]) {
  const changes = done.filter((one) => one.path.startsWith(`/applications/${applicationObjectId}`))
  const earlier = changes.flatMap(({ name, before, after }) => [
    name,
    textIn(before, 'displayName'),
    textIn(after, 'displayName'),
  ])
  return new Set([displayName, ...earlier])
}

/** A grant is noted under the application's name, an assignment under the permission's. */
function nameOfGrant({ object, name }: AuditEntry): string | null {
  return object === 'oauth2PermissionGrant' && name !== '' ? name : null
}

/** The permissions that came with a write; null for one that only took some away. */
function grantedBy({ name, before, after }: AuditEntry): string | null {
  const scope = textIn(after, 'scope')
  if (scope === null) return textIn(after, 'role') ?? name
  const had = (textIn(before, 'scope') ?? '').split(/\s+/)
  const added = scope.split(/\s+/).filter((one) => one !== '' && !had.includes(one))
  return added.length > 0 ? added.join(', ') : null
}

function textIn(value: unknown, name: string): string | null {
  if (typeof value !== 'object' || value === null) return null
  const field: unknown = Object.entries(value).find(([key]) => key === name)?.[1]
  return typeof field === 'string' ? field : null
}
