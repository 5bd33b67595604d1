import { expect, test } from 'vitest'
import { FakeClock } from '../fakes/fake-clock.ts'
import { memoryLog } from '../fakes/memory-ports.ts'

test('a page that was away gets exactly what it missed', () => {
  const log = memoryLog(new FakeClock())
  log.info('app', 'one')
  log.info('app', 'two')
  log.info('app', 'three')
  expect(log.after(1).map((entry) => entry.message)).toEqual(['two', 'three'])
  expect(log.after(3)).toEqual([])
})

test('memory keeps the latest entries only, and sequence numbers go on', () => {
  const log = memoryLog(new FakeClock())
  for (let n = 1; n <= 20_000; n += 1) log.info('inbox', `line ${n}`)
  const kept = log.after(0)
  expect(kept.length).toBeLessThanOrEqual(6_000)
  expect(kept.at(-1)).toMatchObject({ sequence: 20_000, message: 'line 20000' })
})

test('messages and facts are redacted, empty facts are left out', () => {
  const log = memoryLog(new FakeClock())
  log.warning('sign-in', 'failed with refresh_token=abc.def', {
    details: 'Bearer abcdefghij',
    count: 2,
    nothing: null,
    unknown: undefined,
  })
  expect(log.entries[0]?.facts).toEqual({ details: 'Bearer [hidden]', count: 2 })
  expect(JSON.stringify(log.entries)).not.toContain('abc.def')
})

test('a listener hears of new entries until it stops listening', () => {
  const log = memoryLog(new FakeClock())
  const heard: string[] = []
  const undo = log.onAppended((entries) => heard.push(...entries.map((entry) => entry.message)))
  log.info('app', 'heard')
  undo()
  log.info('app', 'not heard')
  expect(heard).toEqual(['heard'])
})
