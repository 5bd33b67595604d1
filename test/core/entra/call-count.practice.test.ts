// How many calls to Graph the set-up takes: through the real client, against the practice tenant.
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { applyPlan, type EntraContext } from '../../../main/core/entra/provision.ts'
import { checkTenant } from '../../../main/core/entra/preflight.ts'
import { makePlan } from '../../../main/core/entra/plan.ts'
import { wantedPermissions } from '../../../main/core/entra/permissions.ts'
import type { OptionalPermission } from '../../../main/contract/models/settings.ts'
import { verifyIntegration } from '../../../main/core/entra/verify.ts'
import { openRig } from './practice-rig.ts'

const MOST_OF_A_FIRST_RUN = 20
const MOST_OF_A_RERUN = 8
const EXTRAS: OptionalPermission[] = [
  'Chat.Read.All',
  'Application.Read.All',
  'Presence.Read.All',
  'Files.Read.All',
]

const rig = await openRig({ replicationDelayMs: 0 })
beforeEach(() => rig.reset())
afterAll(async () => {
  expect(rig.violations).toEqual([])
  await rig.close()
})

describe('the calls to Graph', () => {
  it(`of a first run are at most ${MOST_OF_A_FIRST_RUN}, from the check to the verification`, async () => {
    const calls = await countCalls(await rig.context(), firstRun)
    expect(calls.length, said(calls)).toBeLessThanOrEqual(MOST_OF_A_FIRST_RUN)
  })

  it('are no more with every optional extra', async () => {
    const context = await rig.context()
    const settings = { ...context.settings, optionalPermissions: EXTRAS }
    const calls = await countCalls({ ...context, settings }, firstRun)
    expect(calls.length, said(calls)).toBeLessThanOrEqual(MOST_OF_A_FIRST_RUN)
  })

  it(`of a run that finds everything in place are at most ${MOST_OF_A_RERUN}, with the check`, async () => {
    const context = await rig.context()
    await applyPlan(context, () => {})
    const calls = await countCalls(context, async () => {
      await checkTenant(context)
      const plan = await makePlan(context)
      expect(plan.nothingToDo).toBe(true)
      await applyPlan(context, () => {})
    })
    expect(calls.length, said(calls)).toBeLessThanOrEqual(MOST_OF_A_RERUN)
    expect(calls.filter(({ isRead }) => !isRead)).toEqual([])
  })

  it('of a plan and of applying it with everything in place are one each', async () => {
    const context = await rig.context()
    await applyPlan(context, () => {})
    const plan = await countCalls(context, () => makePlan(context))
    expect(plan.length, said(plan)).toBe(1)
    const apply = await countCalls(context, () => applyPlan(context, () => {}))
    expect(apply.length, said(apply)).toBe(1)
  })

  it('of a first run write each object once', async () => {
    const calls = await countCalls(await rig.context(), firstRun)
    const writes = calls.filter(({ isRead }) => !isRead).map(({ what }) => what)
    expect(writes.map((what) => what.replace(/[0-9a-f-]{36}/g, '{id}'))).toEqual([
      "PATCH /applications(uniqueName='emi-tray-acme-brightpattern-example')",
      'POST /servicePrincipals',
      'POST /applications/{id}/addPassword',
      'POST /oauth2PermissionGrants',
      'POST /servicePrincipals/{id}/appRoleAssignedTo',
      'POST /servicePrincipals/{id}/appRoleAssignedTo',
      'POST /servicePrincipals/{id}/appRoleAssignedTo',
    ])
  })
})

async function firstRun(context: EntraContext): Promise<void> {
  await checkTenant(context)
  await makePlan(context)
  const record = await applyPlan(context, () => {})
  const wanted = wantedPermissions(context.settings)
  const verified = await verifyIntegration({ ...context, record, wanted })
  expect(verified.delegatedGranted).toBe(true)
}

interface Call {
  what: string
  isRead: boolean
}

async function countCalls(
  context: EntraContext,
  work: (context: EntraContext) => Promise<unknown>,
): Promise<Call[]> {
  const calls: Call[] = []
  rig.onExchange = ({ phase, host, method, path, requestBody }) => {
    if (phase !== 'handled' || host !== 'graph') return
    const place = decodeURIComponent(path.replace('/v1.0', ''))
    const isBatch = place === '/$batch'
    const what = `${method} ${place}${isBatch ? `: ${urlsIn(requestBody).join(' + ')}` : ''}`
    calls.push({ what, isRead: method === 'GET' || isBatch })
  }
  await work(context)
  rig.onExchange = () => {}
  return calls
}

function urlsIn(body: unknown): string[] {
  const { requests } = body as { requests: { url: string }[] }
  return requests.map(({ url }) => url.split('?')[0] ?? url)
}

function said(calls: Call[]): string {
  const lines = calls.map(({ what }, index) => `${index + 1}. ${what}`)
  return `${calls.length} calls were made:\n${lines.join('\n')}\n`
}
