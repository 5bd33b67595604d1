import { expect, test } from 'vitest'
import type { LogEntry } from '../../../main/contract/models/log.ts'
import { LogStream } from '../../../renderer/state/log-stream.svelte.ts'
import { fakePageClient, settle, type FakePageClient } from '../../fakes/page-client.ts'
import { deliveryEntry, logEntry } from '../../fakes/sample-states.ts'

async function follow(entries: LogEntry[] = []): Promise<{ fake: FakePageClient; log: LogStream }> {
  const fake = fakePageClient()
  fake.answer('log.list', () => ({ ok: true, value: entries }))
  const log = new LogStream(fake.client)
  log.start()
  await settle()
  return { fake, log }
}

const sequences = (entries: LogEntry[]): number[] => entries.map((entry) => entry.sequence)

test('it shows what was there and what comes, each once and in order', async () => {
  const { fake, log } = await follow([logEntry(1), logEntry(2)])
  fake.push('log.appended', [logEntry(3)])
  fake.push('log.appended', [logEntry(2), logEntry(3), logEntry(4)])
  expect(sequences(log.visible)).toEqual([1, 2, 3, 4])
})

test('entries that came before the list answered keep their place', async () => {
  const fake = fakePageClient()
  let release: (() => void) | undefined
  fake.answer(
    'log.list',
    () =>
      new Promise((resolve) => {
        release = () => resolve({ ok: true, value: [logEntry(1), logEntry(2), logEntry(3)] })
      }),
  )
  const log = new LogStream(fake.client)
  log.start()
  await settle()
  fake.push('log.appended', [logEntry(3)])
  release?.()
  await settle()
  expect(sequences(log.entries)).toEqual([1, 2, 3])
})

test('after a lost connection it asks for what it missed', async () => {
  const { fake, log } = await follow([logEntry(1), logEntry(2)])
  fake.setStatus('lost')
  fake.answer('log.list', (input) => {
    expect(input).toEqual({ afterSequence: 2 })
    return { ok: true, value: [logEntry(3)] }
  })
  fake.setStatus('open')
  await settle()
  expect(sequences(log.entries)).toEqual([1, 2, 3])
})

test('when the core began anew, so does the list', async () => {
  const { fake, log } = await follow([logEntry(40), logEntry(41)])
  const later = '2027-01-01T00:00:00.000Z'
  fake.answer('log.list', () => ({
    ok: true,
    value: [logEntry(1, { at: later }), logEntry(2, { at: later })],
  }))
  fake.push('log.appended', [logEntry(2, { at: later })])
  await settle()
  expect(sequences(log.entries)).toEqual([1, 2])
})

test('it holds at most 5,000 entries and drops the oldest', async () => {
  const { fake, log } = await follow()
  fake.push(
    'log.appended',
    Array.from({ length: 5_200 }, (_, index) => logEntry(index + 1)),
  )
  expect(log.entries).toHaveLength(5_000)
  expect(log.entries[0]?.sequence).toBe(201)
})

test('while paused the list stands still and counts what is new', async () => {
  const { fake, log } = await follow([logEntry(1)])
  log.pause()
  fake.push('log.appended', [logEntry(2), logEntry(3)])
  expect(sequences(log.visible)).toEqual([1])
  expect(log.newCount).toBe(2)
  log.follow()
  expect(sequences(log.visible)).toEqual([1, 2, 3])
  expect(log.newCount).toBe(0)
})

test('the chips and the search choose, also among what is new', async () => {
  const { fake, log } = await follow([
    logEntry(1, { area: 'tunnel', message: 'Connected.' }),
    deliveryEntry(2, "chats('19:abc')/messages('1')", 'New chat message'),
    logEntry(3, { level: 'warning', message: 'Slow.', facts: { retryAfterSeconds: 2 } }),
  ])
  log.filter = 'notifications'
  expect(sequences(log.visible)).toEqual([2])
  log.filter = 'activity'
  expect(sequences(log.visible)).toEqual([1, 3])
  log.filter = 'trouble'
  expect(sequences(log.visible)).toEqual([3])
  log.filter = 'all'
  log.search = '19:ABC'
  expect(sequences(log.visible)).toEqual([2])
  log.search = 'retryafter'
  expect(sequences(log.visible)).toEqual([3])
  log.search = ''
  log.filter = 'trouble'
  log.pause()
  fake.push('log.appended', [logEntry(4), logEntry(5, { level: 'error' })])
  expect(log.newCount).toBe(1)
})
