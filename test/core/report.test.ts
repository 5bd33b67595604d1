import { describe, expect, it } from 'vitest'
import type { DriftReport } from '../../main/contract/models/application.ts'
import type { AuditEntry } from '../../main/contract/models/removal.ts'
import { localIso } from '../../main/core/local-time.ts'
import { createReport, type ReportFacts } from '../../main/core/report.ts'
import { defaultSettings } from '../../main/core/settings.ts'
import { globalCloud, SAMPLE_SECRET, sampleRecord } from './sample-record.ts'

const settings = { ...defaultSettings.connections.microsoft, tenantUrl: 'acme.example.com' }

const facts: ReportFacts = {
  record: sampleRecord(),
  settings,
  cloud: globalCloud,
  verified: {
    at: '2026-03-01T09:00:00.000Z',
    roles: ['Chat.ReadWrite.All', 'User.Read.All'],
    missingRoles: ['ChannelMessage.Read.All'],
    delegatedGranted: true,
    delegatedSeen: true,
  },
  drift: null,
  audit: [],
  confirmedAt: null,
  version: '1.2.3',
  now: new Date('2026-03-02T09:00:00.000Z'),
}

const write: AuditEntry = {
  id: 1,
  at: '2026-01-02T09:00:30.000Z',
  account: 'nora@contoso.example',
  tenantId: facts.record.tenantId,
  action: 'create',
  object: 'appRoleAssignment',
  name: 'User.Read.All',
  method: 'POST',
  path: '/servicePrincipals/6666/appRoleAssignedTo',
  outcome: 'done',
  status: 201,
  requestId: 'request-1',
  clientRequestId: 'client-1',
  before: null,
  after: { role: 'User.Read.All', assignedTo: facts.record.displayName },
}

const creation: AuditEntry = {
  ...write,
  ...{ object: 'application', name: facts.record.displayName, method: 'PATCH' },
  ...{ path: "/applications(uniqueName='emi-tray-acme-example-com')", after: null },
}

const grant: AuditEntry = {
  ...write,
  ...{ object: 'oauth2PermissionGrant', name: facts.record.displayName, action: 'change' },
  ...{ path: '/oauth2PermissionGrants/7777', requestId: 'request-2' },
  before: { scope: 'Chat.ReadWrite' },
  after: { scope: 'Chat.ReadWrite ChatMessage.Send User.Read.All' },
}
const lessScopes = { name: '7777', before: grant.after, after: grant.before }

/** The cells of every row of a Markdown report, by their heading and first cell. */
function rowsOf(change: Partial<ReportFacts> = {}, heading = ''): string[][] {
  const { text } = createReport({ ...facts, ...change }, 'markdown')
  const part = text.split('\n## ').find((one) => one.startsWith(heading)) ?? ''
  return part
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(2)
    .map((line) =>
      line
        .slice(2, -2)
        .split(' | ')
        .map((cell) => cell.replaceAll(/\\(.)/g, '$1')),
    )
}

function valueOf(name: string, change: Partial<ReportFacts> = {}): string {
  const row = ['Tenant', 'Application', 'Client secret', 'Hand-over', 'What this']
    .flatMap((heading) => rowsOf(change, heading))
    .find(([first]) => first === name)
  if (!row) throw new Error(`The report has no row “${name}”.`)
  return row[1] ?? ''
}

describe('the report', () => {
  it('names the tenant, the application and its ids', () => {
    expect(valueOf('Microsoft Entra tenant')).toBe('Contoso')
    expect(valueOf('Directory (tenant) ID')).toBe(facts.record.tenantId)
    expect(valueOf('Application (client) ID')).toBe(facts.record.appId)
    expect(valueOf('Object ID of the application')).toBe(facts.record.applicationObjectId)
    expect(valueOf('Object ID of the service principal')).toBe(facts.record.servicePrincipalId)
    expect(valueOf('Redirect URI (Web)')).toBe(facts.record.redirectUri)
    expect(valueOf('Sign-in audience')).toBe('AzureADMyOrg')
    expect(valueOf('Cloud')).toBe(globalCloud.displayName)
  })

  it('names the audience that was found, and does not guess it', () => {
    const adopted = sampleRecord({ origin: 'adopted' })
    expect(valueOf('Sign-in audience', { record: adopted })).toBe('not known to EMI Tray')
    const drift = driftWith({})
    expect(valueOf('Sign-in audience', { record: adopted, drift })).toBe('AzureADMultipleOrgs')
  })

  it('lists each permission with its kind, its reason and whether a token has it', () => {
    const rows = rowsOf({}, 'Microsoft Graph permissions')
    const granted = (value: string) => rows.find(([first]) => first === value)?.slice(1, 4)
    expect(granted('User.Read.All')).toEqual(['delegated', 'required', 'yes'])
    expect(granted('ChannelMessage.Read.All')).toEqual(['application', 'required', 'no'])
    expect(rows).toHaveLength(11)
    expect(rows.every(([, , , , reason = '']) => reason.length > 20)).toBe(true)
  })

  it('says that grants are not known before any check', () => {
    const rows = rowsOf({ verified: null }, 'Microsoft Graph permissions')
    expect(new Set(rows.map(([, , , granted]) => granted))).toEqual(
      new Set(['not known to EMI Tray']),
    )
  })

  it('believes a comparison with the tenant more than the last token, and lists what is surplus', () => {
    const rows = rowsOf({ drift: driftWith({}) }, 'Microsoft Graph permissions')
    const application = rows.filter(([, kind]) => kind === 'application')
    expect(application.find(([value]) => value === 'User.Read.All')?.[3]).toBe('no')
    expect(rows.at(-1)?.slice(0, 4)).toEqual(['Mail.Read', 'application', 'not asked for', 'yes'])
  })

  it('leaves out a comparison with another application', () => {
    const drift = driftWith({ appId: 'somebody else’s' })
    expect(rowsOf({ drift }, 'Microsoft Graph permissions')).toHaveLength(11)
    expect(valueOf('Last compared with the tenant', { drift })).toContain('not since')
  })

  it('marks the optional extras that were chosen', () => {
    const chosen = { ...settings, optionalPermissions: ['Chat.Read.All' as const] }
    const rows = rowsOf({ settings: chosen }, 'Microsoft Graph permissions')
    expect(rows.find(([value]) => value === 'Chat.Read.All')?.[2]).toBe('optional, chosen')
    expect(createReport({ ...facts, settings: chosen }, 'markdown').text).toContain(
      'extras chosen: Chat.Read.All.',
    )
  })

  it('tells who consented, when, and under which request-id', () => {
    const rows = rowsOf({ audit: [write, grant] }, 'Consent')
    const at = localIso(new Date(write.at))
    expect(rows).toEqual([
      ['Delegated permissions', write.account, at, 'request-2', 'ChatMessage.Send, User.Read.All'],
      ['Application permissions', write.account, at, 'request-1', 'User.Read.All'],
    ])
  })

  it('still finds consent of before the application was renamed', () => {
    const renamed: AuditEntry = {
      ...{
        ...creation,
        action: 'change',
        path: `/applications/${facts.record.applicationObjectId}`,
      },
      ...{ before: { displayName: facts.record.displayName }, after: { displayName: 'New' } },
    }
    const audit = [creation, { ...write, id: 2 }, { ...grant, id: 3 }, { ...renamed, id: 4 }]
    const rows = rowsOf({ audit, record: sampleRecord({ displayName: 'New' }) }, 'Consent')
    expect(rows.map(([, by]) => by)).toEqual([write.account, write.account])
  })

  it.each([
    ['none', []],
    ['one that was refused', [{ ...write, outcome: 'refused' as const }]],
    ['one whose answer was lost', [{ ...write, outcome: 'unknown' as const }]],
    ['one in another tenant', [{ ...write, tenantId: 'elsewhere' }]],
    ['one for another application', [{ ...write, after: { principalId: 'another' } }]],
    ['one for another name', [{ ...write, after: { assignedTo: 'Another', role: 'X' } }]],
    ['one from before the application was made', [write, { ...creation, id: 2 }]],
    ['one that only took permissions out', [{ ...grant, ...lessScopes }]],
    ['one that took consent away', [{ ...write, action: 'remove' as const }]],
    ['one of something else', [{ ...write, object: 'application', path: '/applications/1' }]],
  ])('does not take a write for consent: %s', (_, audit) => {
    expect(rowsOf({ audit }, 'Consent').map(([, by]) => by)).toEqual([
      'not known to EMI Tray',
      'not known to EMI Tray',
    ])
  })

  it('shows the secret by its beginning, key ID, expiry and the days left', () => {
    expect(valueOf('Begins with')).toBe('Abc')
    expect(valueOf('Key ID')).toBe('55555555-5555-4555-8555-555555555555')
    expect(valueOf('Expires')).toBe(localIso(new Date('2028-01-02T09:00:00Z')))
    expect(valueOf('Days left')).toBe('671')
    expect(valueOf('Days left', { now: new Date('2028-01-02T08:00:00Z') })).toBe('1')
    expect(valueOf('Days left', { now: new Date('2028-01-02T09:00:00Z') })).toBe('expired')
    expect(valueOf('Rotation')).toBe('none under way')
  })

  it('says how far a rotation is, and names the earlier secret', () => {
    const { clientSecret } = facts.record
    const record = sampleRecord({
      rotation: {
        ...{ phase: 'handing-over', startedAt: '2026-03-02T08:00:00Z', displayName: 'EMI Tray 2' },
        newSecret: clientSecret,
        oldSecret: clientSecret && { ...clientSecret, hint: 'old', keyId: 'old-key' },
      },
    })
    expect(valueOf('Rotation', { record })).toContain('the earlier one still works')
    expect(valueOf('Earlier secret', { record })).toContain('old, key ID old-key')
  })

  it('tells whether Test connection was confirmed', () => {
    expect(valueOf('Test connection confirmed')).toBe('not yet')
    const confirmedAt = '2026-03-01T12:00:00.000Z'
    expect(valueOf('Test connection confirmed', { confirmedAt })).toBe(
      localIso(new Date(confirmedAt)),
    )
  })

  it('tells what EMI Tray added and what it found', () => {
    const record = sampleRecord({
      origin: 'adopted',
      added: {
        ...{ application: false, servicePrincipal: true, redirectUri: false },
        ...{ configured: ['delegated Chat.ReadWrite'], scopes: [], roles: ['User.Read.All'] },
      },
    })
    expect(valueOf('Origin', { record })).toContain('made by somebody else')
    expect(valueOf('Application', { record })).toBe('found or added elsewhere')
    expect(valueOf('Service principal', { record })).toBe('added by this EMI Tray')
    expect(valueOf('Application permissions granted', { record })).toBe('User.Read.All')
    expect(valueOf('Delegated permissions granted', { record })).toBe('nothing')
  })

  it('says who made it and when, with the offset of this computer', () => {
    const { text } = createReport(facts, 'markdown')
    expect(text).toContain(`${localIso(facts.now)}, made by EMI Tray 1.2.3`)
  })

  it('is a file of its kind', () => {
    const about = (format: 'markdown' | 'html') => {
      const { name, mediaType } = createReport(facts, format)
      return [name, mediaType]
    }
    expect(about('markdown')).toEqual(['emi-report.md', 'text/markdown'])
    expect(about('html')).toEqual(['emi-report.html', 'text/html'])
  })
})

describe('values from elsewhere', () => {
  const nasty =
    'a | b \\| **c** `d` [e](http://x) <script>alert(1)</script> "f" \'g\' & h\n## i\r\n| j |\u202Ek'
  const change: Partial<ReportFacts> = {
    record: sampleRecord({ displayName: nasty, tenantDisplayName: nasty, redirectUri: nasty }),
    settings: { ...settings, integrationName: nasty, tenantUrl: nasty },
    audit: [{ ...write, account: nasty, name: nasty, requestId: nasty }],
  }

  it('stay in their cells in Markdown', () => {
    const plain = createReport(facts, 'markdown').text
    const { text } = createReport({ ...facts, ...change }, 'markdown')
    const shape = (one: string) =>
      one.split('\n').map((line) => line.match(/(?<!\\)(?:\\\\)*\|/g)?.length ?? 0)
    expect(shape(text)).toEqual(shape(plain))
    expect(text.match(/^#+ .*$/gm)).toEqual(plain.match(/^#+ .*$/gm))
    expect(text).not.toMatch(/(?<!\\)[<*`[]/)
    expect(text).not.toContain('\u202E')
  })

  it('stay text in HTML', () => {
    const plain = createReport(facts, 'html').text
    const { text } = createReport({ ...facts, ...change }, 'html')
    const tags = (one: string) => one.match(/<[^>]*>/g)
    expect(tags(text)).toEqual(tags(plain))
    expect(text).toContain(
      '&lt;script&gt;alert(1)&lt;/script&gt; &quot;f&quot; &#39;g&#39; &amp; h',
    )
  })
})

describe('the page', () => {
  const { text } = createReport(facts, 'html')

  it('loads nothing and runs nothing', () => {
    expect(text).not.toMatch(
      /<(script|link|img|iframe|object|form|a)\b|\bsrc=|url\(|@import|\son\w+=/i,
    )
    expect(text).toContain("default-src 'none'")
  })

  it('has a language, one main heading, and headings for its rows', () => {
    expect(text).toMatch(/^<!doctype html>\n<html lang="en">/)
    expect(text.match(/<h1>/g)).toHaveLength(1)
    expect(text).toContain('@media print')
    expect(text).toContain('<th scope="row">Days left</th><td>671</td>')
  })

  it('says what the Markdown says', () => {
    for (const row of rowsOf({}, 'Client secret')) {
      expect(text).toContain(`<th scope="row">${row[0] ?? ''}</th><td>${row[1] ?? ''}</td>`)
    }
  })
})

it('never holds the secret, whatever an audit line was given', () => {
  const audit = [{ ...write, after: { secretText: SAMPLE_SECRET } }]
  for (const format of ['markdown', 'html'] as const) {
    expect(createReport({ ...facts, audit }, format).text).not.toContain(SAMPLE_SECRET)
  }
})

describe('local time', () => {
  it.each([
    [60, '2026-03-02T10:30:05+01:00'],
    [0, '2026-03-02T09:30:05+00:00'],
    [-210, '2026-03-02T06:00:05-03:30'],
    [345, '2026-03-02T15:15:05+05:45'],
  ])('has its offset: %i minutes', (offset, expected) => {
    const time = new Date('2026-03-02T09:30:05.678Z')
    expect(localIso(time, offset)).toBe(expected)
    expect(Date.parse(localIso(time))).toBe(time.getTime() - 678)
  })
})

function driftWith(change: Partial<DriftReport>): DriftReport {
  const permission = { kind: 'application' as const, optional: false, removalId: null }
  return {
    at: '2026-03-02T08:00:00.000Z',
    applicationObjectId: facts.record.applicationObjectId,
    appId: facts.record.appId,
    displayName: facts.record.displayName,
    inOrder: false,
    rows: [
      {
        ...{ object: 'sign-in-audience', state: 'different', name: 'Audience' },
        ...{ expected: 'AzureADMyOrg', found: 'AzureADMultipleOrgs', detail: '', removalId: null },
      },
    ],
    permissions: [
      {
        ...{ ...permission, value: 'User.Read.All', required: true, configured: true },
        ...{ granted: false, state: 'missing' },
      },
      {
        ...{ ...permission, value: 'Mail.Read', required: false, configured: true },
        ...{ granted: true, state: 'surplus' },
      },
    ],
    secrets: [],
    ...change,
  }
}
