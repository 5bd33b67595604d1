// At least 100,000 generated requests through the endpoint. EMI_FUZZ_SEED repeats a run, EMI_FUZZ_RUNS makes it longer.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { LIFECYCLE_PATH, NOTIFICATION_PATH, PROBE_PATH } from '../../../main/core/webhook-paths.ts'
import { makeWebhook, SUBSCRIPTION_ID, TENANT_ID, type Webhook } from './fixtures.ts'

const RUNS = Number(process.env['EMI_FUZZ_RUNS'] ?? 100_000)
const seed = Number(process.env['EMI_FUZZ_SEED'] ?? Date.now() % 2 ** 31)

/** All answers that the endpoint is said to give; 503 comes only when the disk fails. */
const ANSWERS = [200, 202, 400, 404, 413]

/** What a part may leave in memory, compiled code and the counts that the test itself keeps included. */
const MAX_GROWTH_BYTES = 16 * 1024 * 1024

/** Marks what only a forger would send, so that it is found wherever it turns up. */
const FORGED = 'forged-item'

// A minute on a machine that does nothing else; more where others work.
vi.setConfig({ testTimeout: 180_000 })

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const MEGABYTE = 1024 * 1024

interface Sent {
  method?: string
  path?: string
  headers?: Record<string, string>
  body: string | Uint8Array<ArrayBuffer>
}

/** Sends it in the form in which the server hands requests on; fails on any other answer than the documented ones. */
async function send(webhook: Webhook, sent: Sent): Promise<number> {
  const { method = 'POST', path = NOTIFICATION_PATH, headers = {}, body } = sent
  const url = `http://localhost${path}`
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
  const get = (name: string) => headers[name.toLowerCase()] ?? null
  const answer = await webhook.handle({ method, url, headers: { get }, bytes })
  expect(ANSWERS).toContain(answer.status)
  if (answer.status !== 200) expect(answer.body).toBeNull()
  return answer.status
}

/** Runs a property as often as its share of all runs says, and looks at what is stored and at the memory. */
async function fuzz<T>(
  share: number,
  {
    arbitrary,
    check,
  }: { arbitrary: fc.Arbitrary<T>; check: (webhook: Webhook, value: T) => Promise<void> },
): Promise<Webhook> {
  const webhook = await makeWebhook()
  const before = usedBytes()
  await fc.assert(
    fc.asyncProperty(arbitrary, (value) => check(webhook, value)),
    { numRuns: Math.ceil(RUNS * share), seed, verbose: false },
  )
  expect(usedBytes() - before).toBeLessThan(MAX_GROWTH_BYTES)
  expect(JSON.stringify(webhook.database.deliveries)).not.toContain(FORGED)
  expect(JSON.stringify(webhook.database.deliveries)).not.toContain(webhook.clientState)
  expect(webhook.log.entries.length).toBeLessThan(30)
  return webhook
}

/** What is in use once everything that nobody needs was thrown away. */
function usedBytes(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

const path = fc.oneof(
  fc.constantFrom(NOTIFICATION_PATH, LIFECYCLE_PATH),
  fc.constantFrom(PROBE_PATH, '/', '/emi', `${NOTIFICATION_PATH}/`, '/emi//notifications'),
  fc.webPath().map((text) => `/${text}`),
)

const query = fc.oneof(
  fc.constant(''),
  fc.webQueryParameters().map((text) => `?${text}`),
  fc.string().map((text) => `?validationToken=${encodeURIComponent(text)}`),
  fc.base64String().map((text) => `?n=${text}`),
)

const header = fc.constantFrom('content-type', 'content-length', 'content-encoding', 'transfer-encoding', 'expect', 'x-forwarded-for', '__proto__') // prettier-ignore

/** JSON of any form, and JSON whose names are those that mean something to us. */
const anyName = fc.constantFrom('value', 'subscriptionId', 'clientState', 'tenantId', 'changeType', 'lifecycleEvent', 'resource', 'resourceData', 'encryptedContent', 'EncryptedContent', 'validationTokens', 'id', '@odata.etag', '__proto__', 'constructor', 'toString', 'length') // prettier-ignore

const { nearly } = fc.letrec<{ nearly: unknown }>((tie) => ({
  nearly: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, 0, -1, 1e308, '', SUBSCRIPTION_ID, 'created', 'missed'),
    fc.string(),
    fc.array(tie('nearly'), { maxLength: 4 }),
    fc.array(fc.tuple(anyName, tie('nearly')), { maxLength: 6 }).map(Object.fromEntries),
  ),
}))

/** An item that has the form of ours but for some fields, which are anything. */
const item = fc.record(
  {
    subscriptionId: fc.oneof(fc.constant(SUBSCRIPTION_ID), fc.string(), nearly),
    clientState: fc.oneof(fc.string(), fc.constant(null), nearly),
    tenantId: fc.oneof(fc.constant(TENANT_ID), nearly),
    changeType: fc.oneof(fc.constantFrom('created', 'Updated', 'deleted'), nearly),
    lifecycleEvent: fc.oneof(fc.constantFrom('missed', 'subscriptionRemoved'), nearly),
    resource: fc.oneof(fc.constant(FORGED), nearly),
    resourceData: nearly,
    encryptedContent: nearly,
    mark: fc.constant(FORGED),
  },
  { requiredKeys: ['mark'] },
)

test('any bytes to any path with any method and headers: a documented answer, nothing stored', async () => {
  const arbitrary = fc.record({
    method: fc.constantFrom('GET', 'POST', 'POST', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'),
    path: fc.tuple(path, query).map(([start, end]) => start + end),
    headers: fc.dictionary(header, fc.string(), { maxKeys: 3 }),
    body: fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Uint8Array.from(bytes)),
    ),
  })
  const webhook = await fuzz(0.5, {
    arbitrary,
    check: async (at, sent) => {
      await send(at, sent)
    },
  })
  expect(webhook.database.deliveries).toEqual([])
})

test('JSON that is cut off, doubled or overwritten anywhere never breaks the endpoint', async () => {
  const arbitrary = fc.record({
    items: fc.array(item, { maxLength: 2 }),
    at: fc.nat(),
    change: fc.constantFrom('cut', 'twice', 'flip', 'nul', 'quote', 'brace'),
  })
  const changes = { cut: '', twice: '{', flip: '\u0001', nul: '\0', quote: '"', brace: '}]' }
  const webhook = await fuzz(0.15, {
    arbitrary,
    check: async (at, { items, at: position, change }) => {
      const json = JSON.stringify({ value: items })
      const cut = position % json.length
      const rest = change === 'cut' ? '' : json.slice(cut + 1)
      await send(at, { body: json.slice(0, cut) + changes[change] + rest })
    },
  })
  expect(webhook.database.deliveries).toEqual([])
})

test('values of any form where notifications belong: 202 or 400, never stored, all of them counted', async () => {
  const webhook = await fuzz(0.15, {
    arbitrary: fc.oneof(fc.array(item, { maxLength: 4 }), nearly),
    check: async (at, value) => {
      const before = at.refused
      const status = await send(at, { body: JSON.stringify({ value, validationTokens: [value] }) })
      expect(status).toBe(Array.isArray(value) ? 202 : 400)
      expect(at.refused - before).toBe(Array.isArray(value) ? value.length : 1)
    },
  })
  expect(webhook.database.deliveries).toEqual([])
})

test('a clientState that is nearly right proves nothing', async () => {
  const change = fc.record({ at: fc.nat(), to: fc.string({ unit: 'grapheme', maxLength: 2 }) })
  const webhook = await fuzz(0.12, {
    arbitrary: change,
    check: async (at, { at: position, to }) => {
      const right = at.clientState
      const cut = position % (right.length + 1)
      const clientState = right.slice(0, cut) + to + right.slice(cut + 1)
      if (clientState === right) return
      const forged = { subscriptionId: SUBSCRIPTION_ID, clientState, resource: FORGED }
      expect(await send(at, { body: JSON.stringify({ value: [forged] }) })).toBe(202)
    },
  })
  expect(webhook.database.deliveries).toEqual([])
})

test('ours among forged ones: all of ours are stored and none of the others', async () => {
  let number = 0
  const webhook = await fuzz(0.08, {
    arbitrary: fc.record({ before: fc.array(item, { maxLength: 2 }), ours: fc.nat({ max: 2 }), given: nearly }), // prettier-ignore
    check: async (at, { before, ours, given }) => {
      const proven = Array.from({ length: ours }, () => ({
        extra: given,
        subscriptionId: SUBSCRIPTION_ID,
        clientState: at.clientState,
        changeType: 'created',
        resource: `chats('19:a')/messages('${(number += 1)}')`,
      }))
      expect(await send(at, { body: JSON.stringify({ value: [...proven, ...before] }) })).toBe(202)
      expect(at.database.deliveries).toHaveLength(ours)
      const stored = JSON.stringify(at.database.deliveries)
      expect(stored).not.toContain(FORGED)
      expect(stored).not.toContain(at.clientState)
      at.database.deliveries.length = 0
      at.database.identities.clear()
    },
  })
  expect(number).toBeGreaterThan(0)
  expect(webhook.inbox.received).toBe(number)
})

test('bodies that are deep, wide or at the limit are answered within seconds', async () => {
  const webhook = await makeWebhook()
  const deep = '['.repeat(200_000)
  for (const body of [
    deep,
    `{"value":${deep}`,
    `{"value":[${'{"a":'.repeat(50_000)}`,
    `{"value":[${'0,'.repeat(500_000)}0]}`,
    `{"value":["${'\\u0000'.repeat(600_000)}"]}`,
    JSON.stringify({ value: [{ subscriptionId: 'x'.repeat(3 * MEGABYTE), clientState: null }] }),
    new Uint8Array(4 * MEGABYTE),
    new Uint8Array(4 * MEGABYTE + 1),
  ]) {
    // Nothing in it waits, so what the processor worked is what a computer without other work takes.
    const before = process.cpuUsage()
    await send(webhook, { body })
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 1_000).toBeLessThan(5_000)
  }
  expect(webhook.database.deliveries).toEqual([])
})
