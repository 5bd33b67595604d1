// Which applications of a tenant look like ours, who owns them, and which one the plan is about.
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import type { ConnectionSettings } from '../../../main/contract/models/settings.ts'
import { findCandidates } from '../../../main/core/entra/candidates.ts'
import { GraphError } from '../../../main/core/entra/graph-client.ts'
import { applyPlan, type EntraContext } from '../../../main/core/entra/provision.ts'
import { openRig } from './practice-rig.ts'

const OURS = 'https://acme.brightpattern.example/agentdesktop/msteamscallback.html'
const NAME = 'Enterprise Messenger Integration Server'

const rig = await openRig({ replicationDelayMs: 0 })
beforeEach(() => rig.reset())
afterAll(async () => {
  expect(rig.violations).toEqual([])
  await rig.close()
})

describe('the candidates', () => {
  it('are none in a tenant without anything alike', async () => {
    const context = await rig.context()
    await make(context, { displayName: 'Payroll' })
    expect(await findCandidates(context)).toEqual([])
  })

  it('are found by redirect URI and by name, with their owners; none is chosen', async () => {
    const context = await rig.context()
    const byUri = await make(context, { displayName: 'Teams for agents', redirectUris: [OURS] })
    const byName = await make(context, { displayName: NAME })
    const both = await make(context, { displayName: NAME, redirectUris: [OURS] })
    const found = await findCandidates(context)
    expect(found.map(({ appId, matchedBy }) => ({ appId, matchedBy }))).toEqual([
      { appId: both, matchedBy: ['redirect-uri', 'name'] },
      { appId: byUri, matchedBy: ['redirect-uri'] },
      { appId: byName, matchedBy: ['name'] },
    ])
    expect(found.map((one) => one.chosen)).toEqual([false, false, false])
    expect(found[0]).toMatchObject({
      owners: [context.account.username],
      redirectUris: [OURS],
      deletedAt: null,
    })
  })

  it('begin with the one that EMI Tray made, which is chosen', async () => {
    const context = await rig.context()
    await make(context, { displayName: NAME, redirectUris: [OURS] })
    const { appId } = await applyPlan(context, () => {})
    const [first, second] = await findCandidates(context)
    expect(first).toMatchObject({
      appId,
      chosen: true,
      matchedBy: ['unique-name', 'redirect-uri', 'name'],
    })
    expect(second?.chosen).toBe(false)
  })

  it('have the adopted one chosen, whatever its name is', async () => {
    const context = await rig.context()
    await applyPlan(context, () => {})
    const appId = await make(context, { displayName: 'Made by Kim' })
    const found = await findCandidates(withSettings(context, { adoptedAppId: appId }))
    expect(found.filter((one) => one.chosen).map((one) => one.appId)).toEqual([appId])
    expect(found[0]).toMatchObject({ appId, matchedBy: ['client-id'] })
    expect(found).toHaveLength(2)
  })

  it('end with deleted ones, which cannot be chosen', async () => {
    const context = await rig.context()
    const { applicationObjectId, appId } = await applyPlan(context, () => {})
    await context.graph.delete(`/applications/${applicationObjectId}`)
    const other = await make(context, { displayName: NAME })
    const found = await findCandidates(context)
    expect(found.map((one) => one.appId)).toEqual([other, appId])
    expect(found[1]).toMatchObject({
      chosen: false,
      owners: [],
      deletedAt: expect.stringMatching(/^\d{4}-/) as string,
    })
  })

  it('take two calls to Graph at most', async () => {
    const context = await rig.context()
    await applyPlan(context, () => {})
    let calls = 0
    rig.onExchange = ({ phase, host }) => {
      if (phase === 'handled' && host === 'graph') calls += 1
    }
    await findCandidates(context)
    expect(calls).toBe(2)
  })

  it('leave out the deleted ones where those may not be read', async () => {
    const context = await rig.context()
    const { appId } = await applyPlan(context, () => {})
    const { graph } = context
    const forbidden = {
      status: 403,
      body: undefined,
      error: new GraphError('graph-forbidden', { message: 'x.', nextStep: 'y.' }, { status: 403 }),
    }
    const limited: EntraContext = {
      ...context,
      graph: {
        ...graph,
        batch: async (requests, options) => {
          const answers = await graph.batch(requests, options)
          return answers.map((answer, index) =>
            requests[index]?.path.includes('deletedItems') ? forbidden : answer,
          )
        },
      },
    }
    expect((await findCandidates(limited)).map((one) => one.appId)).toEqual([appId])
  })
})

async function make(
  { graph }: EntraContext,
  { displayName, redirectUris = [] }: { displayName: string; redirectUris?: string[] },
): Promise<string> {
  const made = await graph.post('/applications', { displayName, web: { redirectUris } })
  return (made as { appId: string }).appId
}

function withSettings(context: EntraContext, change: Partial<ConnectionSettings>): EntraContext {
  return { ...context, settings: { ...context.settings, ...change } }
}
