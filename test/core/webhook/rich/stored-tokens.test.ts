// What the webhook keeps of a post with content, for the proof that comes after its answer.
import { expect, test } from 'vitest'
import { createEndpoint } from '../../../../main/core/webhook/endpoint.ts'
import { makeWebhook, messageItem, post } from '../fixtures.ts'

const CONTENT = { data: 'ZGF0YQ==', dataKey: 'a2V5', encryptionCertificateId: 'emi-1' }

async function make(
  sealTokens = (tokens: string[]) => Promise.resolve(`sealed:${String(tokens.length)}`),
) {
  const webhook = await makeWebhook()
  const handle = createEndpoint({
    ...webhook,
    onLifecycle: () => undefined,
    onRefused: () => undefined,
    sealTokens,
  })
  const { clientState } = webhook
  const send = (items: object[], validationTokens?: unknown) =>
    handle(post({ value: items.map((item) => ({ clientState, ...item })), validationTokens }))
  return { ...webhook, send }
}

const rich = (id: string) =>
  messageItem({ encryptedContent: CONTENT, resource: `chats('19:a')/messages('${id}')` })

test('keeps sealed tokens and the certificate’s id with each item that has content, and only there', async () => {
  const { send, database } = await make()
  const answer = await send([rich('1'), messageItem(), rich('2')], ['a.b.c'])
  expect(answer.status).toBe(202)
  const kept = { sealedTokens: 'sealed:1', certificateId: 'emi-1', verdict: 'waiting' }
  expect([...database.contents]).toEqual([
    [1, { ...kept, reason: null }],
    [3, { ...kept, reason: null }],
  ])
  expect(JSON.stringify(database.deliveries)).not.toMatch(/a\.b\.c|sealed/)
})

test('knows the certificate under Graph’s other spelling', async () => {
  const { send, database } = await make()
  await send([messageItem({ EncryptedContent: CONTENT })], [])
  expect(database.contents.get(1)?.certificateId).toBe('emi-1')
})

test('posts without content are not sealed at all', async () => {
  const { send, database } = await make(() => Promise.reject(new Error('not asked')))
  expect((await send([messageItem()], ['a.b.c'])).status).toBe(202)
  expect(database.contents.size).toBe(0)
})

test('when the tokens cannot be sealed nothing is stored, and Graph is asked to send again', async () => {
  const { send, database, log } = await make(() => Promise.reject(new Error('locked')))
  expect((await send([rich('1')], ['a.b.c'])).status).toBe(503)
  expect(database.deliveries).toEqual([])
  expect(JSON.stringify(log.entries)).not.toContain('a.b.c')
})

test.each([
  ['no list', 'a.b.c'],
  ['no texts', [1, null]],
  ['far too many', Array.from({ length: 33 }, () => 'a.b.c')],
  ['far too long', ['a'.repeat(20_000)]],
  ['null', null],
])('validationTokens that are %s count as none', async (_, tokens) => {
  const { send, database } = await make()
  expect((await send([rich('1')], tokens)).status).toBe(202)
  expect(database.contents.get(1)?.sealedTokens).toBe('sealed:0')
})
