import { expect, test } from 'vitest'
import { logPlace } from '../../../renderer/components/log-place.ts'

test.each([
  ["chats('19:fe690b4e8d010bf629ec09@thread.v2')/messages('1795')", 'Chat …29ec09'],
  ["chats('19:fe690b4e8d010bf629ec09@thread.v2')", 'Chat …29ec09'],
  ['/chats/19:fe690b4e8d010bf629ec09@thread.v2/messages/1795', 'Chat …29ec09'],
  [
    "teams('c7a1e5d2')/channels('19:5c2246d8f6786b@thread.tacv2')/messages('1')/replies('2')",
    'Channel …f6786b',
  ],
])('%s is shown as “%s”', (resource, place) => {
  expect(logPlace(resource)).toBe(place)
})

test('what is neither chat nor channel is shown as it came', () => {
  expect(logPlace('users/adele@acme.example')).toBe('users/adele@acme.example')
})
