// What the report says, section by section, before it becomes Markdown or HTML.
import type { DriftReport } from '../contract/models/application.ts'
import type { Cloud } from '../contract/models/connection.ts'
import type { AuditEntry } from '../contract/models/removal.ts'
import type { ConnectionSettings } from '../contract/models/settings.ts'
import type { VerifyResult } from '../contract/models/setup.ts'
import { consentRows } from './report-consent.ts'
import { wantedPermissions } from './entra/permissions.ts'
import type { ProvisioningRecord } from './entra/provisioning-record.ts'
import { localIso } from './local-time.ts'

export interface ReportFacts {
  record: ProvisioningRecord
  settings: ConnectionSettings
  cloud: Cloud
  verified: VerifyResult | null
  drift: DriftReport | null
  audit: AuditEntry[]
  confirmedAt: string | null
  version: string
  now: Date
}

/** A heading with a table under it. `columns` is null for a table of names and values. */
export interface ReportSection {
  title: string
  columns: string[] | null
  rows: string[][]
  /** A sentence under the table; null for none. */
  note: string | null
}

export interface ReportContent {
  title: string
  subtitle: string
  sections: ReportSection[]
}

const DAY_MS = 24 * 60 * 60_000
const NOT_KNOWN = 'not known to EMI Tray'

/** The whole report. It holds ids and the secret's first characters, never the secret. */
export function reportContent(facts: ReportFacts): ReportContent {
  const { record, version, now } = facts
  // A comparison with an application that was replaced since says nothing about this one.
  const drift = facts.drift?.appId === record.appId ? facts.drift : null
  const current = { ...facts, drift }
  return {
    title: 'Teams integration report',
    subtitle: `For ${record.displayName} in ${record.tenantDisplayName}, ${localIso(now)}, made by EMI Tray ${version}`,
    sections: [
      tenantSection(current),
      applicationSection(current),
      permissionSection(current),
      consentSection(current),
      secretSection(current),
      handoverSection(current),
      originSection(current),
    ],
  }
}

function tenantSection({ record, cloud, settings }: ReportFacts): ReportSection {
  return {
    title: 'Tenant',
    columns: null,
    rows: [
      ['Microsoft Entra tenant', record.tenantDisplayName],
      ['Directory (tenant) ID', record.tenantId],
      ['Cloud', cloud.displayName],
      ['Sign-in address', cloud.loginHost],
      ['Microsoft Graph address', cloud.graphHost],
      ['Contact center', settings.tenantUrl],
    ],
    note: null,
  }
}

function applicationSection({ record, drift, verified }: ReportFacts): ReportSection {
  const audience = drift?.rows.find((row) => row.object === 'sign-in-audience')?.found
  return {
    title: 'Application',
    columns: null,
    rows: [
      ['Name', record.displayName],
      ['Unique name', record.uniqueName],
      ['Application (client) ID', record.appId],
      ['Object ID of the application', record.applicationObjectId],
      ['Object ID of the service principal', record.servicePrincipalId || NOT_KNOWN],
      ['Redirect URI (Web)', record.redirectUri],
      ['Sign-in audience', audience ?? audienceOf(record)],
      ['Set up on', timeOr(record.completedAt, 'not finished')],
      ['Last verified with a real token', timeOr(verified?.at, 'not since EMI Tray started')],
      ['Last compared with the tenant', comparison(drift)],
    ],
    note: null,
  }
}

/** What EMI Tray makes is for accounts of this tenant only; what others made was not looked at. */
function audienceOf({ origin }: ProvisioningRecord): string {
  return origin === 'made' ? 'AzureADMyOrg' : NOT_KNOWN
}

function comparison(drift: DriftReport | null): string {
  if (!drift) return 'not since EMI Tray started'
  return `${timeOf(drift.at)}, ${drift.inOrder ? 'everything in order' : 'something is missing or different'}`
}

function permissionSection({ settings, verified, drift }: ReportFacts): ReportSection {
  const { permissions } = wantedPermissions(settings)
  const grantedOf = (value: string, kind: string): string => {
    const found = drift?.permissions.find((one) => one.value === value && one.kind === kind)
    if (found) return found.granted ? 'yes' : 'no'
    if (!verified) return NOT_KNOWN
    const isGranted =
      kind === 'delegated' ? verified.delegatedGranted : verified.roles.includes(value)
    return isGranted ? 'yes' : 'no'
  }
  const wanted = permissions.map(({ value, kind, reason, optional }) => [
    value,
    kind,
    optional ? 'optional, chosen' : 'required',
    grantedOf(value, kind),
    reason,
  ])
  const surplus = (drift?.permissions ?? [])
    .filter((one) => one.state === 'surplus')
    .map(({ value, kind, granted }) => [
      value,
      kind,
      'not asked for',
      granted ? 'yes' : 'no',
      'Found on the application; EMI Tray does not need it.',
    ])
  const chosen = settings.optionalPermissions.join(', ') || 'none'
  return {
    title: 'Microsoft Graph permissions',
    columns: ['Permission', 'Kind', 'Asked for', 'Granted', 'Reason'],
    rows: [...wanted, ...surplus],
    note: `Optional extras chosen: ${chosen}. “Granted” is as of ${timeOr(drift?.at ?? verified?.at, 'no check yet')}.`,
  }
}

function consentSection({ record, audit }: ReportFacts): ReportSection {
  return {
    title: 'Consent for the organization',
    columns: ['What', 'By', 'When', 'Request-id', 'Permissions'],
    rows: consentRows(record, audit).map(({ what, by, at, requestId, permissions }) => [
      what,
      by ?? NOT_KNOWN,
      timeOr(at, NOT_KNOWN),
      requestId ?? '',
      permissions,
    ]),
    note: 'EMI Tray knows of consent that was given through it. Consent given elsewhere, such as on the admin consent page, is in the audit logs of Microsoft Entra.',
  }
}

function secretSection({ record, now }: ReportFacts): ReportSection {
  const { clientSecret: secret, rotation } = record
  const rows = secret
    ? [
        ['Begins with', secret.hint],
        ['Key ID', secret.keyId],
        ['Name', secret.displayName],
        ['Valid from', timeOf(secret.startDateTime)],
        ['Expires', timeOf(secret.endDateTime)],
        ['Days left', daysLeft(secret.endDateTime, now)],
      ]
    : [['Client secret', NOT_KNOWN]]
  const old = rotation?.oldSecret
  return {
    title: 'Client secret',
    columns: null,
    rows: [
      ...rows,
      ['Rotation', rotation ? ROTATION_WORDS[rotation.phase] : 'none under way'],
      ...(rotation ? [['Rotation started', timeOf(rotation.startedAt)]] : []),
      ...(old
        ? [['Earlier secret', `${old.hint}, key ID ${old.keyId}, until ${old.endDateTime}`]]
        : []),
    ],
    note: 'The secret itself is never part of this report.',
  }
}

const ROTATION_WORDS = {
  adding: 'a new secret is being made',
  proving: 'a new secret is being proven',
  'handing-over': 'the new secret waits until Test connection says OK; the earlier one still works',
  removing: 'the earlier secret is being removed',
}

/** As everywhere in EMI Tray: whole days, rounded up. */
function daysLeft(endDateTime: string, now: Date): string {
  const days = Math.ceil((Date.parse(endDateTime) - now.getTime()) / DAY_MS)
  return days > 0 ? String(days) : 'expired'
}

function handoverSection({ settings, confirmedAt }: ReportFacts): ReportSection {
  return {
    title: 'Hand-over to Bright Pattern',
    columns: null,
    rows: [
      ['Integration account', settings.integrationName],
      ['Form of version', settings.formVersion],
      ['Test connection confirmed', timeOr(confirmedAt, 'not yet')],
    ],
    note: null,
  }
}

const ORIGIN_WORDS = {
  made: 'made by this EMI Tray',
  adopted: 'made by somebody else, taken over by this EMI Tray',
  received: 'received in a sealed hand-over',
}

function originSection({ record }: ReportFacts): ReportSection {
  const { added, origin } = record
  const who = (isOurs: boolean) => (isOurs ? 'added by this EMI Tray' : 'found or added elsewhere')
  const list = (values: string[]) => values.join(', ') || 'nothing'
  return {
    title: 'What this EMI Tray added',
    columns: null,
    rows: [
      ['Origin', ORIGIN_WORDS[origin]],
      ['Application', who(added.application)],
      ['Service principal', who(added.servicePrincipal)],
      ['Redirect URI', who(added.redirectUri)],
      ['Permissions listed on the application', list(added.configured)],
      ['Delegated permissions granted', list(added.scopes)],
      ['Application permissions granted', list(added.roles)],
    ],
    note: 'Only what is named here is ever taken away unasked.',
  }
}

function timeOr(time: string | null | undefined, otherwise: string): string {
  return time ? timeOf(time) : otherwise
}

function timeOf(time: string): string {
  const at = new Date(time)
  return Number.isNaN(at.getTime()) ? time : localIso(at)
}
