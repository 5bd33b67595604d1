import Ajv2020 from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { expect, test } from 'vitest'
import type { Delivery } from '../../../main/contract/models/delivery.ts'
import { eventSchema } from '../../../main/core/hand-on/event-schema.ts'
import { eventOf, testEvent } from '../../../main/core/hand-on/event.ts'
import { sampleMessage } from './sample-message.ts'

const ajv = new Ajv2020({ allErrors: true })
addFormats(ajv)
const isValid = ajv.compile(eventSchema)

const delivery: Delivery = {
  ...{ id: 7, receivedAt: '2026-03-02T09:00:00.000Z', kind: 'changeNotification' },
  ...{ subscriptionKey: 'chat-messages', subscriptionId: 'sub-1', tenantId: 'tenant-1' },
  ...{ changeType: 'created', resource: `chats('19:a@b')/messages('1')`, resourceId: '1' },
  ...{ rich: false, origin: 'graph', senderId: null },
}
const plain = { content: null, contentError: null }

test.each([
  [{}, 'app.emitray.teams.message.created.v1'],
  [{ resource: `chats('19:a@b')`, changeType: 'updated' }, 'app.emitray.teams.chat.updated.v1'],
  [
    { resource: `teams('t')/channels('c')/messages('1')/replies('2')`, changeType: 'deleted' },
    'app.emitray.teams.message.deleted.v1',
  ],
  [{ resource: `chats('c')/members('m')` }, 'app.emitray.teams.member.created.v1'],
  [{ resource: '', changeType: '' }, 'app.emitray.teams.other.changed.v1'],
  [
    { resource: 'new thing', changeType: 'odd.Type', tenantId: 'a b/ü' },
    'app.emitray.teams.other.changed.v1',
  ],
])('an event for %o follows the published schema', (change, type) => {
  const event = eventOf({ ...delivery, ...change }, plain)
  expect(event.type).toBe(type)
  isValid(event)
  expect(isValid.errors ?? []).toEqual([])
})

test('an event with a message follows the schema, and one with half a message does not', () => {
  const event = eventOf(delivery, { ...plain, message: sampleMessage })
  isValid(event)
  expect(isValid.errors ?? []).toEqual([])
  const half = { ...sampleMessage, sender: { name: 'Ella Brandt' } }
  expect(isValid({ ...event, data: { ...event.data, message: half } })).toBe(false)
})

test('the test event follows the schema, and something else does not', () => {
  const event = testEvent({ id: 'ab-1', at: new Date('2026-03-02T09:00:00Z') })
  expect(isValid(event)).toBe(true)
  expect(isValid({ ...event, type: 'app.emitray.teams.message.created.v1' })).toBe(false)
  expect(isValid({ ...event, specversion: '0.3' })).toBe(false)
})

test('the id is the same for the same notification, and another one in a database that starts anew', () => {
  expect(eventOf(delivery, plain).id).toBe(eventOf({ ...delivery }, plain).id)
  const anew = { ...delivery, receivedAt: '2026-03-02T09:00:00.001Z' }
  expect(eventOf(anew, plain).id).not.toBe(eventOf(delivery, plain).id)
  // A full stop would end the id within what is signed.
  expect(eventOf(delivery, plain).id).not.toContain('.')
})

test('says where it happened and carries the content', () => {
  const event = eventOf(delivery, { content: { body: { content: 'Hi' } }, contentError: null })
  expect(event).toMatchObject({
    specversion: '1.0',
    source: '/emi-tray/tenants/tenant-1',
    subject: delivery.resource,
    time: delivery.receivedAt,
    data: { where: 'chat', chatId: '19:a@b', messageId: '1', content: { body: { content: 'Hi' } } },
  })
})
