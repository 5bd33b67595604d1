import { expect, test } from 'vitest'
import { describeDelivery, withoutContent } from '../../../main/core/webhook/delivery-text.ts'

const delivery = {
  id: 1,
  receivedAt: '2026-03-02T09:00:00.000Z',
  kind: 'changeNotification' as const,
  subscriptionKey: 'chats' as const,
  subscriptionId: 's',
  tenantId: 't',
  changeType: 'created',
  resource: "chats('19:1@thread.v2')",
  resourceId: '1',
  rich: false,
  origin: 'graph' as const,
  senderId: null,
}

test.each([
  ["chats('19:1@thread.v2')", 'created', 'New chat'],
  ["chats('19:1@thread.v2')/messages('161')", 'created', 'New chat message'],
  ["teams('1')/channels('19:2')/messages('3')/replies('4')", 'updated', 'Channel message changed'],
  ["chats('19:1@thread.v2')/messages('161')", 'somethingNew', 'Notification: somethingNew'],
])('%s %s reads “%s”', (resource, changeType, words) => {
  expect(describeDelivery({ ...delivery, resource, changeType })).toBe(words)
})

test('a lifecycle event is named', () => {
  expect(
    describeDelivery({ ...delivery, kind: 'lifecycleNotification', changeType: 'missed' }),
  ).toContain('missed')
})

test.each(['encryptedContent', 'EncryptedContent'])('leaves %s out of what is shown', (name) => {
  const shown = withoutContent(JSON.stringify({ id: 7, [name]: { data: 'AAAA', dataKey: 'BBBB' } }))
  expect(shown).not.toContain('AAAA')
  expect(JSON.parse(shown)).toMatchObject({ id: 7 })
})
