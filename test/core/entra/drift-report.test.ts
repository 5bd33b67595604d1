import { describe, expect, it } from 'vitest'
import type {
  DriftObject,
  DriftReport,
  SecretInfo,
} from '../../../main/contract/models/application.ts'
import { compareWithTenant, type DriftFacts } from '../../../main/core/entra/drift-report.ts'
import type { Application, PasswordCredential } from '../../../main/core/entra/graph-objects.ts'
import { GRAPH_APP_ID, wantedPermissions } from '../../../main/core/entra/permissions.ts'
import {
  emptyRecord,
  type ProvisioningRecord,
} from '../../../main/core/entra/provisioning-record.ts'
import type { TenantReading } from '../../../main/core/entra/tenant-reading.ts'

const NOW = new Date('2026-03-02T09:00:00.000Z')
const REDIRECT_URI = 'https://acme.brightpattern.example/agentdesktop/msteamscallback.html'
const OTHER_API = '11111111-2222-4333-8444-555555555555'
const GRAPH_PRINCIPAL = 'graph-principal'

/** An application in perfect order. */
function inOrder(extras: Parameters<typeof wantedPermissions>[0]['optionalPermissions'] = []) {
  const wanted = wantedPermissions({ optionalPermissions: extras })
  const idOf = (kind: string, value: string) => `id of ${kind} ${value}`
  const names = [...wanted.permissions.map(({ value }) => value), 'Files.Read.All', 'User.Read']
  const published = (kind: string) => names.map((value) => ({ id: idOf(kind, value), value }))
  const facts: DriftFacts = {
    now: NOW,
    redirectUri: REDIRECT_URI,
    wanted,
    secretText: 'abc8Q~the-rest',
    record: {
      ...emptyRecord({ tenantId: 't', uniqueName: 'emi-tray-acme', origin: 'made' }),
      applicationObjectId: 'object',
      appId: 'client',
      servicePrincipalId: 'principal',
      displayName: 'EMI',
      redirectUri: REDIRECT_URI,
      clientSecret: secret('current', 'abc'),
      completedAt: NOW.toISOString(),
    },
    reading: {
      graphPrincipal: {
        id: GRAPH_PRINCIPAL,
        appId: GRAPH_APP_ID,
        appRoles: published('application'),
        oauth2PermissionScopes: published('delegated'),
      },
      application: {
        id: 'object',
        appId: 'client',
        displayName: 'EMI',
        uniqueName: 'emi-tray-acme',
        signInAudience: 'AzureADMyOrg',
        web: { redirectUris: [REDIRECT_URI] },
        requiredResourceAccess: [
          {
            resourceAppId: GRAPH_APP_ID,
            resourceAccess: wanted.permissions.map(({ kind, value }) => ({
              id: idOf(kind, value),
              type: kind === 'delegated' ? 'Scope' : 'Role',
            })),
          },
        ],
        passwordCredentials: [secret('current', 'abc')],
      },
      servicePrincipal: { id: 'principal', accountEnabled: true },
      grants: [grant(GRAPH_PRINCIPAL, wanted.delegated.join(' '))],
      assignments: wanted.application.map((value) => ({
        id: `assignment of ${value}`,
        appRoleId: idOf('application', value),
        resourceId: GRAPH_PRINCIPAL,
        resourceDisplayName: 'Microsoft Graph',
      })),
    },
  }
  return facts
}

function secret(keyId: string, hint: string, endDateTime = '2028-03-02T08:00:00.000Z') {
  const startDateTime = '2026-03-02T09:00:00.000Z'
  return { keyId, hint, displayName: `named ${keyId}`, startDateTime, endDateTime }
}

function grant(resourceId: string, scope: string) {
  const id = `grant for ${resourceId}`
  return { id, clientId: 'principal', consentType: 'AllPrincipals', resourceId, scope }
}

function withReading(change: (reading: TenantReading) => Partial<TenantReading>): DriftFacts {
  const facts = inOrder()
  return { ...facts, reading: { ...facts.reading, ...change(facts.reading) } }
}

function withApplication(change: (application: Application) => Partial<Application>): DriftFacts {
  return withReading(({ application }) => ({
    application: application && { ...application, ...change(application) },
  }))
}

function withRecord(change: Partial<ProvisioningRecord>): DriftFacts {
  const facts = inOrder()
  return { ...facts, record: { ...facts.record, ...change } }
}

function withSecrets(...secrets: PasswordCredential[]): DriftFacts {
  return withApplication(() => ({ passwordCredentials: secrets }))
}

function stateOf({ rows }: DriftReport, object: DriftObject) {
  return rows.find((row) => row.object === object)?.state
}

describe('an application in order', () => {
  it('has no missing, different or surplus thing', () => {
    const { report, surplus } = compareWithTenant(inOrder())
    expect(report.inOrder).toBe(true)
    expect(report.rows.map(({ object, state }) => `${object} ${state}`)).toEqual([
      'application ok',
      'sign-in-audience ok',
      'redirect-uri ok',
      'service-principal ok',
      'required-resource-access ok',
      'client-secret ok',
      'delegated-grant ok',
      'app-role-assignments ok',
    ])
    expect(surplus.size).toBe(0)
    expect(report.secrets).toEqual([
      { ...secret('current', 'abc'), expired: false, state: 'current', removalId: null },
    ])
  })

  it('lists every extra, and none of them is missing while it is switched off', () => {
    const { permissions } = compareWithTenant(inOrder()).report
    const extra = permissions.find(({ value, optional }) => optional && value === 'Chat.Read.All')
    expect(extra).toMatchObject({ required: false, configured: false, granted: false, state: 'ok' })
  })

  it('counts an extra as required once it is switched on', () => {
    const on = inOrder(['Chat.Read.All'])
    expect(compareWithTenant(on).report.inOrder).toBe(true)
    const off = { ...on, wanted: wantedPermissions({ optionalPermissions: [] }) }
    const { report, surplus } = compareWithTenant(off)
    expect(report.inOrder).toBe(true)
    const extra = report.permissions.find(({ value }) => value === 'Chat.Read.All')
    expect(extra).toMatchObject({ state: 'surplus', configured: true, granted: true })
    expect(surplus.get(extra?.removalId ?? '')).toMatchObject({
      kind: 'permission',
      of: 'application',
      value: 'Chat.Read.All',
    })
    const back = { ...inOrder(), wanted: on.wanted }
    expect(compareWithTenant(back).report.inOrder).toBe(false)
  })

  it('compares ids and names without case, as Graph does', () => {
    const facts = withReading(({ grants, assignments }) => ({
      grants: grants.map((one) => ({ ...one, scope: one.scope.toUpperCase() })),
      assignments: assignments.map((one) => ({ ...one, appRoleId: one.appRoleId.toUpperCase() })),
    }))
    expect(compareWithTenant(facts).report.inOrder).toBe(true)
  })
})

describe('what is missing or different', () => {
  const cases: [name: string, facts: DriftFacts, object: DriftObject, state: string][] = [
    ['a deleted application', withReading(() => ({ application: null })), 'application', 'missing'],
    [
      'a wider audience',
      withApplication(() => ({ signInAudience: 'AzureADMultipleOrgs' })),
      'sign-in-audience',
      'different',
    ],
    [
      'a lost redirect URI',
      withApplication(() => ({ web: { redirectUris: ['https://other.example/'] } })),
      'redirect-uri',
      'missing',
    ],
    [
      'a deleted servicePrincipal',
      withReading(() => ({ servicePrincipal: null, grants: [], assignments: [] })),
      'service-principal',
      'missing',
    ],
    [
      'a servicePrincipal that is switched off',
      withReading(() => ({ servicePrincipal: { id: 'principal', accountEnabled: false } })),
      'service-principal',
      'different',
    ],
    [
      'an emptied list of permissions',
      withApplication(() => ({ requiredResourceAccess: [] })),
      'required-resource-access',
      'missing',
    ],
    ['a revoked grant', withReading(() => ({ grants: [] })), 'delegated-grant', 'missing'],
    [
      'a grant with less',
      withReading(() => ({ grants: [grant(GRAPH_PRINCIPAL, 'Chat.ReadWrite')] })),
      'delegated-grant',
      'missing',
    ],
    [
      'a role taken back',
      withReading(({ assignments }) => ({ assignments: assignments.slice(1) })),
      'app-role-assignments',
      'missing',
    ],
    ['a removed secret', withSecrets(), 'client-secret', 'missing'],
    [
      'an expired secret',
      withSecrets(secret('current', 'abc', '2026-03-01T00:00:00Z')),
      'client-secret',
      'different',
    ],
    [
      'a secret whose value is lost',
      { ...inOrder(), secretText: undefined },
      'client-secret',
      'different',
    ],
    [
      'a secret that was never made',
      withRecord({ clientSecret: null }),
      'client-secret',
      'missing',
    ],
  ]

  it.each(cases)('%s is found', (_name, facts, object, state) => {
    const { report } = compareWithTenant(facts)
    expect(report.inOrder).toBe(false)
    expect(stateOf(report, object)).toBe(state)
  })

  it('a deleted application leaves every row missing, and the report is made all the same', () => {
    const facts = withReading(() => ({
      application: null,
      servicePrincipal: null,
      grants: [],
      assignments: [],
    }))
    const { report } = compareWithTenant(facts)
    expect(report.rows.map(({ state }) => state)).toEqual(Array(8).fill('missing'))
    expect(report).toMatchObject({ displayName: 'EMI', appId: 'client', inOrder: false })
  })
})

describe('what is surplus', () => {
  it('does not make an application out of order, and each thing can be chosen', () => {
    const facts = withReading(({ application, grants, assignments }) => ({
      application: application && {
        ...application,
        web: { redirectUris: [REDIRECT_URI, 'https://other.example/'] },
        requiredResourceAccess: [
          ...application.requiredResourceAccess,
          { resourceAppId: OTHER_API, resourceAccess: [{ id: 'some-id', type: 'Scope' }] },
        ],
        passwordCredentials: [...application.passwordCredentials, secret('foreign', 'xyz')],
      },
      grants: [
        ...grants.map((one) => ({ ...one, scope: `${one.scope} User.Read` })),
        grant('other-principal', 'Things.Read'),
      ],
      assignments: [
        ...assignments,
        {
          id: 'a1',
          appRoleId: 'withdrawn-role',
          resourceId: GRAPH_PRINCIPAL,
          resourceDisplayName: '',
        },
        { id: 'a2', appRoleId: 'r', resourceId: 'other-principal', resourceDisplayName: 'Other' },
      ],
    }))
    const { report, surplus } = compareWithTenant(facts)
    expect(report.inOrder).toBe(true)
    expect([...surplus.keys()].sort()).toEqual(
      [
        'redirect-uri:https://other.example/',
        `configured-resource:${OTHER_API}`,
        'grant:grant for other-principal',
        'assignment:a2',
        'permission:delegated:User.Read',
        'permission:application:withdrawn-role',
        'secret:foreign',
      ].sort(),
    )
    const offered = [...report.rows, ...report.permissions, ...report.secrets]
      .map(({ removalId }) => removalId)
      .filter((id) => id !== null)
    expect(offered.sort()).toEqual([...surplus.keys()].sort())
    expect(report.rows.find(({ name }) => name.includes(OTHER_API))?.found).toContain('some-id')
  })

  it('lets a wider audience stay on an application that somebody else made', () => {
    const facts = withApplication(() => ({ signInAudience: 'AzureADMultipleOrgs' }))
    const adopted = { ...facts, record: { ...facts.record, origin: 'adopted' as const } }
    const { report, surplus } = compareWithTenant(adopted)
    expect(report.inOrder).toBe(true)
    expect(stateOf(report, 'sign-in-audience')).toBe('surplus')
    expect([...surplus.keys()]).toEqual(['sign-in-audience'])
  })

  const rotation = {
    phase: 'proving' as const,
    startedAt: NOW.toISOString(),
    displayName: 'EMI Tray 9',
    newSecret: secret('new', 'new'),
    oldSecret: secret('old', 'old'),
  }
  const states: [SecretInfo['state'], PasswordCredential, Partial<ProvisioningRecord>][] = [
    ['current', secret('current', 'abc'), { rotation }],
    ['next', secret('new', 'new'), { rotation }],
    ['previous', secret('old', 'old'), { rotation }],
    ['next', { ...secret('k', 'k'), displayName: 'EMI Tray 9' }, { rotation }],
    [
      'next',
      { ...secret('k', 'k'), displayName: 'EMI Tray 1' },
      { pendingSecret: { displayName: 'EMI Tray 1' } },
    ],
    ['foreign', secret('k', 'k'), {}],
    ['foreign', secret('k', 'k', '2020-01-01T00:00:00Z'), { rotation }],
    ['foreign', { ...secret('k', 'k'), displayName: null }, {}],
  ]

  it.each(states)('offers a secret only where it is foreign: %s', (state, credential, change) => {
    const facts = withRecord(change)
    const { application } = facts.reading
    if (application) application.passwordCredentials = [credential]
    const [found] = compareWithTenant(facts).report.secrets
    expect(found?.state).toBe(state)
    expect(found?.removalId).toBe(state === 'foreign' ? `secret:${credential.keyId}` : null)
    expect(found?.expired).toBe(credential.endDateTime?.startsWith('2020'))
  })
})
