// The administrator's sign-in: one at a time, with an end, for the right kind of account.
import { describe, expect, it } from 'vitest'
import { AppError } from '../../../main/core/app-error.ts'
import { SignIn } from '../../../main/core/entra/sign-in.ts'
import type { AdminAuth, AdminToken } from '../../../main/core/ports/auth.ts'
import { FakeClock, settle } from '../../fakes/fake-clock.ts'
import { memoryLog, seededRandom } from '../../fakes/memory-ports.ts'

const URL_OF_SIGN_IN = 'https://login.example.test/authorize?state=s'
const TENANT = '5f1d3a70-0000-4000-8000-000000000001'
const OTHER_TENANT = '5f1d3a70-0000-4000-8000-000000000002'
const GLOBAL_ADMINISTRATOR = '62e90394-69f5-4237-9190-012177145e10'
const APPLICATION_ADMINISTRATOR = '9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3'
const PLAIN_USER = 'b79fbf4d-3ef9-4689-8143-76b194e85509'

describe('signing in with the browser', () => {
  it('shows the address while it waits, then whose account it is', async () => {
    const { signIn, entra, opened } = open()
    const phases: string[] = []
    signIn.onChange(() => phases.push(signIn.state.phase))
    const started = signIn.start('browser')
    await settle()
    expect(signIn.state).toMatchObject({
      phase: 'waiting-for-browser',
      url: URL_OF_SIGN_IN,
      expiresAt: '2026-03-02T09:05:00.000Z',
    })
    expect(opened).toEqual([URL_OF_SIGN_IN])
    entra.answer()
    await started
    expect(signIn.state).toEqual({
      phase: 'signed-in',
      account: {
        username: 'nora@contoso.example',
        displayName: 'Nora Lindqvist',
        tenantId: TENANT,
        tenantDisplayName: 'Contoso',
        tenantDomain: 'contoso.example',
        roles: ['Global Administrator'],
      },
    })
    expect(signIn.lastError).toBeNull()
    expect(phases).toEqual(['waiting-for-browser', 'signed-in'])
    expect(await signIn.getToken()).toBe('token-1')
  })

  it('asks for the scopes of provisioning, at the cloud’s Graph', async () => {
    const { signIn, entra } = open()
    void signIn.start('browser')
    await settle()
    expect(entra.scopes).toEqual([
      'https://graph.example.test/Application.ReadWrite.All',
      'https://graph.example.test/AppRoleAssignment.ReadWrite.All',
      'https://graph.example.test/DelegatedPermissionGrant.ReadWrite.All',
      'https://graph.example.test/User.Read',
    ])
  })

  it.each([
    ['Azure CLI', '04b07795-8ddb-461a-bbee-02f9e1bf7b46'],
    ['Azure PowerShell', '1950A258-227B-4E31-A9CF-717495945FC2'],
  ])('asks for .default with %s, whose permissions Microsoft has fixed', async (_, clientId) => {
    const { signIn, entra } = open({ clientId })
    void signIn.start('browser')
    await settle()
    expect(entra.scopes).toEqual(['https://graph.example.test/.default'])
  })

  it('goes on where no browser can be opened: the address is shown', async () => {
    const { signIn, entra } = open({ openBrowser: () => Promise.reject(new Error('no display')) })
    const started = signIn.start('browser')
    await settle()
    expect(signIn.state.phase).toBe('waiting-for-browser')
    entra.answer()
    await started
    expect(signIn.state.phase).toBe('signed-in')
  })

  it('ends after five minutes', async () => {
    const { signIn, clock, entra } = open()
    const started = signIn.start('browser')
    await clock.advance(5 * 60_000)
    await started
    expect(signIn.lastError?.code).toBe('sign-in-timed-out')
    expect(signIn.state).toEqual({ phase: 'signed-out' })
    expect(entra.signal?.aborted).toBe(true)
    expect(clock.pending).toBe(0)
  })

  it('ends when it is cancelled, with a next step, and without a warning in the log', async () => {
    const { signIn, clock, log } = open()
    const started = signIn.start('browser')
    await settle()
    signIn.cancel()
    await started
    expect(log.entries.filter(({ level }) => level !== 'info')).toEqual([])
    expect(signIn.lastError).toMatchObject({ code: 'sign-in-cancelled' })
    expect(signIn.lastError?.nextStep).not.toBe('')
    expect(clock.pending).toBe(0)
  })

  it('gives way to a second one: never two at once', async () => {
    const { signIn, entra } = open()
    const first = signIn.start('browser')
    await settle()
    const firstSignal = entra.signal
    const second = signIn.start('browser')
    await first
    await settle()
    expect(firstSignal?.aborted).toBe(true)
    expect(signIn.state.phase).toBe('waiting-for-browser')
    entra.answer()
    await second
    expect(signIn.state.phase).toBe('signed-in')
    expect(signIn.lastError).toBeNull()
  })

  it('keeps the earlier session when another sign-in is cancelled', async () => {
    const { signIn, entra } = open()
    const first = signIn.start('browser')
    await settle()
    entra.answer()
    await first
    const second = signIn.start('browser')
    await settle()
    signIn.cancel()
    await second
    expect(signIn.state.phase).toBe('signed-in')
    expect(signIn.lastError).toBeNull()
  })

  it('never writes the address, with its state, into the log', async () => {
    const { signIn, entra, log } = open()
    const started = signIn.start('browser')
    await settle()
    entra.answer()
    await started
    expect(JSON.stringify(log.entries)).not.toContain('login.example.test')
    expect(JSON.stringify(log.entries)).not.toContain('token-1')
  })
})

describe('signing in with a device code', () => {
  it('shows the code, and ends when the code expires', async () => {
    const { signIn, clock } = open()
    const started = signIn.start('device-code')
    await settle()
    expect(signIn.state).toEqual({
      phase: 'waiting-for-code',
      userCode: 'ABCD-EFGH',
      verificationUri: 'https://login.example.test/device',
      expiresAt: '2026-03-02T09:15:00.000Z',
    })
    await clock.advance(15 * 60_000 - 1)
    expect(signIn.state.phase).toBe('waiting-for-code')
    await clock.advance(1)
    await started
    expect(signIn.lastError?.code).toBe('device-code-expired')
  })
})

describe('an account that cannot set up a tenant', () => {
  it.each([
    ['a personal one', { token: { tenantId: '9188040d-6c67-4c5b-b112-36a304b66dad' } }],
    ['a guest', { me: { userType: 'Guest' } }],
    ['a guest by its name', { me: { userPrincipalName: 'nora_fabrikam#EXT#@contoso.example' } }],
  ])('is refused and forgotten: %s', async (_, given) => {
    const { signIn, entra } = open(given)
    const started = signIn.start('browser')
    await settle()
    entra.answer()
    await started
    expect(signIn.lastError?.code).toBe('wrong-account-type')
    expect(signIn.state).toEqual({ phase: 'signed-out' })
    expect(entra.signedOut).toBe(1)
  })
})

describe('the session', () => {
  it('is taken up at the next start without a person', async () => {
    const { signIn } = open()
    await signIn.resume()
    expect(signIn.state).toMatchObject({ phase: 'signed-in', account: { tenantId: TENANT } })
  })

  it('is not taken up where Microsoft wants a person', async () => {
    const { signIn, entra } = open()
    entra.silent = null
    await signIn.resume()
    expect(signIn.state).toEqual({ phase: 'signed-out' })
    expect(signIn.lastError).toBeNull()
    await expect(signIn.getToken()).rejects.toMatchObject({ code: 'sign-in-required' })
  })

  it('renews its token before the end, and when asked to', async () => {
    const { signIn, clock, entra } = open()
    await signIn.resume()
    expect(entra.silentCalls).toHaveLength(1)
    await signIn.getToken()
    expect(entra.silentCalls).toHaveLength(1)
    await signIn.getToken({ claims: '{"x":1}', forceRefresh: true })
    expect(entra.silentCalls[1]).toMatchObject({ claims: '{"x":1}', forceRefresh: true })
    await clock.advance(56 * 60_000)
    await signIn.getToken()
    expect(entra.silentCalls).toHaveLength(3)
  })

  it.each(['browser', 'device-code'] as const)(
    'hands a claims challenge that takes a person on to the next sign-in with %s, once',
    async (method) => {
      const { signIn, entra } = open()
      const first = signIn.start('browser')
      await settle()
      entra.answer()
      await first
      expect(entra.claims).toBeUndefined()
      entra.silent = null
      await expect(signIn.getToken({ claims: '{"x":1}' })).rejects.toMatchObject({
        code: 'sign-in-required',
      })
      expect(signIn.lastError?.message).toContain('policy')
      for (const claims of ['{"x":1}', undefined]) {
        const again = signIn.start(method)
        await settle()
        expect(entra.claims).toBe(claims)
        entra.answer()
        await again
      }
    },
  )

  it('is renewed once for calls that come together', async () => {
    const { signIn, clock, entra } = open()
    await signIn.resume()
    await clock.advance(56 * 60_000)
    await Promise.all([signIn.getToken(), signIn.getToken(), signIn.getToken()])
    expect(entra.silentCalls).toHaveLength(2)
  })

  it('notices a role that was activated meanwhile', async () => {
    const { signIn, entra, clock } = open({ token: { roleTemplateIds: [PLAIN_USER] } })
    await signIn.resume()
    expect(signIn.state).toMatchObject({ account: { roles: [] } })
    entra.silent = tokenOf(clock, { roleTemplateIds: [APPLICATION_ADMINISTRATOR] })
    await signIn.getToken({ forceRefresh: true })
    expect(signIn.state).toMatchObject({ account: { roles: ['Application Administrator'] } })
  })

  it('gives no token to work for a tenant that another account has replaced', async () => {
    const { signIn, entra, clock } = open()
    await signIn.resume()
    expect(await signIn.getToken({ tenantId: TENANT })).toBe('token-1')
    // MSAL's cache has the other account as soon as its person has answered.
    entra.silent = tokenOf(clock, { tenantId: OTHER_TENANT, accessToken: 'token-2' })
    const stopped = { code: 'wrong-tenant' }
    for (const forceRefresh of [true, false]) {
      await expect(signIn.getToken({ tenantId: TENANT, forceRefresh })).rejects.toMatchObject(
        stopped,
      )
    }
    expect(await signIn.getToken({ tenantId: OTHER_TENANT })).toBe('token-2')
  })

  it('ends visibly when it can no longer be renewed', async () => {
    const { signIn, entra } = open()
    await signIn.resume()
    entra.silent = null
    await expect(signIn.getToken({ forceRefresh: true })).rejects.toBeInstanceOf(AppError)
    expect(signIn.state).toEqual({ phase: 'signed-out' })
    expect(signIn.lastError?.code).toBe('sign-in-required')
  })

  it('is forgotten by signing out, also while a sign-in waits', async () => {
    const { signIn, entra } = open()
    await signIn.resume()
    const started = signIn.start('browser')
    await settle()
    await signIn.signOut()
    await started
    expect(signIn.state).toEqual({ phase: 'signed-out' })
    expect(signIn.lastError).toBeNull()
    expect(entra.signedOut).toBe(1)
  })
})

function open(
  given: {
    token?: Partial<AdminToken>
    me?: Record<string, string>
    clientId?: string
    openBrowser?: (url: string) => Promise<void>
  } = {},
) {
  const clock = new FakeClock()
  const log = memoryLog(clock)
  const opened: string[] = []
  const entra = fakeEntra(tokenOf(clock, given.token))
  const signIn = new SignIn({
    auth: entra,
    ...(given.clientId === undefined ? {} : { clientId: given.clientId }),
    cloud: {
      id: 'custom',
      displayName: 'Test',
      loginHost: 'https://login.example.test',
      graphHost: 'https://graph.example.test',
    },
    clock,
    random: seededRandom(),
    log,
    fetch: (input) => Promise.resolve(answerOf(new Request(input).url, given.me)),
    openBrowser:
      given.openBrowser ??
      ((url) => {
        opened.push(url)
        return Promise.resolve()
      }),
  })
  return { signIn, clock, log, entra, opened }
}

function answerOf(url: string, me: Record<string, string> = {}): Response {
  if (url.includes('/me')) {
    return Response.json({
      displayName: 'Nora Lindqvist',
      userPrincipalName: 'nora@contoso.example',
      userType: 'Member',
      ...me,
    })
  }
  return Response.json({
    value: [
      {
        id: TENANT,
        displayName: 'Contoso',
        verifiedDomains: [
          { name: 'contoso.onmicrosoft.example', isInitial: true, isDefault: false },
          { name: 'contoso.example', isInitial: false, isDefault: true },
        ],
      },
    ],
  })
}

interface FakeEntra extends AdminAuth {
  /** The person finishes the sign-in. */
  answer: () => void
  signal: AbortSignal | null
  scopes: string[]
  /** The claims that the last person was asked for. */
  claims: string | undefined
  silent: AdminToken | null
  silentCalls: unknown[]
  signedOut: number
}

/** An AdminAuth whose person answers when the test says so, and that stops as MSAL's adapter does. */
function fakeEntra(token: AdminToken): FakeEntra {
  const person = (signal: AbortSignal) =>
    new Promise<AdminToken>((resolve, reject) => {
      entra.signal = signal
      entra.answer = () => resolve(token)
      signal.addEventListener('abort', () => {
        reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'))
      })
    })
  const entra: FakeEntra = {
    answer: () => {},
    signal: null,
    scopes: [],
    claims: undefined,
    silent: token,
    silentCalls: [],
    signedOut: 0,
    signInWithBrowser: async ({ scopes, onUrl, claims, signal }) => {
      entra.scopes = scopes
      entra.claims = claims
      await onUrl(URL_OF_SIGN_IN)
      return person(signal)
    },
    signInWithDeviceCode: ({ onCode, claims, signal }) => {
      entra.claims = claims
      onCode({
        userCode: 'ABCD-EFGH',
        verificationUri: 'https://login.example.test/device',
        expiresAt: new Date('2026-03-02T09:15:00.000Z'),
      })
      return person(signal)
    },
    acquireSilently: (options) => {
      entra.silentCalls.push(options)
      return Promise.resolve(entra.silent)
    },
    signOut: () => {
      entra.signedOut += 1
      return Promise.resolve()
    },
  }
  return entra
}

function tokenOf(clock: FakeClock, given: Partial<AdminToken> = {}): AdminToken {
  return {
    accessToken: 'token-1',
    expiresAt: new Date(clock.now().getTime() + 60 * 60_000),
    tenantId: TENANT,
    username: 'nora@contoso.example',
    displayName: 'Nora Lindqvist',
    roleTemplateIds: [GLOBAL_ADMINISTRATOR, PLAIN_USER],
    ...given,
  }
}
