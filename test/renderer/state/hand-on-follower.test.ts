import { expect, test } from 'vitest'
import type { DeliveryPage } from '../../../main/contract/models/delivery.ts'
import { HandOnFollower } from '../../../renderer/state/hand-on-follower.svelte.ts'
import { fakePageClient, settle } from '../../fakes/page-client.ts'
import { storedPage } from '../../fakes/sample-stored.ts'

test('one notification is read by its id, and nothing else counts as it', async () => {
  const fake = fakePageClient()
  fake.answer('delivery.search', () => ({ ok: true, value: storedPage }))
  const follower = new HandOnFollower(fake.client)
  expect(await follower.look(59)).toMatchObject({ id: 59, handOn: { state: 'waiting' } })
  expect(fake.calls.at(-1)?.input).toEqual({ beforeId: 60, limit: 1 })
  // It was removed meanwhile.
  expect(await follower.look(12)).toBeNull()
  expect(follower.found).toBeNull()
})

test('an answer about an earlier one is dropped, and a failure forgets nothing', async () => {
  const fake = fakePageClient()
  const answers: ((page: DeliveryPage) => void)[] = []
  fake.answer('delivery.search', async () => ({
    ok: true,
    value: await new Promise<DeliveryPage>((resolve) => answers.push(resolve)),
  }))
  const follower = new HandOnFollower(fake.client)
  const first = follower.look(60)
  const second = follower.look(59)
  answers[1]?.(storedPage)
  await settle()
  answers[0]?.(storedPage)
  expect([await first, (await second)?.id, follower.found?.id]).toEqual([null, 59, 59])
  fake.answer('delivery.search', () => Promise.reject(new Error('The connection went away.')))
  expect(await follower.look(59)).toBeNull()
  expect(follower.found?.id).toBe(59)
})
