// The check before the plan: what it finds, why that matters, whom to ask, and what to ask them.
import { describe, expect, it } from 'vitest'
import type { Cloud } from '../../../main/contract/models/connection.ts'
import type {
  ApplicationCandidate,
  CheckName,
  CheckResult,
} from '../../../main/contract/models/setup.ts'
import { AppError } from '../../../main/core/app-error.ts'
import { checkTenant } from '../../../main/core/entra/preflight.ts'
import { applicationResult } from '../../../main/core/entra/preflight-application.ts'
import type { EntraContext } from '../../../main/core/entra/context.ts'
import { type GraphClient, GraphError } from '../../../main/core/entra/graph-client.ts'
import type { TlsInspection } from '../../../main/core/ports/network.ts'
import { defaultSettings } from '../../../main/core/settings.ts'
import { FakeClock } from '../../fakes/fake-clock.ts'
import { batchBy } from '../../fakes/graph-batch.ts'
import { MemoryDatabase, memoryLog, MemorySecrets, seededRandom } from '../../fakes/memory-ports.ts'

const TENANT = '5f1d3a70-0000-4000-8000-000000000001'
const USER_ID = '5f1d3a70-0000-4000-8000-0000000000aa'
const APP_ID = '5f1d3a70-0000-4000-8000-0000000000bb'
const GLOBAL_ADMINISTRATOR = '62e90394-69f5-4237-9190-012177145e10'
const APPLICATION_ADMINISTRATOR = '9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3'
const ELIGIBILITIES = '/roleManagement/directory/roleEligibilityScheduleInstances'
const ASSIGNMENTS = '/roleManagement/directory/roleAssignments'
const ACTIVE_ROLES = '/me/transitiveMemberOf/microsoft.graph.directoryRole'
const AUTHORIZATION = '/policies/authorizationPolicy'
const SECRET_POLICY = '/policies/defaultAppManagementPolicy'

describe('the check', () => {
  it('is content with a global administrator, and says so once for every check', async () => {
    const { checks, requests } = await check({})
    expect(checks.map(({ name, state }) => [name, state])).toEqual([
      ['tenant', 'ok'],
      ['account', 'ok'],
      ['roles', 'ok'],
      ['app-registration', 'ok'],
      ['secret-policy', 'ok'],
      ['existing-application', 'ok'],
      ['graph', 'ok'],
      ['clock', 'ok'],
    ])
    for (const one of checks) {
      expect(one).toMatchObject({ reason: null, nextStep: null, askText: null, link: null })
    }
    expect(requests).not.toContain(ELIGIBILITIES)
    expect(requests).not.toContain(ASSIGNMENTS)
  })

  it('stops when it is told to, and only then fails as a whole', async () => {
    const stopped = AbortSignal.abort(
      new AppError('cancelled', { message: 'Stopped.', nextStep: 'Start again.' }),
    )
    await expect(check({ signal: stopped })).rejects.toMatchObject({ code: 'cancelled' })
  })

  it('goes on with the rest when one read fails', async () => {
    const { checks } = await check({
      answers: { '/organization': failure(403), [SECRET_POLICY]: failure(503) },
    })
    expect(stateOf(checks, 'tenant')).toBe('failed')
    expect(stateOf(checks, 'account')).toBe('ok')
    expect(stateOf(checks, 'graph')).toBe('ok')
    expect(stateOf(checks, 'secret-policy')).toBe('ok')
  })
})

const bad: [name: CheckName, what: string, state: CheckResult['state'], given: Given][] = [
  [
    'tenant',
    'answers for another tenant',
    'failed',
    { answers: { '/organization': organization({ id: 'another' }) } },
  ],
  [
    'tenant',
    'has a US Government domain while the worldwide cloud is chosen',
    'warning',
    { answers: { '/organization': organization({ domain: 'contoso.onmicrosoft.us' }) } },
  ],
  [
    'tenant',
    'has a Chinese domain while the worldwide cloud is chosen',
    'warning',
    { answers: { '/organization': organization({ domain: 'contoso.partner.onmschina.cn' }) } },
  ],
  ['tenant', 'cannot be read', 'failed', { answers: { '/organization': failure(403) } }],
  [
    'tenant',
    'is not the one that was set up before',
    'warning',
    { record: { tenantId: 'another', tenantDisplayName: 'Fabrikam' } },
  ],
  ['account', 'is a guest', 'failed', { answers: { '/me': me({ userType: 'Guest' }) } }],
  [
    'account',
    'has a guest’s name',
    'failed',
    { answers: { '/me': me({ userPrincipalName: 'nora_fabrikam.example#EXT#@contoso.example' }) } },
  ],
  [
    'account',
    'is a personal one',
    'failed',
    { account: { tenantId: '9188040d-6c67-4c5b-b112-36a304b66dad' } },
  ],
  ['account', 'cannot be read', 'failed', { answers: { '/me': failure(403) } }],
  ['roles', 'is an application administrator', 'warning', roles('Application Administrator')],
  ['roles', 'is a cloud app administrator', 'warning', roles('Cloud Application Administrator')],
  ['roles', 'is an application developer', 'warning', roles('Application Developer')],
  [
    'roles',
    'has another role, and provably no custom one',
    'failed',
    { ...roles('Teams Administrator'), answers: { [ASSIGNMENTS]: { value: [] } } },
  ],
  ['roles', 'has no role, but custom ones could not be read', 'warning', roles()],
  ['roles', 'has a role that this version does not know', 'warning', roles(`Role ${USER_ID}`)],
  [
    'roles',
    'has a custom role',
    'warning',
    {
      ...roles(),
      answers: {
        [ASSIGNMENTS]: {
          value: [{ roleDefinition: { displayName: 'App maker', isBuiltIn: false } }],
        },
      },
    },
  ],
  [
    'roles',
    'has none, in a tenant where everybody may register',
    'warning',
    { ...roles(), answers: { [AUTHORIZATION]: registration(true), [ASSIGNMENTS]: { value: [] } } },
  ],
  [
    'app-registration',
    'is forbidden to users',
    'failed',
    { ...roles(), answers: { [AUTHORIZATION]: registration(false), [ASSIGNMENTS]: { value: [] } } },
  ],
  [
    'app-registration',
    'is forbidden to users, but a custom role may allow it',
    'warning',
    { ...roles(`Role ${USER_ID}`), answers: { [AUTHORIZATION]: registration(false) } },
  ],
  ['app-registration', 'cannot be read', 'warning', roles()],
  [
    'secret-policy',
    'forbids secrets',
    'failed',
    { answers: { [SECRET_POLICY]: policy({ type: 'passwordAddition' }) } },
  ],
  [
    'secret-policy',
    'limits secrets to half a year',
    'warning',
    { answers: { [SECRET_POLICY]: policy({ type: 'passwordLifetime', maxLifetime: 'P180D' }) } },
  ],
  [
    'secret-policy',
    'limits secrets to a week',
    'failed',
    { answers: { [SECRET_POLICY]: policy({ type: 'passwordLifetime', maxLifetime: 'P7D' }) } },
  ],
  [
    'existing-application',
    'was deleted',
    'failed',
    { answers: deletedApplications({ uniqueName: uniqueName() }) },
  ],
  [
    'existing-application',
    'was made by somebody by hand',
    'warning',
    { answers: { '/applications': { value: [application({})] } } },
  ],
  [
    'existing-application',
    'was chosen, and is gone',
    'failed',
    { settings: { adoptedAppId: APP_ID } },
  ],
  [
    'existing-application',
    'cannot be read',
    'warning',
    { answers: { '/applications': failure(403) } },
  ],
  [
    'graph',
    'cannot be reached',
    'failed',
    { answers: { '/me': failure(0), '/organization': failure(0) } },
  ],
  [
    'graph',
    'is opened by a proxy that is trusted',
    'warning',
    { tls: { issuer: 'Contoso Proxy CA', isPublic: false, isTrusted: true } },
  ],
  [
    'graph',
    'is opened by a proxy that is not trusted',
    'failed',
    { tls: { issuer: 'Contoso Proxy CA', isPublic: false, isTrusted: false } },
  ],
  ['clock', 'is six minutes ahead', 'failed', { clockAheadMs: 6 * 60_000 }],
  ['clock', 'is twenty minutes behind', 'failed', { clockAheadMs: -20 * 60_000 }],
  ['clock', 'could not be compared', 'warning', { clockAheadMs: null }],
]

describe('what is wrong', () => {
  it.each(bad)(
    'with %s that %s is %s, with what, why, what to do and whom to ask',
    async (...row) => {
      const [name, , state, given] = row
      const result = only((await check(given)).checks, name)
      expect(result.state).toBe(state)
      for (const text of [result.message, result.reason, result.nextStep]) {
        expect(text).toMatch(/^[A-Z“‘].*[.?]$/s)
        expect(text).not.toMatch(/undefined|null|\[object|!/)
      }
      expect(result.askText).toMatch(
        /^Hello, .*contoso\.example.*nora@contoso\.example.* Thank you\.$/,
      )
      expect(result.askText).toMatch(/[.?] Thank you\.$/)
      expect(result.askText).not.toMatch(/undefined|null|\[object|!/)
    },
  )

  it('never names the portal of another cloud', async () => {
    for (const cloud of [usGov, china]) {
      for (const [name, , , given] of bad) {
        const { checks } = await check({ ...given, cloud })
        const { askText } = only(checks, name)
        expect(askText ?? '').not.toContain('entra.microsoft.com')
      }
    }
    const { checks } = await check({ ...roles(), cloud: usGov })
    expect(only(checks, 'roles').askText).toContain('entra.microsoft.us')
    const chinese = await check({ ...roles(), cloud: china })
    expect(only(chinese.checks, 'roles').askText).toContain('entra.microsoftonline.cn')
  })
})

describe('roles', () => {
  it('count when they come through a group, which the token does not show', async () => {
    const { checks } = await check({
      ...roles(),
      answers: { [ACTIVE_ROLES]: { value: [{ roleTemplateId: GLOBAL_ADMINISTRATOR }] } },
    })
    expect(stateOf(checks, 'roles')).toBe('ok')
  })

  it('that Graph shows without a name do not confuse', async () => {
    const { checks } = await check({
      answers: { [ACTIVE_ROLES]: { value: [{ displayName: null, roleTemplateId: null }] } },
    })
    expect(stateOf(checks, 'roles')).toBe('ok')
  })

  it('that are only eligible are named, with the way to activate them', async () => {
    const result = only(
      (
        await check({
          ...roles(),
          answers: {
            [ELIGIBILITIES]: { value: [{ roleDefinitionId: GLOBAL_ADMINISTRATOR }] },
            [ASSIGNMENTS]: { value: [] },
          },
        })
      ).checks,
      'roles',
    )
    expect(result).toMatchObject({ state: 'failed', link: 'pim-my-roles' })
    expect(result.nextStep).toMatch(/activate Global Administrator.*Check again/)
  })

  it('that are eligible but do not help are not recommended', async () => {
    const { checks } = await check({
      ...roles('Application Administrator'),
      answers: { [ELIGIBILITIES]: { value: [{ roleDefinitionId: APPLICATION_ADMINISTRATOR }] } },
    })
    expect(only(checks, 'roles').nextStep).toContain('has no role for this account')
  })

  it('are asked for of the one account only', async () => {
    const { queries } = await check(roles())
    expect(queries.get(ELIGIBILITIES)).toMatchObject({ $filter: `principalId eq '${USER_ID}'` })
  })
})

describe('the secret policy', () => {
  it('is named with its id where it forbids, with the way to the policies', async () => {
    const { checks } = await check({
      answers: { [SECRET_POLICY]: policy({ type: 'passwordAddition' }) },
    })
    const result = only(checks, 'secret-policy')
    expect(result.askText).toContain('policy-1')
    expect(result.askText).toContain('Enterprise Messenger Integration Server')
    expect(result.link).toBe('entra-app-management-policies')
  })

  it('that may not be read stands in nobody’s way', async () => {
    const result = only(
      (await check({ answers: { [SECRET_POLICY]: failure(403) } })).checks,
      'secret-policy',
    )
    expect(result.state).toBe('ok')
    expect(result.message).toContain('could not be read')
  })

  it('for newer applications does not hold for the one that is there', async () => {
    const given = (createdDateTime: string): Given => ({
      answers: {
        [SECRET_POLICY]: policy({ type: 'passwordAddition', from: '2025-01-01T00:00:00Z' }),
        [`/applications(uniqueName='${uniqueName()}')`]: application({
          uniqueName: uniqueName(),
          createdDateTime,
        }),
      },
    })
    expect(stateOf((await check(given('2024-06-01T00:00:00Z'))).checks, 'secret-policy')).toBe('ok')
    expect(stateOf((await check(given('2025-06-01T00:00:00Z'))).checks, 'secret-policy')).toBe(
      'failed',
    )
  })
})

describe('the application that is there already', () => {
  const ours = candidate({ matchedBy: ['unique-name'], chosen: true })
  const foreign = candidate({
    appId: 'by-hand',
    displayName: 'EMI by hand',
    owners: ['ann@contoso.example'],
  })

  it.each([
    ['none', [], 'ok', 'will make one'],
    ['ours', [ours], 'ok', APP_ID],
    ['ours and a look-alike', [ours, foreign], 'ok', 'One other looks'],
    ['a look-alike', [foreign], 'warning', 'ann@contoso.example'],
    ['two look-alikes', [foreign, candidate({ appId: 'another' })], 'warning', '2 applications'],
    [
      'ours, deleted',
      [candidate({ matchedBy: ['unique-name'], deletedAt: '2026-02-20T10:00:00Z' })],
      'failed',
      '2026-02-20',
    ],
    [
      'a deleted look-alike',
      [candidate({ deletedAt: '2026-02-20T10:00:00Z' })],
      'ok',
      'will make one',
    ],
  ])('%s', async (_, value, state, words) => {
    const { context } = await check({})
    const result = applicationResult(context, { value })
    expect(result.state).toBe(state)
    expect(result.message).toContain(words)
    if (state === 'failed') expect(result.link).toBe('entra-deleted-applications')
  })

  it('is handed on with the other candidates', async () => {
    const { candidates } = await check({
      answers: { '/applications': { value: [application({})] } },
    })
    expect(candidates.map((one) => one.appId)).toEqual([APP_ID])
  })
})

describe('the way to Graph', () => {
  it('names who signs for it, also where Graph does not answer', async () => {
    const tls = { issuer: 'Contoso Proxy CA', isPublic: false, isTrusted: true }
    const { checks } = await check({
      tls,
      answers: { '/me': failure(0), '/organization': failure(0) },
    })
    const result = only(checks, 'graph')
    expect(result).toMatchObject({ state: 'failed', nextStep: 'Check the proxy.' })
    expect(result.reason).toContain('Contoso Proxy CA')
  })

  it('is not doubted where the certificate cannot be looked at past a proxy', async () => {
    const { checks } = await check({
      tls: new AppError('network-unreachable', { message: 'No way.', nextStep: 'Try.' }),
    })
    expect(stateOf(checks, 'graph')).toBe('ok')
  })

  it('is not inspected with a practice tenant on this computer', async () => {
    const result = only((await check({ tls: null })).checks, 'graph')
    expect(result).toMatchObject({ state: 'ok', message: 'Microsoft Graph answers.' })
  })
})

interface Given {
  account?: Partial<EntraContext['account']>
  settings?: Partial<EntraContext['settings']>
  cloud?: Cloud
  clockAheadMs?: number | null
  /** Answers by path; a GraphError is thrown. */
  answers?: Record<string, unknown>
  tls?: TlsInspection | AppError | null
  record?: { tenantId: string; tenantDisplayName: string }
  signal?: AbortSignal
}

const worldwide: Cloud = {
  id: 'global',
  displayName: 'Microsoft 365 (worldwide and GCC)',
  loginHost: 'https://login.microsoftonline.com',
  graphHost: 'https://graph.microsoft.com',
}
const usGov: Cloud = { ...worldwide, id: 'us-gov-l4', displayName: 'US Government' }
const china: Cloud = { ...worldwide, id: 'china', displayName: 'China' }

async function check(given: Given) {
  const clock = new FakeClock()
  const requests: string[] = []
  const queries = new Map<string, Record<string, string>>()
  const answers: Record<string, unknown> = {
    '/organization': organization({}),
    '/me': me({}),
    [ACTIVE_ROLES]: { value: [] },
    [AUTHORIZATION]: failure(403),
    [SECRET_POLICY]: policy({ type: 'passwordAddition', state: 'disabled' }),
    [ELIGIBILITIES]: failure(403),
    [ASSIGNMENTS]: failure(403),
    '/applications': { value: [] },
    ...given.answers,
  }
  const get: GraphClient['get'] = (path, { query } = {}) => {
    requests.push(path)
    queries.set(path, query ?? {})
    const answer =
      path in answers ? answers[path] : path.endsWith('s') ? { value: [] } : failure(404)
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
  }
  const onlyReads = () => Promise.reject(new Error('The check only reads.'))
  const graph: GraphClient = {
    get,
    list: async (path, options) => {
      const answer = await get(path, options)
      return typeof answer === 'object' &&
        answer &&
        'value' in answer &&
        Array.isArray(answer.value)
        ? (answer.value as unknown[])
        : []
    },
    batch: batchBy(get),
    post: onlyReads,
    patch: onlyReads,
    delete: onlyReads,
    clockAheadMs: given.clockAheadMs === undefined ? 0 : given.clockAheadMs,
  }
  const database = new MemoryDatabase()
  if (given.record) await database.writeRecord('provisioning', { ...emptyRecord, ...given.record })
  const { tls = publicTls } = given
  const context: EntraContext = {
    graph,
    appAuth: { acquire: () => Promise.reject(new Error('The check needs no token.')) },
    inspectTls: () => (tls instanceof AppError ? Promise.reject(tls) : Promise.resolve(tls)),
    database,
    secrets: new MemorySecrets(),
    clock,
    random: seededRandom(),
    settings: {
      ...defaultSettings.connections.microsoft,
      tenantUrl: 'acme.brightpattern.example',
      ...given.settings,
    },
    account: {
      username: 'nora@contoso.example',
      displayName: 'Nora',
      tenantId: TENANT,
      tenantDisplayName: 'Contoso',
      tenantDomain: 'contoso.example',
      roles: ['Global Administrator'],
      ...given.account,
    },
    cloud: given.cloud ?? worldwide,
    log: memoryLog(clock),
    signal: given.signal ?? new AbortController().signal,
  }
  return { ...(await checkTenant(context)), requests, queries, context }
}

const publicTls: TlsInspection = { issuer: 'DigiCert Inc', isPublic: true, isTrusted: true }
const emptyRecord = {
  applicationObjectId: '',
  appId: '',
  servicePrincipalId: '',
  uniqueName: '',
  displayName: '',
  redirectUri: '',
  clientSecret: null,
  pendingSecret: null,
  completedAt: null,
}

function only(checks: CheckResult[], name: CheckName): CheckResult {
  const found = checks.filter((one) => one.name === name)
  const [first] = found
  if (!first || found.length > 1) throw new Error(`${found.length} results for ${name}.`)
  return first
}

function stateOf(checks: CheckResult[], name: CheckName): CheckResult['state'] {
  return only(checks, name).state
}

function roles(...names: string[]): Given {
  return { account: { roles: names } }
}

function organization({ id = TENANT, domain = 'contoso.example' }) {
  return {
    value: [
      {
        id,
        displayName: 'Contoso',
        verifiedDomains: [{ name: domain, isDefault: true, isInitial: true }],
      },
    ],
  }
}

function me(given: Record<string, unknown>) {
  return { id: USER_ID, displayName: 'Nora', userPrincipalName: 'nora@contoso.example', ...given }
}

function registration(allowedToCreateApps: boolean) {
  return { id: 'authorizationPolicy', defaultUserRolePermissions: { allowedToCreateApps } }
}

function policy({
  type,
  state = 'enabled',
  maxLifetime = null,
  from = null,
}: {
  type: string
  state?: string
  maxLifetime?: string | null
  from?: string | null
}) {
  return {
    id: 'policy-1',
    displayName: 'Default policy',
    isEnabled: true,
    applicationRestrictions: {
      passwordCredentials: [
        { restrictionType: type, state, maxLifetime, restrictForAppsCreatedAfterDateTime: from },
      ],
    },
  }
}

function uniqueName(): string {
  return 'emi-tray-acme-brightpattern-example'
}

function application(given: Record<string, unknown>) {
  return {
    id: '5f1d3a70-0000-4000-8000-0000000000cc',
    appId: APP_ID,
    displayName: 'Enterprise Messenger Integration Server',
    uniqueName: null,
    createdDateTime: '2024-01-01T00:00:00Z',
    web: { redirectUris: [] },
    ...given,
  }
}

function deletedApplications(given: Record<string, unknown>) {
  const deletedDateTime = '2026-02-20T10:00:00Z'
  return {
    '/directory/deletedItems/microsoft.graph.application': {
      value: [application({ deletedDateTime, ...given })],
    },
  }
}

function candidate(given: Partial<ApplicationCandidate>): ApplicationCandidate {
  return {
    applicationObjectId: 'object-1',
    appId: APP_ID,
    displayName: 'EMI',
    createdAt: null,
    redirectUris: [],
    owners: [],
    matchedBy: ['name'],
    deletedAt: null,
    chosen: false,
    ...given,
  }
}

function failure(status: number): GraphError {
  const code = status === 0 ? 'network-unreachable' : 'graph-forbidden'
  const text = { message: 'Graph does not answer.', nextStep: 'Check the proxy.' }
  return new GraphError(code, text, { status })
}
