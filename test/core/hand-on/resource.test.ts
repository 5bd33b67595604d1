import { expect, test } from 'vitest'
import { laneOf, readResource } from '../../../main/core/hand-on/resource.ts'

const none = {
  ...{ chatId: null, teamId: null, channelId: null, messageId: null },
  ...{ replyToId: null, memberId: null, userId: null },
}
const chat = '19:8ea0e38b-efb3-4757-924a-5f94061cf8c2_97f62344@unq.gbl.spaces'
const channel = '19:4a95f7d8db4c4e7fae857bcebe0623e6@thread.tacv2'

test.each([
  [`chats('${chat}')`, 'chat', { chatId: chat }],
  [
    `chats('${chat}')/messages('1612289992105')`,
    'message',
    { chatId: chat, messageId: '1612289992105' },
  ],
  [
    `/chats/${chat}/messages/1612289992105`,
    'message',
    { chatId: chat, messageId: '1612289992105' },
  ],
  [`chats/19%3Aa%40b/messages/1`, 'message', { chatId: '19:a@b', messageId: '1' }],
  [`chats('${chat}')/members('MCMj')`, 'member', { chatId: chat, memberId: 'MCMj' }],
  [
    `teams('fbe2')/channels('${channel}')/messages('1')`,
    'message',
    { teamId: 'fbe2', channelId: channel, messageId: '1' },
  ],
  [
    `teams('fbe2')/channels('${channel}')/messages('1')/replies('2')`,
    'message',
    { teamId: 'fbe2', channelId: channel, messageId: '2', replyToId: '1' },
  ],
  [
    `users('u1')/chats('c1')/messages('3')`,
    'message',
    { userId: 'u1', chatId: 'c1', messageId: '3' },
  ],
  [`communications/presences('u2')`, 'presence', { userId: 'u2' }],
  [`/communications/presences/u2`, 'presence', { userId: 'u2' }],
  [`chats('it''s/here')/messages('4')`, 'message', { chatId: "it's/here", messageId: '4' }],
  [`chats('c1')/messages('5')?model=A`, 'message', { chatId: 'c1', messageId: '5' }],
  [`chats/%zz/messages/6`, 'message', { chatId: '%zz', messageId: '6' }],
  [`somethingNew('x')`, 'other', {}],
  ['', 'other', {}],
])('reads %s', (resource, kind, ids) => {
  expect(readResource(resource)).toEqual({ kind, ids: { ...none, ...ids } })
})

test('keeps one lane for each chat and channel, else for each subscription', () => {
  const lane = (resource: string) => laneOf({ resource, subscriptionId: 's1' })
  expect(lane(`chats('c')/messages('1')`)).toBe(lane(`/chats/c/members/2`))
  expect(lane(`chats('c')`)).not.toBe(lane(`chats('d')`))
  expect(lane(`teams('t')/channels('c')/messages('1')/replies('2')`)).toBe(
    lane(`teams('t')/channels('c')/messages('1')`),
  )
  expect(lane(`communications/presences('u')`)).toBe('subscription:s1')
})
