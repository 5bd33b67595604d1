// The check before the plan: what it finds, and what it says to do.
import { describe, expect, it } from 'vitest'
import type { CheckResult } from '../../../main/contract/models.ts'
import { checkTenant } from '../../../main/core/entra/preflight.ts'
import { type GraphClient, GraphError } from '../../../main/core/entra/graph-client.ts'
import { defaultSettings } from '../../../main/core/settings.ts'
import { FakeClock } from '../../fakes/fake-clock.ts'
import { MemoryDatabase, memoryLog, MemorySecrets, seededRandom } from '../../fakes/memory-ports.ts'

const TENANT = '5f1d3a70-0000-4000-8000-000000000001'

describe('the check', () => {
  it('is content with a global administrator and a right clock', async () => {
    const results = await check({ roles: ['Global Administrator'] })
    expect(results.map(({ name, state }) => [name, state])).toEqual([
      ['tenant', 'ok'],
      ['account', 'ok'],
      ['roles', 'ok'],
      ['graph', 'ok'],
      ['clock', 'ok'],
    ])
  })

  it.each([
    ['Privileged Role Administrator', 'ok'],
    ['Application Administrator', 'warning'],
    ['Cloud Application Administrator', 'warning'],
    ['Teams Administrator', 'failed'],
  ])('thinks of %s: %s', async (role, state) => {
    const roles = await result('roles', { roles: [role] })
    expect(roles.state).toBe(state)
    if (state !== 'ok') expect(roles.nextStep).toContain('Global Administrator')
  })

  it.each([
    [4 * 60_000, 'ok', ''],
    [6 * 60_000, 'failed', '6 minutes ahead'],
    [-20 * 60_000, 'failed', '20 minutes behind'],
    [null, 'warning', ''],
  ])('judges a clock that is %s ms ahead: %s', async (clockAheadMs, state, words) => {
    const clock = await result('clock', { clockAheadMs })
    expect(clock.state).toBe(state)
    expect(clock.message).toContain(words)
  })

  it('says why Graph cannot be reached, as a result and not as a failure', async () => {
    const error = new GraphError(
      'network-unreachable',
      { message: 'graph.example.test cannot be reached.', nextStep: 'Check the proxy.' },
      { status: 0 },
    )
    const results = await check({ error })
    const graph = results.find((one) => one.name === 'graph')
    expect(graph).toMatchObject({ state: 'failed', nextStep: 'Check the proxy.' })
    expect(results.find((one) => one.name === 'tenant')?.state).toBe('failed')
  })

  it('notices that the sign-in belongs to another tenant', async () => {
    expect((await result('tenant', { organizationId: 'another' })).state).toBe('failed')
  })
})

interface Given {
  roles?: string[]
  clockAheadMs?: number | null
  error?: GraphError
  organizationId?: string
}

async function result(name: CheckResult['name'], given: Given): Promise<CheckResult> {
  const found = (await check(given)).find((one) => one.name === name)
  if (!found) throw new Error(`No result for ${name}.`)
  return found
}

async function check({ roles = [], clockAheadMs = 0, error, organizationId = TENANT }: Given) {
  const clock = new FakeClock()
  const answer = <T>(value: T) => (error ? Promise.reject(error) : Promise.resolve(value))
  const graph: GraphClient = {
    get: () => answer({ displayName: 'Nora', userPrincipalName: 'nora@contoso.example' }),
    list: () => answer([{ id: organizationId, displayName: 'Contoso', verifiedDomains: [] }]),
    post: () => Promise.reject(new Error('The check only reads.')),
    patch: () => Promise.reject(new Error('The check only reads.')),
    delete: () => Promise.reject(new Error('The check only reads.')),
    clockAheadMs,
  }
  const { checks } = await checkTenant({
    graph,
    appAuth: { acquire: () => Promise.reject(new Error('The check needs no token.')) },
    inspectTls: () => Promise.resolve({ issuer: 'DigiCert Inc', isPublic: true, isTrusted: true }),
    database: new MemoryDatabase(),
    secrets: new MemorySecrets(),
    clock,
    random: seededRandom(),
    settings: defaultSettings.connections.practice,
    account: {
      username: 'nora@contoso.example',
      displayName: 'Nora',
      tenantId: TENANT,
      tenantDisplayName: 'Contoso',
      tenantDomain: 'contoso.example',
      roles,
    },
    cloud: { id: 'custom', displayName: 'Test', loginHost: '', graphHost: '' },
    log: memoryLog(clock),
    signal: new AbortController().signal,
  })
  return checks
}
