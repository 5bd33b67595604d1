import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { RichCrypto } from '../../main/core/ports/rich-crypto.ts'
import { createRichCrypto, type RichCryptoOptions } from '../../main/node/rich-crypto.ts'
import { opensslKey, opensslVector, publicKeyOf, type Vector } from './openssl-vector.ts'

const TEXT = '{"body":{"content":"Grüße, 你好 👋"}}'
const MINUTE_MS = 60_000

let folder = ''
let key: ReturnType<typeof opensslKey>
let vector: Vector
const opened: RichCrypto[] = []

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'emi-rich-'))
  key = opensslKey(folder)
  vector = opensslVector(TEXT, { folder, publicFile: key.publicFile })
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

afterEach(async () => {
  await Promise.all(opened.splice(0).map((crypto) => crypto.close()))
})

function open(options?: RichCryptoOptions): RichCrypto {
  const crypto = createRichCrypto(options)
  opened.push(crypto)
  return crypto
}

const encrypted = (given: Partial<Vector> = {}) => ({
  privateKeyPem: key.privateKeyPem,
  ...vector,
  ...given,
})

/** A program of a thread that has `body` for each message `m`, a list of items; `reply(m)` answers rightly. */
function program(name: string, body: string): URL {
  const file = path.join(folder, `${name}.mjs`)
  const decrypt = pathToFileURL(path.resolve('main/node/rich-decrypt.ts')).href
  writeFileSync(
    file,
    `import { parentPort } from 'node:worker_threads'
     import { existsSync, writeFileSync } from 'node:fs'
     import { decryptContent } from ${JSON.stringify(decrypt)}
     const flag = ${JSON.stringify(`${file}.flag`)}
     const reply = (m) => parentPort.postMessage(m.map(decryptContent))
     parentPort.on('message', (m) => { ${body} })`,
  )
  return pathToFileURL(file)
}

test('decrypts what openssl encrypted', async () => {
  expect(await open().decrypt(encrypted())).toBe(TEXT)
})

test('decrypts texts of every length around a block, and a long one', async () => {
  const crypto = open()
  for (const length of [1, 15, 16, 17, 31, 32, 100_000]) {
    const text = 'x'.repeat(length)
    const made = opensslVector(text, { folder, publicFile: key.publicFile })
    expect(await crypto.decrypt(encrypted(made))).toBe(text)
  }
})

test('makes a certificate that others can encrypt for, with an RSA key that Graph takes', async () => {
  const crypto = open()
  const { certificate, privateKeyPem } = await crypto.makeCertificate({ days: 395 })
  expect(certificate).toMatch(/^[A-Za-z0-9+/]+={0,2}$/)
  expect(privateKeyPem).toMatch(/^-----BEGIN PRIVATE KEY-----/)
  const read = new X509Certificate(Buffer.from(certificate, 'base64'))
  expect(read.publicKey.asymmetricKeyType).toBe('rsa')
  expect(read.publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048)
  const endsInMs = Date.parse(read.validTo) - Date.now()
  expect(Math.abs(endsInMs - 395 * 24 * 60 * MINUTE_MS)).toBeLessThan(MINUTE_MS)
  const publicFile = publicKeyOf(certificate, folder)
  const made = opensslVector(TEXT, { folder, publicFile })
  expect(await crypto.decrypt({ privateKeyPem, ...made })).toBe(TEXT)
})

test('makes another key each time', async () => {
  const crypto = open()
  const [first, second] = await Promise.all([
    crypto.makeCertificate({ days: 1 }),
    crypto.makeCertificate({ days: 1 }),
  ])
  expect(first.privateKeyPem).not.toBe(second.privateKeyPem)
})

const PARTS = ['dataKey', 'dataSignature', 'data'] as const

test.each(PARTS)('refuses every single flipped bit of %s', { timeout: 240_000 }, async (part) => {
  const crypto = open()
  const bytes = Buffer.from(vector[part], 'base64')
  const changed = Array.from({ length: bytes.length * 8 }, (_, bit) => {
    const copy = Buffer.from(bytes)
    copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
    return { [part]: copy.toString('base64') }
  })
  const results = await Promise.all(changed.map((one) => crypto.decrypt(encrypted(one))))
  expect(results.length).toBeGreaterThanOrEqual(256)
  expect(results.filter((one) => one !== null)).toEqual([])
})

test.each(PARTS)(
  'refuses every flipped bit of %s as it is written, although decoders overlook some',
  { timeout: 240_000 },
  async (part) => {
    const crypto = open()
    const text = vector[part]
    const changed = Array.from({ length: text.length * 7 }, (_, bit) => {
      const at = Math.floor(bit / 7)
      const character = String.fromCharCode(text.charCodeAt(at) ^ (1 << (bit % 7)))
      return { [part]: text.slice(0, at) + character + text.slice(at + 1) }
    })
    const results = await Promise.all(changed.map((one) => crypto.decrypt(encrypted(one))))
    expect(results.filter((one) => one !== null)).toEqual([])
  },
)

test('refuses what is cut off, prolonged, empty, or encrypted in another way', async () => {
  const crypto = open()
  const bytes = Buffer.from(vector.data, 'base64')
  const other = opensslKey(mkdtempSync(path.join(folder, 'other-')))
  const swapped = opensslVector(TEXT, { folder, publicFile: key.publicFile })
  const cases: Partial<Vector & { privateKeyPem: string }>[] = [
    { data: bytes.subarray(0, -16).toString('base64') },
    { data: Buffer.concat([bytes, bytes.subarray(0, 16)]).toString('base64') },
    { data: '' },
    { dataKey: '' },
    { dataSignature: '' },
    { dataSignature: vector.dataSignature.slice(0, 24) },
    { data: swapped.data, dataSignature: swapped.dataSignature },
    { dataKey: swapped.dataKey },
    { privateKeyPem: other.privateKeyPem },
    { privateKeyPem: 'no key' },
    opensslVector(TEXT, { folder, publicFile: key.publicFile, oaepHash: 'sha256' }),
    opensslVector(TEXT, { folder, publicFile: key.publicFile, keyBytes: 16 }),
  ]
  for (const one of cases) expect(await crypto.decrypt({ ...encrypted(), ...one })).toBeNull()
})

test('decrypts many at once, each its own', async () => {
  const crypto = open({ threads: 2 })
  const made = Array.from({ length: 12 }, (_, index) =>
    opensslVector(`text ${index}`, { folder, publicFile: key.publicFile }),
  )
  const plain = await Promise.all(made.map((one) => crypto.decrypt(encrypted(one))))
  expect(plain).toEqual(made.map((_, index) => `text ${index}`))
})

test('replaces a thread that dies, and tries its item once more', async () => {
  const dies = program(
    'dies-once',
    "if (existsSync(flag)) reply(m); else { writeFileSync(flag, ''); process.exit(1) }",
  )
  const crypto = open({ program: dies, threads: 2 })
  const both = await Promise.all([crypto.decrypt(encrypted()), crypto.decrypt(encrypted())])
  expect(both).toEqual([TEXT, TEXT])
})

test('gives up an item that ends two threads, and goes on with the others', async () => {
  const dies = program(
    'dies-of-bad',
    "if (m.some((one) => one.data === 'bad')) throw new Error('ended'); reply(m)",
  )
  const crypto = open({ program: dies, threads: 1 })
  expect(await crypto.decrypt(encrypted())).toBe(TEXT)
  const ends = await Promise.allSettled(
    Array.from({ length: 9 }, (_, index) =>
      crypto.decrypt(encrypted(index === 4 ? { data: 'bad' } : {})),
    ),
  )
  const good = { status: 'fulfilled', value: TEXT }
  expect(ends.map((one, index) => (index === 4 ? one.status : one))).toEqual([
    ...[good, good, good, good],
    'rejected',
    ...[good, good, good, good],
  ])
})

test('does the work itself where no thread can be started', async () => {
  const missing = pathToFileURL(path.join(folder, 'missing.mjs'))
  const crypto = open({ program: missing })
  expect(await crypto.decrypt(encrypted())).toBe(TEXT)
})

test('lets what is under way end when it is closed, and refuses the rest', async () => {
  const crypto = open({ threads: 1 })
  await crypto.decrypt(encrypted())
  const underWay = crypto.decrypt(encrypted())
  const queued = crypto.decrypt(encrypted())
  const late = crypto.close().then(() => crypto.decrypt(encrypted()))
  const [first, second, third] = await Promise.allSettled([underWay, queued, late])
  expect(first).toMatchObject({ status: 'fulfilled', value: TEXT })
  expect(second.status).toBe('rejected')
  expect(third.status).toBe('rejected')
})
