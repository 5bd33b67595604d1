import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { Delivery } from '../../../../main/contract/models/delivery.ts'
import { AppError } from '../../../../main/core/app-error.ts'
import type { RichCrypto } from '../../../../main/core/ports/rich-crypto.ts'
import { readEncryptedContent } from '../../../../main/core/webhook/rich/encrypted-content.ts'
import type { RichContent } from '../../../../main/core/webhook/rich/rich-content.ts'
import { createRichCrypto } from '../../../../main/node/rich-crypto.ts'
import { encryptContent } from '../../../../main/practice/rich-content.ts'
import { jwkOf, makeSigningKey, makeWorld } from './fixtures.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const CANARY = 'words-that-nobody-may-keep'
const resource = { id: '1', body: { contentType: 'text', content: CANARY } }

// One certificate for all tests: making one takes a while.
const node = createRichCrypto({ threads: 1 })
const made = node.makeCertificate({ days: 395 })
const crypto: RichCrypto = {
  makeCertificate: () => made,
  decrypt: (encrypted) => node.decrypt(encrypted),
  close: () => Promise.resolve(),
}
afterAll(() => node.close())

type World = Awaited<ReturnType<typeof makeWorld>>

async function make() {
  const world = await makeWorld(crypto)
  return { world, rich: world.start() }
}

/** An item as the practice tenant encrypts it, under either spelling. */
async function itemJson(rich: RichContent, name = 'encryptedContent', content = resource) {
  return JSON.stringify({ [name]: encryptContent(content, await rich.certificate()) })
}

async function storeOne(world: World, rich: RichContent, given: { name?: string } = {}) {
  const item = { itemJson: await itemJson(rich, given.name) }
  const [stored] = await world.store(rich, [await world.token()], [item])
  if (!stored) throw new Error('nothing stored')
  return stored
}

const verdictOf = async (world: World, { id }: Delivery) =>
  (await world.database.readVerdict(id))?.verdict

async function codeOf(reading: Promise<unknown>): Promise<string> {
  try {
    await reading
  } catch (error) {
    return error instanceof AppError ? error.code : String(error)
  }
  return 'none'
}

test.each(['encryptedContent', 'EncryptedContent'])(
  'reads a proven item under %s',
  async (name) => {
    const { world, rich } = await make()
    const stored = await storeOne(world, rich, { name })
    expect(await rich.read(stored)).toEqual(resource)
    expect(world.judged).toEqual({ valid: 1, refused: 0 })
  },
)

test('an item without content has none', async () => {
  const { world, rich } = await make()
  const [basic] = await world.database.addDeliveries([
    { ...(await storeOne(world, rich)), rich: false, itemJson: '{}' },
  ])
  expect(basic && (await rich.read(basic))).toBeNull()
})

test('tokens lie on disk sealed, and only until they are judged', async () => {
  const { world, rich } = await make()
  world.keySet = null
  const token = await world.token()
  const [stored] = await world.store(rich, [token])
  const kept = () => JSON.stringify([...world.database.contents.values()])
  expect(world.database.contents.get(stored?.id ?? 0)?.sealedTokens).toMatch(/./)
  expect(kept()).not.toContain(token.slice(0, 20))
  expect(kept()).not.toContain(token.split('.')[2])
  // Another key under the same name: the token turns out to be forged.
  world.keySet = { keys: [await jwkOf(await makeSigningKey('key-1'))] }
  await world.clock.advance(10 * MINUTE)
  await world.until(() => world.judged.refused === 1)
  expect(world.database.contents.get(stored?.id ?? 0)?.sealedTokens).toBeNull()
})

test('what Microsoft did not send is refused, counted and told once, without any value', async () => {
  const { world, rich } = await make()
  const token = await world.token({ appid: '11111111-2222-3333-4444-555555555555' })
  const item = { itemJson: await itemJson(rich) }
  const stored = await world.store(rich, [token], [item, item, item])
  await world.until(() => world.judged.refused === 3)
  const [first] = stored
  expect(first && (await codeOf(rich.read(first)))).toBe('content-unproven')
  const warnings = world.log.entries.filter(({ level }) => level === 'warning')
  expect(warnings).toHaveLength(1)
  expect(warnings[0]?.facts).toEqual({ items: 3 })
  expect(JSON.stringify(world.log.entries)).not.toContain(token.slice(0, 20))
  expect(JSON.stringify(world.log.entries)).not.toContain('11111111')
})

test('one post is refused as a whole; another at the same time is not', async () => {
  const { world, rich } = await make()
  const good = await world.token()
  const item = { itemJson: await itemJson(rich) }
  const bad = await world.store(rich, [good, 'no token'], [item, item])
  const fine = await world.store(rich, [good], [item])
  await world.until(() => world.judged.valid + world.judged.refused === 3)
  for (const one of bad) expect(await codeOf(rich.read(one))).toBe('content-unproven')
  for (const one of fine) expect(await rich.read(one)).toEqual(resource)
})

test('an item of a tenant that no token names refuses its post', async () => {
  const { world, rich } = await make()
  const stored = await world.store(rich, [await world.token()], [{}, { tenantId: 'other' }])
  for (const one of stored) expect(await codeOf(rich.read(one))).toBe('content-unproven')
})

test('content that came without tokens to judge is refused', async () => {
  const { world, rich } = await make()
  const [none] = await world.store(rich, [])
  expect(none && (await codeOf(rich.read(none)))).toBe('content-unproven')
  const { id: _, ...item } = await storeOne(world, rich)
  const [unknown] = await world.database.addDeliveries([{ ...item, itemJson: '{}' }])
  expect(unknown && (await codeOf(rich.read(unknown)))).toBe('content-unproven')
})

test('while the keys cannot be had items wait, reading says so in time, and later they are judged', async () => {
  const { world, rich } = await make()
  const { keySet } = world
  world.keySet = null
  const stored = await storeOne(world, rich)
  await world.until(() => world.fetches.length === 1)
  const reading = codeOf(rich.read(stored))
  await world.until(() => world.clock.pending === 2)
  await world.clock.advance(11_000)
  expect(await reading).toBe('content-waiting')
  expect(await verdictOf(world, stored)).toBe('waiting')

  world.keySet = keySet
  await world.clock.advance(10 * MINUTE)
  await world.until(() => world.judged.valid === 1)
  expect(await rich.read(stored)).toEqual(resource)
})

test('a token that was good when it came stays good, however late it is judged', async () => {
  const { world, rich } = await make()
  const { keySet } = world
  world.keySet = null
  const stored = await storeOne(world, rich)
  await world.until(() => world.fetches.length === 1)
  await world.clock.advance(9 * HOUR)
  world.keySet = keySet
  await world.clock.advance(10 * MINUTE)
  await world.until(() => world.judged.valid === 1)
  expect(await rich.read(stored)).toEqual(resource)
})

test('asking for the keys does not become a storm while they cannot be had', async () => {
  const { world, rich } = await make()
  world.keySet = null
  await storeOne(world, rich)
  await world.until(() => world.fetches.length === 1)
  for (let index = 0; index < 60; index += 1) {
    await storeOne(world, rich)
    await world.clock.advance(1_000)
  }
  expect(world.fetches.length).toBeLessThanOrEqual(7)
})

test('what was not judged before a crash is judged by the next run', async () => {
  const { world, rich } = await make()
  const { keySet } = world
  world.keySet = null
  const stored = await storeOne(world, rich)
  await rich.stop()
  world.keySet = keySet
  const next = world.start()
  next.start()
  expect(await next.read(stored)).toEqual(resource)
})

test('judges more than one page of items in one go', async () => {
  const { world, rich } = await make()
  const tokens = [await world.token()]
  await rich.stop()
  for (let post = 0; post < 3; post += 1) {
    await world.store(
      rich,
      tokens,
      Array.from({ length: 400 }, () => ({})),
    )
  }
  world.start().start()
  await world.until(() => world.judged.valid === 1_200)
})

test('a computer whose clock is an hour off still proves what comes', async () => {
  for (const aheadMs of [-HOUR, HOUR]) {
    const { world, rich } = await make()
    world.clockAheadMs = aheadMs
    const now = world.clock.now().getTime() - aheadMs
    const [nbf, exp] = [Math.floor(now / 1000), Math.floor(now / 1000) + 600]
    const token = await world.token({ nbf, iat: nbf, exp })
    const [stored] = await world.store(rich, [token], [{ itemJson: await itemJson(rich) }])
    expect(stored && (await rich.read(stored))).toEqual(resource)
  }
})

test('waits while no application is set up, instead of refusing', async () => {
  const { world, rich } = await make()
  world.appId = null
  const stored = await storeOne(world, rich)
  await world.clock.advance(0)
  expect(await verdictOf(world, stored)).toBe('waiting')
  expect(world.judged).toEqual({ valid: 0, refused: 0 })
})

test('content that cannot be decrypted says so, and quotes nothing', async () => {
  const { world, rich } = await make()
  const good = JSON.parse(await itemJson(rich)) as { encryptedContent: Record<string, string> }
  const changed = (given: Record<string, string | undefined>) =>
    JSON.stringify({ encryptedContent: { ...good.encryptedContent, ...given } })
  const items = [
    changed({ dataSignature: undefined }),
    changed({ encryptionCertificateId: 'emi-unknown' }),
    changed({ data: `${good.encryptedContent['data']?.slice(0, -4) ?? ''}AAAA` }),
    '{}',
  ]
  const posts = items.map((one) => ({ itemJson: one }))
  const stored = await world.store(rich, [await world.token()], posts)
  for (const one of stored) expect(await codeOf(rich.read(one))).toBe('content-unreadable')
})

test('content that is no JSON is refused without quoting it', async () => {
  const { world } = await make()
  const talking = { ...crypto, decrypt: () => Promise.resolve(`{"${CANARY}`) }
  const other = await makeWorld(talking)
  const rich = other.start()
  const stored = await storeOne(other, rich)
  const error: unknown = await rich.read(stored).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'content-unreadable' })
  expect(String(error) + JSON.stringify(error)).not.toContain(CANARY)
  expect((error as Error).cause).toBeUndefined()
  expect(JSON.stringify(world.log.entries)).not.toContain(CANARY)
})

test('nothing that was decrypted is kept or logged', async () => {
  const { world, rich } = await make()
  const stored = await storeOne(world, rich)
  expect(JSON.stringify(await rich.read(stored))).toContain(CANARY)
  const kept = JSON.stringify([
    world.database.deliveries,
    [...world.database.contents],
    [...world.database.records],
    world.log.entries,
  ])
  expect(kept).not.toContain(CANARY)
})

test('a vault that is locked keeps content waiting, and it is read once the vault is open', async () => {
  const { world, rich } = await make()
  const stored = await storeOne(world, rich)
  await world.until(() => world.judged.valid === 1)
  await rich.stop()
  const next = world.start()
  const get = world.secrets.get.bind(world.secrets)
  world.secrets.get = () =>
    Promise.reject(new AppError('keychain-locked', { message: 'm', nextStep: 'n' }))
  expect(await codeOf(next.read(stored))).toBe('keychain-locked')
  world.secrets.get = get
  expect(await next.read(stored)).toEqual(resource)
})

test('stopping ends whoever waits', async () => {
  const { world, rich } = await make()
  world.keySet = null
  const stored = await storeOne(world, rich)
  const reading = codeOf(rich.read(stored))
  await world.until(() => world.fetches.length === 1)
  await rich.stop()
  expect(await reading).toBe('content-waiting')
  expect(world.clock.pending).toBe(0)
})

test('reads the parts of Microsoft’s own samples', () => {
  const folder = path.resolve('../shared/graph/samples')
  let files: string[] = []
  try {
    files = readdirSync(folder).filter((name) => /^notification-rich-.*\.json$/.test(name))
  } catch {
    console.log('Without ../shared/graph/samples: Microsoft’s samples were not read.')
    return
  }
  const printed = files.filter((name) => !name.includes('-decrypted'))
  expect(printed.length).toBeGreaterThan(3)
  for (const name of printed) {
    const text = readFileSync(path.join(folder, name), 'utf8')
    const { value } = JSON.parse(text) as { value: Record<string, unknown>[] }
    for (const item of value) {
      const content = (item['encryptedContent'] ?? item['EncryptedContent']) as object
      // Some pages print no dataSignature; the type has it, and nothing is read without it.
      const complete = { ...content, dataSignature: 'c2lnbmF0dXJl' }
      expect(
        readEncryptedContent(JSON.stringify({ ...item, encryptedContent: complete })),
        name,
      ).toMatchObject({ data: expect.any(String) as string })
    }
  }
})
