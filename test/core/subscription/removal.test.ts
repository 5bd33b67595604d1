import { describe, expect, it } from 'vitest'
import { AppError } from '../../../main/core/app-error.ts'
import type { GraphClient } from '../../../main/core/entra/graph-client.ts'
import { defaultSettings } from '../../../main/core/settings.ts'
import { SubscriptionRecords } from '../../../main/core/subscription/records.ts'
import { removeSubscriptions } from '../../../main/core/subscription/removal.ts'
import { MemoryDatabase } from '../../fakes/memory-ports.ts'

const OURS = 'https://emi.example'

function subscription(id: string, publicUrl: string) {
  return {
    id,
    resource: '/chats',
    changeType: 'created,updated',
    notificationUrl: `${publicUrl}/emi/notifications`,
    lifecycleNotificationUrl: `${publicUrl}/emi/lifecycle`,
    expirationDateTime: '2026-03-05T09:00:00.0000000Z',
  }
}

/** Graph with these subscriptions, or one that gives no token. */
function graphWith(found: ReturnType<typeof subscription>[] | AppError) {
  const deleted: string[] = []
  const notes: unknown[] = []
  const graph = {
    list: () => (found instanceof AppError ? Promise.reject(found) : Promise.resolve(found)),
    delete: (path: string, options?: { note?: unknown }) => {
      deleted.push(path)
      notes.push(options?.note)
      return Promise.resolve()
    },
  } satisfies Pick<GraphClient, 'list' | 'delete'>
  return { graph, deleted, notes }
}

async function run(
  graph: Pick<GraphClient, 'list' | 'delete'>,
  { noted = [], publicUrl = OURS }: { noted?: string[]; publicUrl?: string } = {},
) {
  const database = new MemoryDatabase()
  const records = new SubscriptionRecords(database)
  await records.load()
  for (const subscriptionId of noted) {
    const { id: _, changeType: __, ...rest } = subscription(subscriptionId, OURS)
    await records.set({ ...rest, key: 'chats', subscriptionId, createdAt: '', renewedAt: null })
  }
  const forgotten: string[] = []
  const outcome = await removeSubscriptions({
    graph,
    database,
    clientStates: {
      forget: (key) => {
        forgotten.push(key)
        return Promise.resolve()
      },
    },
    settings: { ...defaultSettings.connections.microsoft, publicUrl },
    signal: new AbortController().signal,
  }).then(
    () => 'done',
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  )
  const left = new SubscriptionRecords(database)
  await left.load()
  return { outcome, forgotten, left: left.all.length }
}

function refusal(code: AppError['code']): AppError {
  return new AppError(code, { message: 'No token.', nextStep: 'See above.' })
}

describe('deleting our subscriptions', () => {
  it('takes those that are noted and those that post to us, and leaves other servers theirs', async () => {
    const { graph, deleted, notes } = graphWith([
      subscription('noted', 'https://old-address.example'),
      subscription('never-answered', OURS),
      subscription('theirs', 'https://other.example'),
    ])
    const { outcome, forgotten, left } = await run(graph, { noted: ['noted'] })
    expect(outcome).toBe('done')
    expect(deleted).toEqual(['/subscriptions/noted', '/subscriptions/never-answered'])
    expect(forgotten).toEqual(['chats'])
    expect(left).toBe(0)
    expect(notes).toMatchObject([
      { object: 'subscription', before: { notificationHost: 'old-address.example' }, after: null },
      { object: 'subscription' },
    ])
  })

  it('without an address of ours takes only what is noted', async () => {
    const { graph, deleted } = graphWith([subscription('theirs', '')])
    await run(graph, { publicUrl: '' })
    expect(deleted).toEqual([])
  })

  it.each([
    ['application-missing', ['noted'], 'done', 0],
    ['application-missing', [], 'done', 0],
    ['client-secret-wrong', [], 'done', 0],
    ['secret-unknown', [], 'done', 0],
    ['client-secret-wrong', ['noted'], 'client-secret-wrong', 1],
    ['secret-unknown', ['noted'], 'secret-unknown', 1],
    ['network-unreachable', [], 'network-unreachable', 0],
  ] as const)('with %s and %j noted ends: %s', async (code, noted, outcome, left) => {
    const { graph } = graphWith(refusal(code))
    expect(await run(graph, { noted: [...noted] })).toMatchObject({ outcome, left })
  })
})
