import { expect, test } from 'vitest'
import { NameBook } from '../../../renderer/state/delivery-names.svelte.ts'
import { fakePageClient, settle } from '../../fakes/page-client.ts'
import { storedPage } from '../../fakes/sample-stored.ts'

test('names that were known before the pages opened are shown, and what is told meanwhile is newer', async () => {
  const fake = fakePageClient()
  const { promise, resolve } = Promise.withResolvers<null>()
  fake.answer('delivery.search', async () => {
    await promise
    return { ok: true, value: storedPage }
  })
  const names = new NameBook(fake.client)
  names.start()
  await settle()
  const told = { deliveryId: 60, senderName: 'Adele Vance-Smith', placeName: 'Front desk' }
  fake.push('delivery.named', [told])
  resolve(null)
  await settle()
  expect(names.of(60)).toEqual(told)
  expect(names.of(59)?.senderName).toBe('Miguel Santos')
  expect(names.of(57)).toBeUndefined()
})
