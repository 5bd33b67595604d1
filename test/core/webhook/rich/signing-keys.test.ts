import { beforeAll, expect, test } from 'vitest'
import { SigningKeys } from '../../../../main/core/webhook/rich/signing-keys.ts'
import { FakeClock } from '../../../fakes/fake-clock.ts'
import { memoryLog } from '../../../fakes/memory-ports.ts'
import { jwkOf, LOGIN_HOST, makeSigningKey, type SigningKey } from './fixtures.ts'

const SECOND = 1_000
const HOUR = 3_600 * SECOND
const PERSONAL = '9188040d-6c67-4c5b-b112-36a304b66dad'

let first: SigningKey
let second: SigningKey

beforeAll(async () => {
  first = await makeSigningKey('first')
  second = await makeSigningKey('second')
})

async function make() {
  const clock = new FakeClock()
  const log = memoryLog(clock)
  const world = {
    clock,
    log,
    answer: () => Promise.resolve(Response.json({ keys: [] as object[] })),
    fetches: [] as { url: string; redirect: string | undefined }[],
    serve: (...keys: object[]) => {
      world.answer = () => Promise.resolve(Response.json({ keys }))
    },
    find: (keyId: string, receivedAt = clock.now().getTime()) => keys.find(keyId, { receivedAt }),
  }
  world.serve(await jwkOf(first))
  const keys = new SigningKeys({
    loginHost: LOGIN_HOST,
    fetch: (input, init) => {
      const url = input instanceof Request ? input.url : input.toString()
      world.fetches.push({ url, redirect: init?.redirect })
      return world.answer()
    },
    clock,
    log,
    signal: new AbortController().signal,
  })
  return world
}

test('fetches the keys of the cloud once, and follows no redirect', async () => {
  const world = await make()
  const found = await Promise.all([world.find('first'), world.find('first')])
  expect(found).toMatchObject([{ kind: 'found' }, { kind: 'found' }])
  await world.find('first')
  expect(world.fetches).toEqual([
    { url: `${LOGIN_HOST}/common/discovery/v2.0/keys`, redirect: 'error' },
  ])
})

test('fetches them again for a key it does not know, and finds a new one', async () => {
  const world = await make()
  await world.find('first')
  world.serve(await jwkOf(first), await jwkOf(second))
  await world.clock.advance(20 * SECOND)
  expect(await world.find('second')).toMatchObject({ kind: 'found' })
  expect(world.fetches).toHaveLength(2)
})

test('invented key names do not make it ask all the time', async () => {
  const world = await make()
  await world.find('first')
  await world.clock.advance(20 * SECOND)
  for (let index = 0; index < 50; index += 1) {
    const found = await world.find(`invented-${String(index)}`)
    expect(found.kind).not.toBe('found')
    await world.clock.advance(SECOND)
  }
  expect(world.fetches.length).toBeLessThanOrEqual(7)
})

test('rules a key out only by a list that is newer than the token', async () => {
  const world = await make()
  await world.find('first')
  await world.clock.advance(SECOND)
  const receivedAt = world.clock.now().getTime()
  // Asked a second ago: not again so soon, so nobody can tell yet.
  expect(await world.find('second', receivedAt)).toEqual({ kind: 'unavailable' })
  await world.clock.advance(20 * SECOND)
  expect(await world.find('second', receivedAt)).toEqual({ kind: 'unknown' })
})

test('cannot tell while the keys cannot be fetched, says so once, and recovers', async () => {
  const world = await make()
  const answers: (() => Promise<Response>)[] = [
    () => Promise.reject(new TypeError('fetch failed')),
    () => Promise.resolve(new Response('busy', { status: 503 })),
    () => Promise.resolve(new Response('<html>')),
    () => Promise.resolve(Response.json({ keys: [] })),
    () => Promise.resolve(Response.json({ keys: [{ kty: 'oct', kid: 'first', k: 'AAAA' }] })),
  ]
  const serving = world.answer
  for (const answer of answers) {
    world.answer = answer
    expect(await world.find('first')).toEqual({ kind: 'unavailable' })
    await world.clock.advance(20 * SECOND)
  }
  expect(world.fetches).toHaveLength(answers.length)
  const warnings = () => world.log.entries.filter(({ level }) => level === 'warning')
  expect(warnings()).toHaveLength(1)
  world.answer = serving
  expect(await world.find('first')).toMatchObject({ kind: 'found' })
  expect(warnings()).toHaveLength(1)
})

test('renews them twice a day, goes on with the old ones for a day, and not longer', async () => {
  const world = await make()
  await world.find('first')
  await world.clock.advance(13 * HOUR)
  world.answer = () => Promise.reject(new TypeError('fetch failed'))
  expect(await world.find('first')).toMatchObject({ kind: 'found' })
  expect(world.fetches).toHaveLength(2)
  await world.clock.advance(12 * HOUR)
  expect(await world.find('first')).toEqual({ kind: 'unavailable' })
})

test('a key that Microsoft withdrew is not trusted any more', async () => {
  const world = await make()
  await world.find('first')
  world.serve(await jwkOf(second))
  await world.clock.advance(13 * HOUR)
  expect(await world.find('first')).toEqual({ kind: 'unknown' })
})

test('tells for which tenant a key signs', async () => {
  const world = await make()
  const issuer = `${LOGIN_HOST}/${PERSONAL}/v2.0`
  world.serve(await jwkOf(first), await jwkOf(second, { issuer }))
  expect(await world.find('first')).toMatchObject({ tenantId: null })
  expect(await world.find('second')).toMatchObject({ tenantId: PERSONAL })
})

test('does not take keys that are meant for encryption', async () => {
  const world = await make()
  world.serve(await jwkOf(first), await jwkOf(second, { use: 'enc' }))
  expect((await world.find('second')).kind).not.toBe('found')
})
