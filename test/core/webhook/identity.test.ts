import { expect, test } from 'vitest'
import { makeWebhook, messageItem, post, TENANT_ID } from './fixtures.ts'

const MESSAGE = "chats('19:a@thread.v2')/messages('1612289992105')"

/** Number of items that are stored when these come, each in a post of its own. */
async function storedOf(...items: Record<string, unknown>[]): Promise<number> {
  const webhook = await makeWebhook()
  const { clientState } = webhook
  for (const item of items) {
    const answer = await webhook.handle(post({ value: [messageItem({ clientState, ...item })] }))
    expect(answer.status).toBe(202)
  }
  expect(webhook.inbox.duplicates).toBe(items.length - webhook.database.deliveries.length)
  return webhook.database.deliveries.length
}

const versioned = (etag: string, given: Record<string, unknown> = {}) => ({
  changeType: 'updated',
  resource: MESSAGE,
  resourceData: { id: '1612289992105', '@odata.etag': etag },
  ...given,
})

const rich = (content: Record<string, string>, given: Record<string, unknown> = {}) => ({
  changeType: 'updated',
  resource: MESSAGE,
  resourceData: { id: '1612289992105' },
  encryptedContent: { data: 'ciphertext', dataKey: 'k', ...content },
  ...given,
})

test.each([
  ['a new message', {}, { subscriptionExpirationDateTime: '2026-03-09T09:00:00Z' }],
  ['a new message, its kind capitalised', {}, { changeType: 'Created' }],
  [
    'a new reply',
    { resource: "teams('t')/channels('c')/messages('1')/replies('2')" },
    { resource: "teams('t')/channels('c')/messages('1')/replies('2')" },
  ],
  ['a new chat', { resource: "chats('19:b')" }, { resource: "chats('19:b')" }],
  ['a change with its version', versioned('"1"'), versioned('"1"')],
  [
    'a change with its version, encrypted anew',
    versioned('"1"', { encryptedContent: { data: 'one' } }),
    versioned('"1"', { encryptedContent: { data: 'another' } }),
  ],
  ['the same content', rich({ dataSignature: 's' }), rich({ dataSignature: 's' })],
  [
    'a notification with an id of its own',
    { changeType: 'updated', id: 'n1' },
    { changeType: 'updated', id: 'n1' },
  ],
])('stores %s once when Graph sends it again', async (_what, first, again) => {
  expect(await storedOf(first, again)).toBe(1)
})

const presence = (availability: string) => ({
  changeType: 'updated',
  resource: "communications/presences('p')",
  resourceData: { id: 'p', availability },
  organizationId: TENANT_ID,
})

test.each([
  ['versions of one message', [versioned('"1"'), versioned('"2"')]],
  ['kinds of change', [versioned('"1"'), versioned('"1"', { changeType: 'deleted' })]],
  ['contents', [rich({ dataSignature: 's' }), rich({ dataSignature: 't' })]],
  [
    'chats',
    [{ resource: "chats('19:b')" }, { resource: "chats('19:c')" }, { resource: "chats('19:B')" }],
  ],
  ['presences that go back', [presence('Available'), presence('Busy'), presence('Available')]],
  [
    'updates of a chat that look the same',
    [
      { changeType: 'updated', resource: "chats('19:b')" },
      { changeType: 'updated', resource: "chats('19:b')" },
    ],
  ],
  [
    'entries of a person who left in between',
    Array.from({ length: 2 }, () => ({ resource: "chats('19:b')/members('m')" })),
  ],
])('keeps different %s apart', async (_what, items) => {
  expect(await storedOf(...items)).toBe(items.length)
})

test('stores lifecycleNotifications each time, since they come again with every renewal', async () => {
  const item = { lifecycleEvent: 'reauthorizationRequired' }
  expect(await storedOf(item, item)).toBe(2)
})

test('does not call listeners for what was stored before', async () => {
  const webhook = await makeWebhook()
  let heard = 0
  webhook.inbox.onAdded((items) => (heard += items.length))
  const body = { value: [messageItem({ clientState: webhook.clientState })] }
  for (let round = 0; round < 3; round += 1) await webhook.handle(post(body))
  expect(heard).toBe(1)
})
