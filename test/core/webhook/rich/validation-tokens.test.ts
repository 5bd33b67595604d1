import { createHmac } from 'node:crypto'
import { exportSPKI } from 'jose'
import { beforeAll, expect, test } from 'vitest'
import type { FoundKey } from '../../../../main/core/webhook/rich/signing-keys.ts'
import {
  judgeTokens,
  type Expected,
  type Refusal,
} from '../../../../main/core/webhook/rich/validation-tokens.ts'
import {
  APP_ID,
  claimsAt,
  claimsV2At,
  LOGIN_HOST,
  makeSigningKey,
  PUBLISHER,
  sign,
  TENANT_ID,
  type Claims,
  type SigningKey,
} from './fixtures.ts'

const NOW = new Date('2026-03-02T09:00:00.000Z')
const OTHER = '11111111-2222-3333-4444-555555555555'
const MINUTE = 60

let key: SigningKey
let stranger: SigningKey

beforeAll(async () => {
  key = await makeSigningKey('key-1')
  stranger = await makeSigningKey('key-1')
})

function judge(tokens: string[], given: Partial<Expected> = {}, found?: FoundKey) {
  const expected: Expected = {
    loginHost: LOGIN_HOST,
    owners: [{ appId: APP_ID, tenantId: TENANT_ID }],
    receivedAt: NOW.getTime(),
    microsoftTime: NOW.getTime(),
    ...given,
  }
  const known: FoundKey = found ?? { kind: 'found', key: key.publicKey, tenantId: null }
  return judgeTokens(tokens, expected, {
    find: (keyId) => Promise.resolve(keyId === 'key-1' ? known : { kind: 'unknown' }),
  })
}

const judgeV1 = async (given: Claims) => judge([await sign(claimsAt(NOW, given), key)])
const judgeV2 = async (given: Claims) => judge([await sign(claimsV2At(NOW, given), key)])
const refused = (reason: Refusal) => ({ kind: 'refused', reason })
const seconds = Math.floor(NOW.getTime() / 1000)

test('accepts the token that Graph’s guide prints, and one of version 2.0', async () => {
  expect(await judgeV1({})).toEqual({ kind: 'valid' })
  expect(await judgeV2({})).toEqual({ kind: 'valid' })
})

test('refuses a post without any token', async () => {
  expect(await judge([])).toEqual(refused('no-token'))
})

test.each<[string, Claims, Refusal]>([
  ['another publisher', { appid: OTHER }, 'publisher'],
  ['no publisher', { appid: undefined }, 'publisher'],
  ['a publisher under both names', { azp: PUBLISHER }, 'publisher'],
  [
    'the publisher under the name of version 2.0',
    { appid: undefined, azp: PUBLISHER },
    'publisher',
  ],
  ['another application', { aud: OTHER }, 'audience'],
  ['no audience', { aud: undefined }, 'audience'],
  ['several audiences', { aud: [APP_ID, OTHER] }, 'unreadable'],
  [
    'another tenant, with its issuer',
    { tid: OTHER, iss: `https://sts.windows.net/${OTHER}/` },
    'tenant',
  ],
  ['another tenant than its issuer', { tid: OTHER }, 'issuer'],
  ['an issuer of another tenant', { iss: `https://sts.windows.net/${OTHER}/` }, 'issuer'],
  ['an issuer without its slash', { iss: `https://sts.windows.net/${TENANT_ID}` }, 'issuer'],
  ['an issuer in another place', { iss: `https://sts.windows.example/${TENANT_ID}/` }, 'issuer'],
  ['the issuer of version 2.0', { iss: `${LOGIN_HOST}/${TENANT_ID}/v2.0` }, 'issuer'],
  ['the version 2.0', { ver: '2.0' }, 'issuer'],
  ['no version', { ver: undefined }, 'unreadable'],
  ['no tenant', { tid: undefined }, 'unreadable'],
  ['an expiry long ago', { exp: seconds - 6 * MINUTE }, 'expired'],
  ['no expiry', { exp: undefined }, 'unreadable'],
  ['a start that is yet to come', { nbf: seconds + 6 * MINUTE }, 'not-yet-valid'],
  ['no start', { nbf: undefined }, 'unreadable'],
])('refuses a token of version 1.0 with %s', async (_, given, reason) => {
  expect(await judgeV1(given)).toEqual(refused(reason))
})

test.each<[string, Claims, Refusal]>([
  ['another publisher', { azp: OTHER }, 'publisher'],
  [
    'the publisher under the name of version 1.0',
    { azp: undefined, appid: PUBLISHER },
    'publisher',
  ],
  ['the issuer of version 1.0', { iss: `https://sts.windows.net/${TENANT_ID}/` }, 'issuer'],
  ['the version 1.0', { ver: '1.0' }, 'issuer'],
  [
    'the sign-in service of another cloud',
    { iss: `https://login.other.example/${TENANT_ID}/v2.0` },
    'issuer',
  ],
])('refuses a token of version 2.0 with %s', async (_, given, reason) => {
  expect(await judgeV2(given)).toEqual(refused(reason))
})

test('forgives clocks that differ by some minutes', async () => {
  expect(await judgeV1({ exp: seconds - 4 * MINUTE })).toEqual({ kind: 'valid' })
  expect(await judgeV1({ nbf: seconds + 4 * MINUTE })).toEqual({ kind: 'valid' })
})

test('refuses a token without a signature', async () => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = part(claimsAt(NOW))
  for (const alg of ['none', 'None', 'NONE']) {
    const token = `${part({ typ: 'JWT', alg, kid: 'key-1' })}.${claims}.`
    expect(await judge([token])).toEqual(refused('signature'))
  }
})

test('refuses a token that uses the public key as a secret', async () => {
  const pem = await exportSPKI(key.publicKey)
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${part({ typ: 'JWT', alg: 'HS256', kid: 'key-1' })}.${part(claimsAt(NOW))}`
  const signature = createHmac('sha256', pem).update(signed).digest('base64url')
  expect(await judge([`${signed}.${signature}`])).toEqual(refused('signature'))
})

test('refuses other algorithms, even well signed', async () => {
  const token = await sign(claimsAt(NOW), key)
  const [, claims = '', signature = ''] = token.split('.')
  for (const alg of ['RS384', 'RS512', 'PS256', 'ES256']) {
    const header = Buffer.from(JSON.stringify({ alg, kid: 'key-1' })).toString('base64url')
    expect(await judge([`${header}.${claims}.${signature}`])).toEqual(refused('signature'))
  }
})

test('refuses the key of a stranger, and a token changed after it was signed', async () => {
  expect(await judge([await sign(claimsAt(NOW), stranger)])).toEqual(refused('signature'))
  const [header = '', , signature = ''] = (await sign(claimsAt(NOW), key)).split('.')
  const other = Buffer.from(JSON.stringify(claimsAt(NOW, { aud: APP_ID }))).toString('base64url')
  const changed = other.replace(/^./, (first) => (first === 'e' ? 'f' : 'e'))
  expect((await judge([`${header}.${changed}.${signature}`])).kind).toBe('refused')
  const later = Buffer.from(JSON.stringify(claimsAt(NOW, { exp: seconds * 2 }))).toString(
    'base64url',
  )
  expect(await judge([`${header}.${later}.${signature}`])).toEqual(refused('signature'))
})

test('refuses a key that Microsoft does not have, and one without a name', async () => {
  const named = await sign(claimsAt(NOW), key, { kid: 'key-2' })
  expect(await judge([named])).toEqual(refused('signature'))
  const nameless = await sign(claimsAt(NOW), key, { kid: undefined })
  expect(await judge([nameless])).toEqual(refused('unreadable'))
})

test('refuses keys that come with the token itself', async () => {
  const jwk = { kty: 'RSA', n: 'AQAB', e: 'AQAB' }
  const token = await sign(claimsAt(NOW), stranger, { jwk, jku: 'https://stranger.example/keys' })
  expect(await judge([token])).toEqual(refused('signature'))
})

test('refuses what is no token', async () => {
  for (const text of ['', 'a', 'a.b.c', '..', 'ey.ey.ey', '<<--ValidationTokens-->>']) {
    expect((await judge([text])).kind).toBe('refused')
  }
})

test('refuses a key that signs for one other tenant only, such as that of personal accounts', async () => {
  const token = await sign(claimsAt(NOW), key)
  const own: FoundKey = { kind: 'found', key: key.publicKey, tenantId: TENANT_ID }
  expect(await judge([token], {}, own)).toEqual({ kind: 'valid' })
  expect(await judge([token], {}, { ...own, tenantId: OTHER })).toEqual(refused('signature'))
})

test('one bad token among good ones refuses the post', async () => {
  const good = await sign(claimsAt(NOW), key)
  const bad = await sign(claimsAt(NOW, { appid: OTHER }), key)
  expect(await judge([good, good])).toEqual({ kind: 'valid' })
  expect(await judge([good, bad])).toEqual(refused('publisher'))
  expect(await judge([bad, good])).toEqual(refused('publisher'))
})

test('every tenant of the items needs a token of its own', async () => {
  const mine = await sign(claimsAt(NOW), key)
  const iss = `https://sts.windows.net/${OTHER}/`
  const theirs = await sign(claimsAt(NOW, { tid: OTHER, iss }), key)
  const both = {
    owners: [TENANT_ID, OTHER].map((tenantId) => ({ appId: APP_ID, tenantId })),
  }
  expect(await judge([mine], both)).toEqual(refused('tenant'))
  expect(await judge([mine, theirs], both)).toEqual({ kind: 'valid' })
  expect(await judge([mine], { owners: [{ appId: APP_ID, tenantId: '' }] })).toEqual(
    refused('tenant'),
  )
})

test('waits while the keys cannot be had, but refuses at once what is wrong anyway', async () => {
  const token = await sign(claimsAt(NOW), key)
  expect(await judge([token], {}, { kind: 'unavailable' })).toEqual({ kind: 'waiting' })
  expect(await judge([token, 'no token'], {}, { kind: 'unavailable' })).toEqual(
    refused('unreadable'),
  )
})

test('a post with items of two applications needs a token for each of them', async () => {
  const owners = [APP_ID, OTHER].map((appId) => ({ appId, tenantId: TENANT_ID }))
  const ours = await sign(claimsAt(NOW, {}), key)
  const other = await sign(claimsAt(NOW, { aud: OTHER }), key)
  expect(await judge([ours, other], { owners })).toEqual({ kind: 'valid' })
  expect(await judge([ours], { owners })).toEqual(refused('tenant'))
  expect(await judge([other])).toEqual(refused('audience'))
})
