// Rich content in memory: Microsoft's signing keys and tokens as jose makes them, and items that are stored.
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose'
import type { Cloud } from '../../../../main/contract/models/connection.ts'
import type { Delivery } from '../../../../main/contract/models/delivery.ts'
import type { RichCrypto } from '../../../../main/core/ports/rich-crypto.ts'
import type { NewDelivery } from '../../../../main/core/ports/stored.ts'
import { RichContent } from '../../../../main/core/webhook/rich/rich-content.ts'
import { FakeClock } from '../../../fakes/fake-clock.ts'
import {
  MemoryDatabase,
  memoryLog,
  MemorySecrets,
  seededRandom,
} from '../../../fakes/memory-ports.ts'

export const TENANT_ID = '84bd8158-6d4d-4958-8b9f-9d6445542f95'
export const APP_ID = '8e460676-ae3f-4b1e-8790-ee0fb5d6148f'
export const PUBLISHER = '0bf30f3b-4a52-48df-9a82-234910c4a086'
export const LOGIN_HOST = 'https://login.example'

const cloud: Cloud = {
  id: 'custom',
  displayName: 'Test',
  loginHost: LOGIN_HOST,
  graphHost: 'https://graph.example',
}

/** Claims that replace others; undefined ones are left out. */
export type Claims = Record<string, unknown>

export interface SigningKey {
  keyId: string
  privateKey: CryptoKey
  publicKey: CryptoKey
}

/** A key as Microsoft signs with. */
export async function makeSigningKey(keyId: string): Promise<SigningKey> {
  return { keyId, ...(await generateKeyPair('RS256')) }
}

/** The public side, as the key set shows it. */
export async function jwkOf({ keyId, publicKey }: SigningKey, given: object = {}) {
  const { kty, n, e } = await exportJWK(publicKey)
  const issuer = `${LOGIN_HOST}/{tenantid}/v2.0`
  return { kty, use: 'sig', kid: keyId, n, e, issuer, ...given }
}

/** The claims of a good token of version 1.0, as Graph's guide prints them. */
export function claimsAt(now: Date, given: Claims = {}): JWTPayload {
  const issuedAt = Math.floor(now.getTime() / 1000)
  return {
    aud: APP_ID,
    iss: `https://sts.windows.net/${TENANT_ID}/`,
    iat: issuedAt,
    nbf: issuedAt,
    exp: issuedAt + 3_600,
    appid: PUBLISHER,
    appidacr: '2',
    tid: TENANT_ID,
    ver: '1.0',
    ...given,
  }
}

/** The claims of a good token of version 2.0. */
export function claimsV2At(now: Date, given: Claims = {}): JWTPayload {
  const { appid: _, appidacr: __, ...rest } = claimsAt(now)
  return {
    ...rest,
    iss: `${LOGIN_HOST}/${TENANT_ID}/v2.0`,
    azp: PUBLISHER,
    ver: '2.0',
    ...given,
  }
}

export function sign(claims: JWTPayload, key: SigningKey, header: object = {}): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ typ: 'JWT', alg: 'RS256', kid: key.keyId, ...header })
    .sign(key.privateKey)
}

/** A RichCrypto that makes numbered certificates and decrypts nothing. */
export function numberedCrypto(): RichCrypto & { made: number; failing: boolean } {
  return {
    made: 0,
    failing: false,
    makeCertificate() {
      if (this.failing) return Promise.reject(new Error('no entropy'))
      this.made += 1
      const number = String(this.made)
      return Promise.resolve({ certificate: `cert${number}`, privateKeyPem: `key${number}` })
    },
    decrypt: () => Promise.resolve(null),
    close: () => Promise.resolve(),
  }
}

/** Everything rich content touches; `start` begins anew with what was kept. */
export async function makeWorld(crypto: RichCrypto = numberedCrypto()) {
  const clock = new FakeClock()
  const database = new MemoryDatabase()
  const secrets = new MemorySecrets()
  const log = memoryLog(clock)
  const key = await makeSigningKey('key-1')
  const world = {
    clock,
    database,
    secrets,
    log,
    crypto,
    key,
    /** What the key set answers; null while it cannot be reached. */
    keySet: { keys: [await jwkOf(key)] as object[] } as object | null,
    fetches: [] as string[],
    appId: APP_ID as string | null,
    clockAheadMs: null as number | null,
    subscribed: [] as string[],
    judged: { valid: 0, refused: 0 },
    start,
    token,
    store,
    until,
  }
  let seed = 1

  function start(): RichContent {
    return new RichContent({
      database,
      secrets,
      crypto,
      clock,
      random: seededRandom((seed += 1)),
      log,
      cloud,
      fetch: (input) => {
        world.fetches.push(input instanceof Request ? input.url : input.toString())
        if (!world.keySet) return Promise.reject(new TypeError('fetch failed'))
        return Promise.resolve(Response.json(world.keySet))
      },
      appId: () => world.appId,
      clockAheadMs: () => world.clockAheadMs,
      subscribedCertificateIds: () => Promise.resolve(world.subscribed),
      onJudged: ({ valid, refused }) => {
        world.judged.valid += valid
        world.judged.refused += refused
      },
    })
  }

  function token(given: Claims = {}): Promise<string> {
    return sign(claimsAt(clock.now(), given), key)
  }

  /** Stores one post as the webhook does, and tells the content. */
  async function store(
    rich: RichContent,
    tokens: string[],
    items: Partial<NewDelivery>[] = [{}],
  ): Promise<Delivery[]> {
    const content = { sealedTokens: await rich.sealTokens(tokens), certificateId: 'certificate' }
    const stored = await database.addDeliveries(
      items.map((item) => ({ ...delivery(clock), content, ...item })),
    )
    rich.noteStored(stored)
    return stored
  }

  return world
}

function delivery(clock: FakeClock): NewDelivery {
  return {
    receivedAt: clock.now().toISOString(),
    kind: 'changeNotification',
    subscriptionKey: 'chat-messages',
    subscriptionId: 'subscription',
    tenantId: TENANT_ID,
    changeType: 'created',
    resource: "chats('19:a')/messages('1')",
    resourceId: '1',
    rich: true,
    itemJson: '{"encryptedContent":{}}',
  }
}

/** Waits until something holds; cryptography takes its turn on other threads. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('It never came to that.')
    await new Promise((resolve) => setImmediate(resolve))
  }
}
