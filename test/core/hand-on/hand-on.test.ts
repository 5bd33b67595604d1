import { afterEach, expect, test } from 'vitest'
import type { ErrorCode } from '../../../main/contract/errors.ts'
import { AppError } from '../../../main/core/app-error.ts'
import { settle } from '../../fakes/fake-clock.ts'
import { message, createRig, type Rig, type RigOptions } from './rig.ts'
import { sampleMessage } from './sample-message.ts'
import { startReceiver, type Receiver } from './receiver.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** A rig that hands on to a real receiver. */
async function connected(options: RigOptions = {}): Promise<{ rig: Rig; receiver: Receiver }> {
  const rig = createRig(options)
  const receiver = await startReceiver(async () => (await rig.handOn.revealKey()).key)
  rig.settings.handOnUrl = receiver.url
  closing.push(() => receiver.close())
  closing.push(async () => {
    const stopped = rig.handOn.stop()
    await rig.clock.advance(5_000)
    await stopped
  })
  return { rig, receiver }
}

const idsOf = (receiver: Receiver, taken = true) =>
  receiver.received
    .filter(({ status }) => !taken || status < 300)
    .map(({ event }) => event.data.messageId)

const idsIn = (items: { resourceId: string | null }[]) => items.map(({ resourceId }) => resourceId)

test('hands a stored notification on at once, signed, with an id that both headers share', async () => {
  const { rig, receiver } = await connected()
  await rig.start()
  await rig.store([message('a')])
  await rig.quiet()
  const [first] = receiver.received
  expect(first?.headers['content-type']).toBe('application/cloudevents+json; charset=utf-8')
  expect(first?.headers['webhook-id']).toBe(first?.event.id)
  expect(receiver.forged).toBe(0)
  expect(rig.handOn.state()).toMatchObject({
    phase: 'working',
    waiting: 0,
    dead: 0,
    handedOn: 1,
    error: null,
    place: receiver.url.replace('http://', ''),
  })
})

test('keeps the order of each chat while chats go side by side, eight at most', async () => {
  const { rig, receiver } = await connected()
  await rig.start()
  const items = Array.from({ length: 60 }, (_, index) => message(`chat-${index % 12}`))
  await rig.store(items)
  await rig.pass(1_000)
  expect(receiver.received).toHaveLength(60)
  expect(rig.mostUnderWay()).toBe(8)
  for (let chat = 0; chat < 12; chat += 1) {
    const of = receiver.received.filter(({ event }) => event.data.chatId === `chat-${chat}`)
    const sent = items.filter((_, index) => index % 12 === chat)
    expect(of.map(({ event }) => event.data.messageId)).toEqual(idsIn(sent))
  }
})

test('an event that is refused holds back its chat, and no other', async () => {
  const { rig, receiver } = await connected()
  const [bad, behind, other] = [message('a'), message('a'), message('b')]
  receiver.answer = (event) => ({ status: event.data.messageId === bad.resourceId ? 500 : 204 })
  await rig.start()
  await rig.store([bad, behind, other])
  await rig.pass(10 * MINUTE)
  expect(idsOf(receiver)).toEqual([other.resourceId])
  expect(rig.handOn.state()).toMatchObject({ phase: 'retrying', waiting: 2 })
  receiver.answer = () => ({ status: 200 })
  await rig.pass(HOUR)
  expect(idsOf(receiver)).toEqual(idsIn([other, bad, behind]))
  expect(rig.handOn.state()).toMatchObject({ phase: 'working', waiting: 0, error: null })
})

test('waits 5 seconds, then longer and longer up to an hour, with the same id each time', async () => {
  const { rig, receiver } = await connected()
  receiver.answer = () => ({ status: 500 })
  await rig.start()
  await rig.store([message('a')])
  await rig.pass(DAY)
  const times = receiver.received.map(({ headers }) => Number(headers['webhook-timestamp']))
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0))
  expect(gaps[0]).toBeGreaterThanOrEqual(4)
  expect(gaps[0]).toBeLessThanOrEqual(7)
  expect(Math.max(...gaps)).toBeLessThanOrEqual(72 * 60)
  expect(Math.max(...gaps)).toBeGreaterThan(45 * 60)
  expect(receiver.received.length).toBeLessThan(45)
  expect(new Set(receiver.received.map(({ event }) => event.id)).size).toBe(1)
})

test('asks a dead endpoint with one probe at a time, and catches up after ten minutes', async () => {
  const { rig, receiver } = await connected()
  const items = Array.from({ length: 300 }, (_, index) => message(`chat-${index % 100}`))
  receiver.answer = () => ({ status: 503 })
  await rig.start()
  await rig.store(items)
  await rig.pass(10 * MINUTE)
  // Eight were under way when it was noticed.
  expect(receiver.received.length).toBeLessThanOrEqual(8 + 10)
  const state = rig.handOn.state()
  expect(state).toMatchObject({ phase: 'retrying', waiting: 300, dead: 0 })
  expect(state.failingSince).toBe('2026-03-02T09:00:00.000Z')
  expect(Date.parse(state.nextAttemptAt ?? '')).toBeGreaterThan(rig.clock.now().getTime())

  receiver.answer = () => ({ status: 204 })
  await rig.pass(6 * MINUTE)
  expect(idsOf(receiver).toSorted()).toEqual(idsIn(items).toSorted())
  expect(rig.handOn.state()).toMatchObject({ phase: 'working', waiting: 0, failingSince: null })
  const lines = rig.log.entries.filter(({ area }) => area === 'hand-on')
  expect(lines.map(({ level }) => level)).toEqual(['warning', 'info'])
})

test.each([
  ['ahead', HOUR],
  ['back', -HOUR],
])('a clock that jumps an hour %s during an outage loses no event and its order', async (_, ms) => {
  const { rig, receiver } = await connected()
  const items = [message('a'), message('a'), message('b')]
  receiver.answer = () => ({ status: 503 })
  await rig.start()
  await rig.store(items)
  await rig.pass(2 * MINUTE)
  rig.clock.jump(ms)
  await rig.pass(MINUTE)
  receiver.answer = () => ({ status: 204 })
  await rig.pass(6 * MINUTE)
  expect(idsOf(receiver).toSorted()).toEqual(idsIn(items).toSorted())
  const first = idsIn(items)[0]
  expect(idsOf(receiver).find((id) => id !== idsIn(items)[2])).toBe(first)
  expect(rig.handOn.state()).toMatchObject({ waiting: 0, dead: 0, phase: 'working' })
})

test('survives a receiver that is not there at all', async () => {
  const { rig, receiver } = await connected()
  await rig.start()
  await receiver.close()
  await rig.store([message('a')])
  await rig.pass(MINUTE)
  expect(rig.handOn.state()).toMatchObject({
    phase: 'retrying',
    waiting: 1,
    error: { code: 'hand-on-unreachable' },
  })
})

test('goes on in order after a restart in the middle', async () => {
  const first = await connected()
  const items = Array.from({ length: 30 }, () => message('a'))
  await first.rig.start()
  await first.rig.store(items)
  await settle()
  const stopped = first.rig.handOn.stop()
  await first.rig.quiet()
  await stopped
  const { database, secrets, clock } = first.rig
  const before = first.receiver.received.length
  expect(before).toBeGreaterThan(0)
  expect(before).toBeLessThan(30)

  const second = createRig({ database, secrets, clock, settings: first.rig.settings })
  await second.start()
  await second.pass(1_000)
  await second.handOn.stop()
  const ids = idsOf(first.receiver)
  expect([...new Set(ids)]).toEqual(idsIn(items))
})

test('gives up after three days, keeps what it gave up, and hands it on again when asked', async () => {
  const { rig, receiver } = await connected()
  const items = [message('a'), message('a'), message('b'), message('c')]
  receiver.answer = () => ({ status: 500 })
  await rig.start()
  await rig.store(items)
  await rig.pass(3 * DAY - HOUR)
  expect(rig.handOn.state()).toMatchObject({ waiting: 4, dead: 0 })
  await rig.pass(3 * HOUR)
  expect(rig.handOn.state()).toMatchObject({ phase: 'failing', waiting: 0, dead: 4 })
  expect(await rig.handOn.list('dead')).toMatchObject([
    { deliveryId: 1, state: 'dead', lastError: expect.stringContaining('500') as string },
    { deliveryId: 2 },
    { deliveryId: 3 },
    { deliveryId: 4 },
  ])
  const later = message('d')
  receiver.answer = () => ({ status: 204 })
  await rig.store([later])
  await rig.pass(HOUR)
  expect(idsOf(receiver)).toEqual([later.resourceId])

  expect(await rig.handOn.redeliver([2])).toEqual({ count: 1 })
  await rig.pass(1_000)
  expect(idsOf(receiver).at(-1)).toBe(items[1]?.resourceId)
  expect(await rig.handOn.redeliver([])).toEqual({ count: 3 })
  await rig.pass(1_000)
  expect(new Set(idsOf(receiver))).toEqual(new Set([...idsIn(items), later.resourceId]))
  expect(rig.handOn.state()).toMatchObject({ phase: 'working', waiting: 0, dead: 0 })
})

test('one event that is refused for three days is given up, and its chat goes on', async () => {
  const { rig, receiver } = await connected()
  const [bad, behind] = [message('a'), message('a')]
  receiver.answer = (event) => ({ status: event.data.messageId === bad.resourceId ? 422 : 204 })
  await rig.start()
  await rig.store([bad, behind])
  await rig.pass(3 * DAY + 2 * HOUR)
  expect(idsOf(receiver)).toEqual([behind.resourceId])
  expect(rig.handOn.state()).toMatchObject({ dead: 1, waiting: 0 })
})

test('a moment of trouble after four days of pause gives nothing up', async () => {
  const { rig, receiver } = await connected({ settings: { handOnPaused: true } })
  await rig.start()
  await rig.store(['a', 'b', 'c', 'd'].map((chat) => message(chat)))
  await rig.pass(4 * DAY)
  expect(receiver.received).toEqual([])
  receiver.answer = () => ({ status: 502 })
  rig.change({ handOnPaused: false })
  await rig.pass(10 * MINUTE)
  expect(rig.handOn.state()).toMatchObject({ dead: 0, waiting: 4 })
  receiver.answer = () => ({ status: 204 })
  await rig.pass(10 * MINUTE)
  expect(rig.handOn.state()).toMatchObject({ dead: 0, waiting: 0 })
})

test('an outage of three days is remembered over a restart', async () => {
  const { rig, receiver } = await connected()
  receiver.answer = () => ({ status: 500 })
  await rig.start()
  await rig.store([message('a')])
  await rig.pass(2 * DAY)
  await rig.handOn.stop()
  const { database, secrets, clock, settings } = rig
  const second = createRig({ database, secrets, clock, settings })
  await second.start()
  expect(second.handOn.state().failingSince).toBe('2026-03-02T09:00:00.000Z')
  await second.pass(DAY + 2 * HOUR)
  expect(second.handOn.state()).toMatchObject({ dead: 1 })
  await second.handOn.stop()
})

test('paused means that nothing goes out; resumed, that everything does', async () => {
  const { rig, receiver } = await connected()
  await rig.start()
  rig.change({ handOnPaused: true })
  const items = [message('a'), message('a')]
  await rig.store(items)
  await rig.pass(HOUR)
  expect(receiver.received).toEqual([])
  expect(rig.handOn.state()).toMatchObject({ phase: 'paused', waiting: 2, nextAttemptAt: null })
  rig.change({ handOnPaused: false })
  await rig.pass(1_000)
  expect(idsOf(receiver)).toEqual(idsIn(items))
})

test('switched off, nothing is queued, and what waited goes out when it is on again', async () => {
  const { rig, receiver } = await connected()
  receiver.answer = () => ({ status: 500 })
  await rig.start()
  const early = message('a')
  await rig.store([early])
  await rig.pass(1_000)
  rig.change({ handOnTarget: 'none' })
  await rig.store([message('a')])
  await rig.pass(HOUR)
  expect(rig.handOn.state()).toMatchObject({ phase: 'off', waiting: 1, error: null })
  receiver.answer = () => ({ status: 204 })
  rig.change({ handOnTarget: 'http' })
  await rig.pass(1_000)
  expect(idsOf(receiver)).toEqual([early.resourceId])
})

test('another address is tried at once', async () => {
  const { rig, receiver } = await connected()
  const right = receiver.url
  rig.settings.handOnUrl = 'http://127.0.0.1:1/nobody'
  await rig.start()
  await rig.store([message('a')])
  await rig.pass(6 * HOUR)
  rig.change({ handOnUrl: right })
  await rig.pass(1_000)
  expect(rig.handOn.state()).toMatchObject({ phase: 'working', waiting: 0 })
})

test('an address that may not be used is said, and nothing is lost', async () => {
  const { rig } = await connected()
  rig.settings.handOnUrl = 'http://contactcenter.example/events'
  await rig.start()
  await rig.store([message('a')])
  await rig.pass(MINUTE)
  expect(rig.handOn.state()).toMatchObject({
    phase: 'failing',
    waiting: 1,
    error: { code: 'hand-on-url-invalid' },
  })
})

test('Retry-After holds everything back for as long as it asks', async () => {
  const { rig, receiver } = await connected()
  receiver.answer = () => ({ status: 429, headers: { 'retry-after': '1800' } })
  await rig.start()
  await rig.store([message('a')])
  await rig.quiet()
  const asked = receiver.received.length
  await rig.store([message('b')])
  receiver.answer = () => ({ status: 204 })
  await rig.pass(29 * MINUTE)
  expect(receiver.received).toHaveLength(asked)
  await rig.pass(2 * MINUTE)
  expect(idsOf(receiver)).toHaveLength(2)
})

test('410 leaves the endpoint alone but for one try an hour', async () => {
  const { rig, receiver } = await connected()
  receiver.answer = () => ({ status: 410 })
  await rig.start()
  await rig.store(Array.from({ length: 20 }, (_, index) => message(`chat-${index}`)))
  await rig.pass(5 * HOUR + MINUTE)
  // Those that were under way, then five probes.
  expect(receiver.received.length).toBeLessThanOrEqual(8 + 5)
  expect(rig.handOn.state()).toMatchObject({ waiting: 20, error: { code: 'hand-on-refused' } })
})

test('a new key signs at once while the earlier one signs along for a day', async () => {
  const { rig, receiver } = await connected()
  const { key: earlier } = await rig.handOn.revealKey()
  closing.unshift(() => receiver.close())
  const old = await startReceiver(() => Promise.resolve(earlier))
  closing.push(() => old.close())
  await rig.start()
  await rig.handOn.newKey()
  expect((await rig.handOn.revealKey()).key).not.toBe(earlier)
  await rig.store([message('a')])
  await rig.pass(1_000)
  rig.change({ handOnUrl: old.url })
  await rig.store([message('a')])
  await rig.pass(1_000)
  expect([receiver.received.length, old.received.length]).toEqual([1, 1])
  await rig.pass(DAY)
  await rig.store([message('a')])
  await rig.pass(1_000)
  expect(old.received).toHaveLength(1)
  expect(old.forged).toBeGreaterThan(0)
})

test('the test event is signed, tells its time, and a refusal is said with its status', async () => {
  const { rig, receiver } = await connected()
  expect(await rig.handOn.test()).toEqual({ status: 204, durationMs: 0 })
  expect(receiver.received[0]?.event.type).toBe('app.emitray.test.v1')
  receiver.answer = () => ({ status: 403 })
  await expect(rig.handOn.test()).rejects.toMatchObject({
    code: 'hand-on-refused',
    message: expect.stringContaining('403') as string,
  })
  for (const status of [400, 429, 500]) {
    receiver.answer = () => ({ status })
    // A test is sent once: nobody must wait three days for it.
    await expect(rig.handOn.test()).rejects.toMatchObject({
      message: expect.stringContaining(String(status)) as string,
      nextStep: expect.not.stringContaining('days') as string,
    })
  }
  rig.settings.handOnTarget = 'none'
  await expect(rig.handOn.test()).rejects.toMatchObject({ code: 'hand-on-url-invalid' })
})

test('a test that succeeds ends the wait of what was held back', async () => {
  const { rig, receiver } = await connected()
  receiver.answer = () => ({ status: 500 })
  await rig.start()
  await rig.store([message('a')])
  await rig.pass(5 * HOUR)
  receiver.answer = () => ({ status: 204 })
  await rig.handOn.test()
  await rig.quiet()
  expect(rig.handOn.state()).toMatchObject({ waiting: 0, phase: 'working' })
})

test('brings the content along; what cannot be read for good is said, what may be read later is awaited', async () => {
  let problem: AppError | null = null
  const { rig, receiver } = await connected({
    content: () => (problem ? Promise.reject(problem) : Promise.resolve({ body: 'Hello' })),
  })
  const fails = (code: 'content-unproven' | 'content-waiting') =>
    new AppError(code, { message: '', nextStep: '' })
  await rig.start()
  const rich = () => ({ ...message('a'), rich: true })
  await rig.store([rich()])
  await rig.quiet()
  problem = fails('content-unproven')
  await rig.store([rich()])
  await rig.quiet()
  problem = fails('content-waiting')
  await rig.store([rich()])
  await rig.quiet()
  problem = null
  await rig.pass(10_000)
  expect(
    receiver.received.map(({ event }) => [event.data.content, event.data.contentError]),
  ).toEqual([
    [{ body: 'Hello' }, null],
    [null, 'content-unproven'],
    [{ body: 'Hello' }, null],
  ])
})

test('lifecycle notifications stay here', async () => {
  const { rig, receiver } = await connected()
  await rig.start()
  await rig.store([{ ...message('a'), kind: 'lifecycleNotification', changeType: 'missed' }])
  await rig.pass(1_000)
  expect(receiver.received).toEqual([])
  expect(rig.handOn.state().waiting).toBe(0)
  expect(await rig.handOn.redeliver([1])).toEqual({ count: 0 })
})

test('the file gets one line for each event', async () => {
  const rig = createRig({ settings: { handOnTarget: 'file' } })
  await rig.start()
  const items = [message('a'), message('a')]
  await rig.store(items)
  await rig.pass(1_000)
  const events = rig.lines.map((line) => JSON.parse(line) as { data: { messageId: string } })
  expect(events.map(({ data }) => data.messageId)).toEqual(idsIn(items))
  expect(rig.handOn.state()).toMatchObject({ target: 'file', place: '/data/events.jsonl' })
  await rig.handOn.stop()
})

test('tells of changes at most twice a second, and leaves no timer behind', async () => {
  const { rig } = await connected()
  await rig.start()
  const before = rig.changes()
  await rig.store(Array.from({ length: 100 }, () => message('a')))
  await rig.pass(1_000)
  expect(rig.changes() - before).toBeLessThanOrEqual(4)
  await rig.handOn.stop()
  expect(rig.clock.pending).toBe(0)
})

test('neither the key, the query of the address, nor an answer reaches log and state', async () => {
  const { rig, receiver } = await connected()
  rig.settings.handOnUrl = `${receiver.url}?code=hush-query`
  receiver.answer = () => ({ status: 500, body: 'hush-answer' })
  await rig.start()
  await rig.store(['a', 'b', 'c', 'd'].map((chat) => message(chat)))
  await rig.pass(MINUTE)
  expect(receiver.received[0]?.path).toContain('hush-query')
  const { key } = await rig.handOn.revealKey()
  const shown = JSON.stringify([
    rig.log.entries,
    rig.handOn.state(),
    await rig.handOn.list('waiting'),
  ])
  expect(shown).toContain('500')
  expect(shown).not.toContain('hush')
  expect(shown).not.toContain(key)
})

test('sends the message along with a basic notification, waits while Graph is busy, and says what cannot be read', async () => {
  const problems: AppError[] = []
  const fails = (code: ErrorCode) => new AppError(code, { message: 'No.', nextStep: 'Wait.' })
  const rig = createRig({
    settings: { handOnTarget: 'file' },
    message: () => {
      const problem = problems.shift()
      return problem ? Promise.reject(problem) : Promise.resolve(sampleMessage)
    },
  })
  problems.push(fails('graph-throttled'))
  await rig.start()
  await rig.store([message('a'), message('a')])
  await rig.pass(1_000)
  expect(rig.lines).toHaveLength(0)
  await rig.pass(MINUTE)
  problems.push(fails('graph-not-found'))
  await rig.store([message('b')])
  await rig.pass(1_000)
  const events = rig.lines.map((line) => JSON.parse(line) as { data: Record<string, unknown> })
  expect(events.map(({ data }) => [data['message'], data['contentError']])).toEqual([
    [sampleMessage, null],
    [sampleMessage, null],
    [null, 'graph-not-found'],
  ])
  await rig.handOn.stop()
})
