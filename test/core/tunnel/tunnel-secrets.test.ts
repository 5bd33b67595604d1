import { expect, test } from 'vitest'
import { HOST_TOKEN } from '../../../main/core/ports/secret-store.ts'
import { keepTunnelSecret, keptTunnelSecrets } from '../../../main/core/tunnel/tunnel-secrets.ts'
import { MemorySecrets } from '../../fakes/memory-ports.ts'

const now = new Date('2026-03-02T09:00:00.000Z')
const tomorrow = now.getTime() / 1_000 + 86_400

function token(claims: object): string {
  const part = (value: object) => btoa(JSON.stringify(value)).replaceAll('=', '')
  return `${part({ alg: 'ES256' })}.${part({ tunnelId: 'tidy-fog-1', clusterId: 'usw2', scp: 'host', exp: tomorrow, ...claims })}.c2ln`
}

test('takes a host token out of all that the program printed, and tells its end but not itself', async () => {
  const secrets = new MemorySecrets()
  const text = `Token tunnel ID: tidy-fog-1\nToken scope: host\nToken: ${token({})}\n`
  await keepTunnelSecret(secrets, { secret: 'devtunnels', text, now })
  expect(JSON.parse((await secrets.get(HOST_TOKEN)) ?? '')).toMatchObject({ token: token({}) })
  expect(await keptTunnelSecrets(secrets)).toEqual([
    { secret: 'devtunnels', validUntil: '2026-03-03T09:00:00.000Z' },
  ])
  await keepTunnelSecret(secrets, { secret: 'devtunnels', text: '', now })
  expect(await keptTunnelSecrets(secrets)).toEqual([])
})

test.each([
  ['nothing like a token', 'devtunnel: command not found'],
  ['a token of something else', token({ tunnelId: undefined })],
  ['a token to connect', token({ scp: 'connect' })],
  ['a token that ran out', token({ exp: now.getTime() / 1_000 - 1 })],
])('refuses %s, repeats none of it, and keeps the one before', async (_what, text) => {
  const secrets = new MemorySecrets()
  await keepTunnelSecret(secrets, { secret: 'devtunnels', text: token({}), now })
  const keeping = keepTunnelSecret(secrets, { secret: 'devtunnels', text, now })
  await expect(keeping).rejects.toMatchObject({
    code: 'input-invalid',
    message: expect.not.stringContaining(text) as string,
  })
  expect(await secrets.get(HOST_TOKEN)).toContain(token({}))
})

test('keeps the secret of a program as it is', async () => {
  const secrets = new MemorySecrets()
  await keepTunnelSecret(secrets, { secret: 'command', text: 'abc', now })
  expect(await keptTunnelSecrets(secrets)).toEqual([{ secret: 'command', validUntil: null }])
})
