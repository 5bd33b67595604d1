// The check before the plan against the practice tenant: real sign-in, real requests, the bad days of its faults.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { CheckName, CheckResult } from '../../../main/contract/models/setup.ts'
import { applyPlan, type EntraContext } from '../../../main/core/entra/provision.ts'
import { checkCredentials } from '../../../main/core/credentials-check.ts'
import { wantedPermissions } from '../../../main/core/entra/permissions.ts'
import { checkTenant } from '../../../main/core/entra/preflight.ts'
import { openRig, type Rig } from './practice-rig.ts'

const UNKNOWN = '0f0f0f0f-1111-4222-8333-444444444444'

let rig: Rig
let graphCalls: string[] = []
beforeAll(async () => {
  rig = await openRig()
})
afterAll(() => rig.close())
beforeEach(async () => {
  await rig.reset()
  graphCalls = []
  rig.onExchange = ({ host, phase, method, path }) => {
    if (host === 'graph' && phase === 'handled') graphCalls.push(`${method} ${path}`)
  }
})

it('finds nothing in the way of a global administrator, with few calls and no write', async () => {
  const context = await rig.context({ inspectTls: () => Promise.resolve(null) })
  graphCalls = []
  expect(notOk(await check(context))).toEqual([])
  const calls = graphCalls.filter((one) => one.includes('/v1.0/$batch') || one.startsWith('GET'))
  expect(calls.length).toBeLessThanOrEqual(3)
  expect(rig.writes).toEqual([])
  expect(rig.violations).toEqual([])
})

it('finds the application that it made', async () => {
  const context = await rig.context()
  const record = await applyPlan(context, () => {})
  const found = (await check(context)).find((one) => one.name === 'existing-application')
  expect(found).toMatchObject({ state: 'ok' })
  expect(found?.message).toContain(record.appId)
})

it('finds the application among the deleted ones, with the way to restore it', async () => {
  const context = await rig.context()
  const record = await applyPlan(context, () => {})
  await context.graph.delete(`/applications/${record.applicationObjectId}`)
  expect(notOk(await check(context))).toEqual([['existing-application', 'failed']])
})

it.each(['no-admin-role', 'pim-eligible-role', 'custom-role-only'] as const)(
  'with %s it asks for a role, and lets Graph decide',
  async (fault) => {
    const account = await rig.signIn('application-admin')
    rig.tenant.control.setFault(fault, true)
    // As after “Check again”: the fresh token holds no role.
    const context = await rig.context({ account: { ...account, roles: [] } })
    const checks = await check(context)
    expect(notOk(checks)).toEqual([
      ['roles', 'warning'],
      ['app-registration', 'warning'],
    ])
    expect(checks.find((one) => one.name === 'roles')).toMatchObject({ link: 'pim-my-roles' })
  },
)

it('checks pasted credentials with a real token', async () => {
  const context = await rig.context()
  const record = await applyPlan(context, () => {})
  const given = {
    tenantId: record.tenantId,
    clientId: record.appId,
    clientSecret: (await context.secrets.get('clientSecret')) ?? '',
  }
  const wanted = wantedPermissions(context.settings)
  expect(await checkCredentials(given, { ...context, wanted })).toMatchObject({
    ok: true,
    missing: [],
    error: null,
  })
  const codeOf = async (change: Partial<typeof given>) =>
    (await checkCredentials({ ...given, ...change }, { ...context, wanted })).error?.code
  expect(await codeOf({ clientSecret: 'abc8Q~wrong' })).toBe('client-secret-wrong')
  expect(await codeOf({ clientId: UNKNOWN })).toBe('application-missing')
  expect(await codeOf({ tenantId: UNKNOWN })).toBe('wrong-tenant')
  expect(await codeOf({ tenantId: given.clientId, clientId: given.tenantId })).toBe('wrong-tenant')
})

it('says that Graph is down when it is', async () => {
  const context = await rig.context()
  rig.tenant.control.setFault('graph-unavailable', true)
  const states = new Map(notOk(await check(context)))
  expect(states.get('graph')).toBe('failed')
  expect(states.get('tenant')).toBe('failed')
})

async function check(context: EntraContext): Promise<CheckResult[]> {
  return (await checkTenant(context)).checks
}

/** Everything but the clock: the rig's runs twenty times as fast as Graph's. */
function notOk(checks: CheckResult[]): [CheckName, CheckResult['state']][] {
  return checks
    .filter((one) => one.state !== 'ok' && one.name !== 'clock')
    .map((one) => [one.name, one.state])
}
