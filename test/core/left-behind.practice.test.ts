// What EMI Tray left in applications that it no longer uses: kept in mind, listed, and removed one by one.
import { afterAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { RemovalItem } from '../../main/contract/models/removal.ts'
import type { EntraContext } from '../../main/core/entra/context.ts'
import { readApplication } from '../../main/core/entra/graph-objects.ts'
import { applyPlan } from '../../main/core/entra/provision.ts'
import {
  type ProvisioningRecord,
  readProvisioningRecord,
} from '../../main/core/entra/provisioning-record.ts'
import { untilReplicated } from '../../main/core/entra/replication.ts'
import { Removal } from '../../main/core/removal.ts'
import { type Stop, StoppingPorts } from '../fakes/stopping-ports.ts'
import { areaDeps } from './entra/area-deps.ts'
import { openRig } from './entra/practice-rig.ts'

const THEIRS = 'https://other.example/callback'

const rig = await openRig({ replicationDelayMs: 0 })
beforeEach(() => rig.reset())
afterAll(async () => {
  expect(rig.violations).toEqual([])
  await rig.close()
})

describe('a secret in an application that somebody else made', () => {
  it('is listed after a change to another one, with what it is and until when it works', async () => {
    const { context, adopted } = await changedOver()
    const item = secretIn(await list(context, { signedIn: false }))
    const { keyId, hint, endDateTime } = secretOf(adopted)
    expect(item).toMatchObject({ place: 'tenant', kind: 'left-behind', removable: true })
    expect(item.name).toBe(`Client secret ${hint}… in Made by Kim`)
    for (const part of [keyId, endDateTime.slice(0, 10), adopted.appId, 'Contoso']) {
      expect(item.detail).toContain(part)
    }
  })

  it('is removed by its id, and nothing else is', async () => {
    const { context, adopted, record, kims } = await changedOver()
    const { id } = secretIn(await list(context))
    rig.writes.length = 0
    expect(await remove(context, [id])).toMatchObject([{ state: 'done', error: null }])
    expect(rig.writes).toEqual([`POST /applications/${adopted.applicationObjectId}/removePassword`])
    expect(keyIdsIn(adopted.appId)).toEqual([kims])
    expect(keyIdsIn(record.appId)).toEqual([secretOf(record).keyId])
    expect(await readProvisioningRecord(context.database)).toEqual(record)
    const left = leftOf(await list(context))
    expect(left.length).toBeGreaterThan(0)
    expect(left.filter(isSecret)).toEqual([])
  })

  it('stands in the list until it is gone from Entra, where a person is signed in to ask', async () => {
    const { context, adopted } = await changedOver()
    const reads: string[] = []
    rig.onExchange = ({ phase, method, path }) => {
      if (phase === 'handled' && method === 'GET') reads.push(path)
    }
    onTestFinished(() => {
      rig.onExchange = () => {}
    })
    const listed = secretIn(await list(context))
    expect(reads).toEqual([expect.stringContaining(adopted.applicationObjectId)])
    const { keyId } = secretOf(adopted)
    const path = `/applications/${adopted.applicationObjectId}`
    await context.graph.post(`${path}/removePassword`, { keyId })
    const left = leftOf(await list(context))
    expect(left.filter(isSecret)).toEqual([])
    expect(left).toHaveLength(5)
    // Where nobody can tell, it stays: it may still work.
    const { graph, account } = context
    const failing = { ...graph, get: () => Promise.reject(new Error('No way to Graph.')) }
    const elsewhere = { ...account, tenantId: 'another tenant' }
    expect(secretIn(await list(context, { signedIn: false }))).toEqual(listed)
    expect(secretIn(await list({ ...context, graph: failing }))).toEqual(listed)
    expect(secretIn(await list({ ...context, account: elsewhere }))).toEqual(listed)
    // A deleted application can be brought back with its secrets.
    await graph.delete(path)
    expect(secretIn(await list(context))).toEqual(listed)
  })

  it('goes with all else that was added, and the application is as it was before', async () => {
    const { context, adopted, before } = await changedOver()
    const left = leftOf(await list(context))
    expect(left.map(({ id }) => id.split(':')[2])).toEqual([
      'app-role-assignments',
      'delegated-grant',
      'redirect-uri',
      'required-resource-access',
      'service-principal',
      'client-secret',
    ])
    const removed = await remove(
      context,
      left.map(({ id }) => id),
    )
    expect(removed.filter(({ state }) => state !== 'done')).toEqual([])
    expect(stored(adopted.appId)).toEqual(before)
    expect(leftOf(await list(context))).toEqual([])
  })

  it('is found again when the application comes back into use, which then has another one', async () => {
    const { context, adopted, record, kims } = await changedOver()
    const back = await applyPlan(withApp(context, adopted.appId), () => {})
    expect(back.added).toEqual(adopted.added)
    const items = await list(context)
    // What was added is in use again and stands in the list as such.
    expect(leftOf(items).filter((item) => !isSecret(item))).toEqual([])
    expect(secretIn(items).id).toContain(secretOf(adopted).keyId)
    await remove(context, [secretIn(items).id])
    expect(keyIdsIn(adopted.appId)).toEqual([kims, secretOf(back).keyId])
    await applyPlan(withApp(context, ''), () => {})
    // So has its own, which was out of use in between.
    const again = leftOf(await list(context))
    const [inOwn, ...others] = again.filter(({ id }) => id.includes(record.applicationObjectId))
    expect(inOwn?.id).toContain(secretOf(record).keyId)
    expect(others).toEqual([])
    const inKims = again.filter((item) => item !== inOwn)
    expect(inKims).toHaveLength(6)
    expect(secretIn(inKims).id).toContain(secretOf(back).keyId)
  })

  it('is not removed by a list from before it came back into use', async () => {
    const { context, adopted } = await changedOver()
    const left = leftOf(await list(context)).filter((item) => !isSecret(item))
    const removal = await removalOver(context)
    removal.list()
    await removal.idle()
    await applyPlan(withApp(context, adopted.appId), () => {})
    rig.writes.length = 0
    removal.remove(left.map(({ id }) => id))
    await removal.idle()
    const codes = leftOf(removal.state().items).flatMap(({ error }) => error?.code ?? [])
    expect(codes).toEqual(left.map(() => 'not-found'))
    expect(rig.writes).toEqual([])
  })

  it('is never out of sight, wherever a change to another application is killed', async () => {
    const ports = new StoppingPorts()
    const { context, adopted } = await adoptedByHand(ports)
    ports.begin()
    await applyPlan(withApp(context, ''), () => {})
    expect(ports.stops.length).toBeGreaterThan(5)
    const { keyId } = secretOf(adopted)
    for (const stop of ports.stops) {
      const items = await list({ ...context, ...stop })
      const about = items.filter(({ id, removable }) => removable && id.includes(keyId))
      expect(about).toHaveLength(1)
    }
  })

  it('is found in the audit trail where the change was made before it was kept in mind', async () => {
    const { context, adopted, kims } = await changedOver()
    await context.database.deleteRecord('leftBehind')
    const { displayName, endDateTime } = secretOf(adopted)
    const left = leftOf(await list(context))
    expect(left.map(({ name }) => name)).toEqual([`Client secret “${displayName}” in Made by Kim`])
    expect(left[0]?.detail).toContain(endDateTime.slice(0, 10))
    expect(left[0]?.detail).toContain(adopted.applicationObjectId)
    await remove(context, [left[0]?.id ?? ''])
    expect(keyIdsIn(adopted.appId)).toEqual([kims])
    expect(leftOf(await list(context))).toEqual([])
  })
})

it('keeps in mind a secret whose value was lost, while the application goes on with another', async () => {
  const context = await rig.context()
  const first = await applyPlan(context, () => {})
  await context.secrets.delete('clientSecret')
  const second = await applyPlan(context, () => {})
  const items = await list(context)
  expect(secretIn(items).id).toContain(secretOf(first).keyId)
  await remove(context, [secretIn(items).id])
  expect(keyIdsIn(second.appId)).toEqual([secretOf(second).keyId])
})

interface HandMade {
  context: EntraContext
  adopted: ProvisioningRecord
  /** What the tenant held of it before it was adopted. */
  before: unknown
  /** Id of the secret that Kim made. */
  kims: string
}

/** An application that Kim made, with a secret of its own, adopted. */
async function adoptedByHand(ports?: Stop): Promise<HandMade> {
  const context = await rig.context(ports)
  const { graph, signal } = context
  const made = readApplication(
    await graph.post('/applications', {
      displayName: 'Made by Kim',
      web: { redirectUris: [THEIRS] },
    }),
  )
  await untilReplicated(
    () =>
      graph.post(`/applications/${made.id}/addPassword`, {
        passwordCredential: { displayName: 'By Kim' },
      }),
    { clock: rig.clock, signal },
  )
  const before = stored(made.appId)
  const [kims = ''] = keyIdsIn(made.appId)
  const adopted = await applyPlan(withApp(context, made.appId), () => {})
  return { context, adopted, before, kims }
}

/** The same, and then EMI Tray has made one of its own. */
async function changedOver(): Promise<HandMade & { record: ProvisioningRecord }> {
  const handMade = await adoptedByHand()
  return { ...handMade, record: await applyPlan(withApp(handMade.context, ''), () => {}) }
}

function withApp(context: EntraContext, adoptedAppId: string): EntraContext {
  return { ...context, settings: { ...context.settings, adoptedAppId } }
}

async function removalOver(
  context: EntraContext,
  { signedIn = true }: { signedIn?: boolean } = {},
): Promise<Removal> {
  const untouched = () => Promise.reject(new Error('Not for this test.'))
  return new Removal({
    ...(await areaDeps(context, { signedIn })),
    mode: 'practice',
    dataFolder: '/home/nora/emi',
    stopWebhook: untouched,
    resetSettings: untouched,
    eraseLogsAndKeys: untouched,
    onRemoved: () => {},
  })
}

async function list(
  context: EntraContext,
  options?: { signedIn?: boolean },
): Promise<RemovalItem[]> {
  const removal = await removalOver(context, options)
  removal.list()
  await removal.idle()
  expect(removal.state().job.error).toBeNull()
  return removal.state().items
}

async function remove(context: EntraContext, ids: string[]): Promise<RemovalItem[]> {
  const removal = await removalOver(context)
  removal.list()
  await removal.idle()
  removal.remove(ids)
  await removal.idle()
  return removal.state().items.filter(({ id }) => ids.includes(id))
}

function leftOf(items: RemovalItem[]): RemovalItem[] {
  return items.filter(({ kind }) => kind === 'left-behind')
}

function isSecret({ id }: RemovalItem): boolean {
  return id.includes(':client-secret')
}

function secretIn(items: RemovalItem[]): RemovalItem {
  const [item, ...others] = leftOf(items).filter(isSecret)
  expect(others).toEqual([])
  if (!item) throw new Error('No secret is listed as left behind.')
  return item
}

function secretOf({ clientSecret }: ProvisioningRecord) {
  if (!clientSecret) throw new Error('No secret was made.')
  return clientSecret
}

function stored(appId: string): unknown {
  return structuredClone(rig.tenant.control.application(appId))
}

function keyIdsIn(appId: string): string[] {
  const { application } = rig.tenant.control.application(appId) as {
    application: { passwordCredentials: { keyId: string }[] }
  }
  return application.passwordCredentials.map(({ keyId }) => keyId)
}
