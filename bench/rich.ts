// How fast rich notifications are decrypted, beside what the cores can do in bare RSA-2048 private operations.
import {
  constants,
  createCipheriv,
  createHmac,
  generateKeyPairSync,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
} from 'node:crypto'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { createRichCrypto } from '../main/node/rich-crypto.ts'
import { median, reached, rounded } from './statistics.ts'

/** What waits at a time: enough that no thread ever runs dry. */
const AT_A_TIME = 64

/** A thread that only does RSA, as fast as it can, and tells how often. */
const BARE_THREAD = `
  const { parentPort, workerData } = require('node:worker_threads')
  const { createPrivateKey, privateDecrypt } = require('node:crypto')
  const key = createPrivateKey(workerData.privateKeyPem)
  // Given the key alone, Node does what Graph needs (OAEP with SHA-1), and fastest.
  const once = () => privateDecrypt(key, workerData.dataKey)
  for (let count = 0; count < 50; count += 1) once()
  let count = 0
  const end = performance.now() + workerData.ms
  while (performance.now() < end) { once(); count += 1 }
  parentPort.postMessage(count)
`

export async function measureRich({ rounds, seconds }: { rounds: number; seconds: number }) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const item = encrypt(publicKey, JSON.stringify({ id: '1', body: { content: 'x'.repeat(900) } }))
  const padding = constants.RSA_PKCS1_OAEP_PADDING
  privateDecrypt(
    { key: privateKey, padding, oaepHash: 'sha1' },
    Buffer.from(item.dataKey, 'base64'),
  )
  const bare: number[] = []
  const ours: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    bare.push(await bareOperations({ privateKeyPem: privateKey, dataKey: item.dataKey, seconds }))
    ours.push(await decryptions({ privateKeyPem: privateKey, ...item }, seconds))
  }
  return {
    cores: availableParallelism(),
    perSecond: {
      bareRsaOperations: Math.round(median(bare)),
      decryptedItems: Math.round(median(ours)),
    },
    ratio: reached(rounded(median(ours.map((count, round) => count / (bare[round] ?? NaN)))), 0.8),
  }
}

async function bareOperations(given: {
  privateKeyPem: string
  dataKey: string
  seconds: number
}): Promise<number> {
  const { privateKeyPem, dataKey, seconds } = given
  const workerData = { privateKeyPem, dataKey: Buffer.from(dataKey, 'base64'), ms: seconds * 1_000 }
  const threads = Array.from({ length: availableParallelism() }, () => {
    const worker = new Worker(BARE_THREAD, { eval: true, workerData })
    return new Promise<number>((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
    })
  })
  const counts = await Promise.all(threads)
  return counts.reduce((sum, count) => sum + count, 0) / seconds
}

type Encrypted = Parameters<ReturnType<typeof createRichCrypto>['decrypt']>[0]

async function decryptions(encrypted: Encrypted, seconds: number): Promise<number> {
  const crypto = createRichCrypto()
  const decrypt = async () => {
    if ((await crypto.decrypt(encrypted)) === null) throw new Error('An item was not decrypted.')
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, decrypt))
  let count = 0
  const startedAt = performance.now()
  const end = startedAt + seconds * 1_000
  const lane = async () => {
    while (performance.now() < end) {
      await decrypt()
      count += 1
    }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, lane))
  const perSecond = (count * 1_000) / (performance.now() - startedAt)
  await crypto.close()
  return perSecond
}

/** As Microsoft encrypts an item. https://learn.microsoft.com/graph/change-notifications-with-resource-data */
function encrypt(publicKey: string, text: string): Omit<Encrypted, 'privateKeyPem'> {
  const key = randomBytes(32)
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16))
  const data = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  const padding = constants.RSA_PKCS1_OAEP_PADDING
  return {
    dataKey: publicEncrypt({ key: publicKey, padding, oaepHash: 'sha1' }, key).toString('base64'),
    data: data.toString('base64'),
    dataSignature: createHmac('sha256', key).update(data).digest('base64'),
  }
}
