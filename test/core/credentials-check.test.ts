// Checking pasted credentials: what people paste by mistake, and what a real token says.
import { describe, expect, it } from 'vitest'
import { AppError } from '../../main/core/app-error.ts'
import { checkCredentials } from '../../main/core/credentials-check.ts'
import { wantedPermissions } from '../../main/core/entra/permissions.ts'
import type { AppAuth, AppToken } from '../../main/core/ports/auth.ts'
import { FakeClock } from '../fakes/fake-clock.ts'
import { seededRandom } from '../fakes/memory-ports.ts'

const TENANT = '5f1d3a70-0000-4000-8000-000000000001'
const CLIENT = '5f1d3a70-0000-4000-8000-000000000002'
const SECRET_ID = '5f1d3a70-0000-4000-8000-000000000003'
const SECRET = 'abc8Q~zZ0.-_~9876543210abcdefghijklmnopq'
const WANTED = ['Chat.ReadWrite.All', 'ChannelMessage.Read.All', 'User.Read.All']

describe('right credentials', () => {
  it('are ok, with the roles of the token', async () => {
    const { result, asked } = await check({}, { roles: [...WANTED, 'Mail.Read'] })
    expect(asked).toMatchObject({ tenantId: TENANT, clientId: CLIENT, clientSecret: SECRET })
    expect(result).toMatchObject({ ok: true, missing: [], surplus: ['Mail.Read'], error: null })
  })

  it('without consent say which permissions are missing', async () => {
    const { result } = await check({}, { roles: ['User.Read.All'] })
    expect(result).toMatchObject({
      ok: false,
      missing: ['Chat.ReadWrite.All', 'ChannelMessage.Read.All'],
      error: { code: 'consent-missing' },
    })
    expect(result.error?.message).toContain('Chat.ReadWrite.All')
  })

  it.each([
    ['spaces and line breaks', { tenantId: ` ${TENANT}\n`, clientSecret: `\t${SECRET}\r\n` }],
    ['quotes', { tenantId: `"${TENANT}"`, clientId: `'${CLIENT}'`, clientSecret: `“${SECRET}”,` }],
    ['braces', { clientId: `{${CLIENT.toUpperCase()}}` }],
    [
      'the portal’s labels',
      {
        tenantId: `Directory (tenant) ID : ${TENANT}`,
        clientId: `Application (client) ID\t${CLIENT}`,
        clientSecret: `Value: ${SECRET}`,
      },
    ],
    [
      'names of environment variables',
      {
        tenantId: `AZURE_TENANT_ID=${TENANT}`,
        clientId: `export CLIENT_ID="${CLIENT}"`,
        clientSecret: `export AZURE_CLIENT_SECRET='${SECRET}'`,
      },
    ],
    [
      'JSON',
      { clientId: `"clientId": "${CLIENT}",`, clientSecret: `"clientSecret": "${SECRET}",` },
    ],
    ['invisible characters', { clientSecret: `\u200b${SECRET}\ufeff` }],
    [
      'an address of the sign-in pages',
      { tenantId: `https://login.microsoftonline.com/${TENANT}/v2.0` },
    ],
  ])('may come with %s', async (_, given) => {
    const { asked, result } = await check(given)
    expect(asked).toMatchObject({ tenantId: TENANT, clientId: CLIENT, clientSecret: SECRET })
    expect(result.ok).toBe(true)
  })

  it('may name the tenant by a domain', async () => {
    expect((await check({ tenantId: 'Contoso.onmicrosoft.com' })).asked?.tenantId).toBe(
      'contoso.onmicrosoft.com',
    )
  })

  it.each(['=a:b;c]d/e+f==', 'abc.def', 'password~1', ':starts.with.a.colon'])(
    'keep an old secret as it is: %s',
    async (clientSecret) => {
      expect((await check({ clientSecret })).asked?.clientSecret).toBe(clientSecret)
    },
  )
})

describe('what was pasted by mistake', () => {
  it.each([
    ['the secret’s ID', { clientSecret: SECRET_ID }, 'secret-id-pasted', 'Secret ID'],
    ['the client ID as the secret', { clientSecret: CLIENT }, 'secret-id-pasted', 'Client ID'],
    ['the tenant ID as the secret', { clientSecret: TENANT }, 'secret-id-pasted', 'Tenant ID'],
    ['no secret', { clientSecret: '  ' }, 'input-invalid', 'empty'],
    [
      'two words as the secret',
      { clientSecret: `${SECRET} ${SECRET_ID}` },
      'input-invalid',
      'space',
    ],
    ['no tenant', { tenantId: '' }, 'input-invalid', 'empty'],
    ['a word as the tenant', { tenantId: 'Contoso' }, 'input-invalid', 'not a tenant ID'],
    ['no client ID', { clientId: '' }, 'input-invalid', 'empty'],
    ['a name as the client ID', { clientId: 'EMI Server' }, 'input-invalid', 'not a client ID'],
    ['the same ID twice', { clientId: TENANT }, 'input-invalid', 'the same'],
    [
      'tenant and client swapped',
      { tenantId: CLIENT, clientId: 'contoso.onmicrosoft.com' },
      'input-invalid',
      'swapped',
    ],
    ['the secret as the client ID', { clientId: SECRET }, 'input-invalid', 'field of an ID'],
    ['the secret as the tenant', { tenantId: SECRET }, 'input-invalid', 'field of an ID'],
  ])('%s is explained without asking Microsoft', async (_, given, code, words) => {
    const { result, asked } = await check(given)
    expect(asked).toBeNull()
    expect(result.ok).toBe(false)
    expect(result.error?.code).toBe(code)
    expect(result.error?.message).toContain(words)
    expect(result.error?.nextStep).toMatch(/\.$/)
    expect(JSON.stringify(result)).not.toContain(SECRET)
  })
})

describe('a refusal by Entra', () => {
  it.each([
    ['client-secret-wrong', 'AADSTS7000215 invalid_client', 'Value'],
    ['client-secret-wrong', 'AADSTS7000222 invalid_client', 'new client secret'],
    ['application-missing', 'AADSTS700016 unauthorized_client', 'Object ID'],
    ['wrong-tenant', 'AADSTS90002 invalid_request', 'swapped'],
    ['sign-in-refused', 'AADSTS53003 access_denied', 'Ask around.'],
  ] as const)('%s (%s) is a result for who pasted, not for who applies a plan', async (...row) => {
    const [code, details, words] = row
    const text = { message: 'Entra says no.', nextStep: 'Ask around.', details }
    const { result } = await check({}, new AppError(code, text))
    expect(result).toMatchObject({ ok: false, roles: [], error: { code } })
    expect(result.error?.nextStep).toContain(words)
    expect(result.error?.nextStep).not.toContain('plan')
  })

  it('that nobody expected is a result, too', async () => {
    const { result } = await check({}, new TypeError('boom'))
    expect(result.error?.code).toBe('unexpected')
  })

  it('that never came says so', async () => {
    const signal = AbortSignal.abort(new DOMException('late', 'TimeoutError'))
    const { result } = await check({}, new DOMException('late', 'TimeoutError'), signal)
    expect(result.error?.code).toBe('network-unreachable')
  })

  it('never brings the secret back', async () => {
    const text = { message: `Wrong: ${SECRET}.`, nextStep: 'x.', details: SECRET }
    const { result } = await check({}, new AppError('sign-in-failed', text))
    expect(JSON.stringify(result)).not.toContain(SECRET)
  })
})

async function check(
  given: Partial<{ tenantId: string; clientId: string; clientSecret: string }>,
  outcome: Error | Pick<AppToken, 'roles'> = { roles: WANTED },
  signal = new AbortController().signal,
) {
  const clock = new FakeClock()
  const calls: Parameters<AppAuth['acquire']>[0][] = []
  const appAuth: AppAuth = {
    acquire: (options) => {
      calls.push(options)
      return outcome instanceof Error
        ? Promise.reject(outcome)
        : Promise.resolve({ accessToken: 'token', expiresAt: clock.now(), ...outcome })
    },
  }
  const result = await checkCredentials(
    { tenantId: TENANT, clientId: CLIENT, clientSecret: SECRET, ...given },
    {
      appAuth,
      wanted: wantedPermissions({ optionalPermissions: [] }),
      clock,
      random: seededRandom(),
      signal,
    },
  )
  return { result, asked: calls[0] ?? null }
}
