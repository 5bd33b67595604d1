// Sign-in and tokens through real MSAL, against the practice tenant.
import net from 'node:net'
import tls from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Cloud } from '../../main/contract/models/connection.ts'
import { AppError } from '../../main/core/app-error.ts'
import type { AdminToken } from '../../main/core/ports/auth.ts'
import { GRAPH_COMMAND_LINE_TOOLS } from '../../main/core/settings.ts'
import { createMsalAuth } from '../../main/node/msal-auth.ts'
import { enterDeviceCode, signInAs } from '../../main/practice/browser-person.ts'
import { type PracticeTenant, startPracticeTenant } from '../../main/practice/practice-tenant.ts'
import { MemorySecrets } from '../fakes/memory-ports.ts'

const GLOBAL_ADMINISTRATOR = '62e90394-69f5-4237-9190-012177145e10'

let tenant: PracticeTenant
let cloud: Cloud
/** Form fields of every token request, the latest last. */
let tokenRequests: Record<string, unknown>[] = []

beforeAll(async () => {
  tenant = await startPracticeTenant({
    replicationDelayMs: 0,
    tap: ({ phase, path, requestBody }) => {
      if (phase !== 'received' || !path.includes('/token')) return
      if (typeof requestBody === 'object' && requestBody !== null) {
        tokenRequests.push({ ...requestBody })
      }
    },
  })
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), tenant.caPem])
  cloud = {
    id: 'custom',
    displayName: 'Practice tenant',
    loginHost: tenant.loginHost,
    graphHost: tenant.graphHost,
  }
})
afterEach(() => {
  tokenRequests = []
  for (const { name } of tenant.control.faults) tenant.control.setFault(name, false)
})
afterAll(() => tenant.close())

describe('signing in with the browser', () => {
  it('brings a token of the administrator, with roles and tenant', async () => {
    const { admin } = open()
    const token = await signIn(admin)
    expect(token.tenantId).toBe(tenant.tenantId)
    expect(token.username).toBe(personOf('global-admin').userPrincipalName)
    expect(token.displayName).toBe(personOf('global-admin').displayName)
    expect(token.roleTemplateIds).toContain(GLOBAL_ADMINISTRATOR)
    expect(token.expiresAt.getTime()).toBeGreaterThan(Date.now())
    expect(tokenRequests[0]?.['code_verifier']).toBeTypeOf('string')
  })

  it('shows a page of ours at the end', async () => {
    const { admin } = open()
    const pages: string[] = []
    const browse: typeof fetch = async (input, init) => {
      const response = await fetch(input, init)
      const { url } = new Request(input)
      if (url.startsWith('http://localhost')) pages.push(await response.clone().text())
      return response
    }
    await admin.signInWithBrowser({
      scopes: scopes(),
      onUrl: (authorizeUrl) =>
        signInAs({ authorizeUrl, person: personOf('global-admin'), fetch: browse }),
      signal: new AbortController().signal,
    })
    expect(pages[0]).toContain('You can close this tab and return to EMI Tray')
    expect(pages[0]).toMatch(/^<!doctype html>/)
  })

  it('keeps its tokens in the vault, from where the next start renews them', async () => {
    const secrets = new MemorySecrets()
    await signIn(open(secrets).admin)
    expect([...secrets.values.keys()]).toEqual(['msalCache'])
    tokenRequests = []
    const again = open(secrets).admin
    const kept = await again.acquireSilently({ scopes: scopes() })
    expect(kept?.username).toBe(personOf('global-admin').userPrincipalName)
    expect(tokenRequests).toHaveLength(0)
    const renewed = await again.acquireSilently({ scopes: scopes(), forceRefresh: true })
    expect(renewed?.accessToken).not.toBe(kept?.accessToken)
    expect(tokenRequests[0]?.['grant_type']).toBe('refresh_token')
  })

  it('holds one administrator only: the last one', async () => {
    const { admin } = open()
    await signIn(admin, 'global-admin')
    await signIn(admin, 'application-admin')
    const token = await admin.acquireSilently({ scopes: scopes() })
    expect(token?.username).toBe(personOf('application-admin').userPrincipalName)
  })

  it('holds the last one also where the same person signed in at another host before', async () => {
    const secrets = new MemorySecrets()
    await signIn(open(secrets).admin)
    // As after a restart: the practice tenant's sign-in is at another port then.
    const kept = (await secrets.get('msalCache')) ?? ''
    const { host } = new URL(cloud.loginHost)
    await secrets.set('msalCache', kept.replaceAll(host, 'localhost:9'))
    const { admin } = open(secrets)
    await signIn(admin)
    expect(await admin.acquireSilently({ scopes: scopes(), forceRefresh: true })).not.toBeNull()
  })

  it('sends the claims that Graph asks for', async () => {
    const { admin } = open()
    await signIn(admin)
    tokenRequests = []
    const claims = '{"access_token":{"nbf":{"essential":true,"value":"1"}}}'
    expect(await admin.acquireSilently({ scopes: scopes(), claims })).not.toBeNull()
    expect(tokenRequests[0]?.['claims']).toContain('"essential":true')
    expect(tokenRequests[0]?.['claims']).toContain('CP1')
  })

  it('takes the claims of a challenge to the page where the person signs in', async () => {
    const { admin } = open()
    const urls: string[] = []
    await admin.signInWithBrowser({
      scopes: scopes(),
      claims: '{"access_token":{"nbf":{"essential":true,"value":"1"}}}',
      onUrl: (authorizeUrl) => {
        urls.push(authorizeUrl)
        return signInAs({ authorizeUrl, person: personOf('global-admin') })
      },
      signal: new AbortController().signal,
    })
    expect(new URL(urls[0] ?? '').searchParams.get('claims')).toContain('"essential":true')
  })

  it('is consent-refused when the person declines', async () => {
    // A tenant of its own: in the shared one, consent was given by other tests.
    const fresh = await startPracticeTenant()
    tls.setDefaultCACertificates([...tls.getCACertificates('default'), fresh.caPem])
    try {
      const { loginHost, graphHost } = fresh
      const { admin } = open(new MemorySecrets(), { loginHost, graphHost })
      const refused = admin.signInWithBrowser({
        scopes: [`${graphHost}/Application.ReadWrite.All`],
        onUrl: (authorizeUrl) =>
          signInAs({ authorizeUrl, person: personOf('global-admin'), consent: 'refuse' }),
        signal: new AbortController().signal,
      })
      expect(await codeOf(refused)).toBe('consent-refused')
    } finally {
      await fresh.close()
    }
  })

  it('stops at once when it is cancelled, and gives its port back', async () => {
    const { admin } = open()
    const controller = new AbortController()
    const urls: string[] = []
    const waiting = admin.signInWithBrowser({
      scopes: scopes(),
      onUrl: (url) => {
        urls.push(url)
        setImmediate(() => {
          controller.abort(new AppError('sign-in-cancelled', { message: 'x.', nextStep: 'y.' }))
        })
        return Promise.resolve()
      },
      signal: controller.signal,
    })
    expect(await codeOf(waiting)).toBe('sign-in-cancelled')
    const redirectUri = new URL(urls[0] ?? '').searchParams.get('redirect_uri') ?? ''
    expect(await isListening(Number(new URL(redirectUri).port))).toBe(false)
  })

  it('does not begin when it was cancelled before', async () => {
    const { admin } = open()
    const signal = AbortSignal.abort(
      new AppError('sign-in-cancelled', { message: 'x.', nextStep: 'y.' }),
    )
    const work = admin.signInWithBrowser({
      scopes: scopes(),
      onUrl: () => Promise.reject(new Error('must not be called')),
      signal,
    })
    expect(await codeOf(work)).toBe('sign-in-cancelled')
  })
})

describe('signing in with a device code', () => {
  it('brings a token once the code was entered', async () => {
    const { admin } = open()
    let entered: Promise<void> = Promise.resolve()
    const token = await admin.signInWithDeviceCode({
      scopes: scopes(),
      onCode: ({ userCode, verificationUri, expiresAt }) => {
        expect(expiresAt.getTime()).toBeGreaterThan(Date.now())
        entered = enterDeviceCode({ userCode, verificationUri, person: personOf('global-admin') })
      },
      signal: new AbortController().signal,
    })
    await entered
    expect(token.tenantId).toBe(tenant.tenantId)
  })

  it('stops when it is cancelled', async () => {
    const { admin } = open()
    const controller = new AbortController()
    const work = admin.signInWithDeviceCode({
      scopes: scopes(),
      onCode: () => {
        controller.abort(new AppError('sign-in-cancelled', { message: 'x.', nextStep: 'y.' }))
      },
      signal: controller.signal,
    })
    expect(await codeOf(work)).toBe('sign-in-cancelled')
  })
})

describe('signing out', () => {
  it('leaves nothing in the vault', async () => {
    const secrets = new MemorySecrets()
    const { admin } = open(secrets)
    await signIn(admin)
    await admin.signOut()
    expect(secrets.values.size).toBe(0)
    expect(await admin.acquireSilently({ scopes: scopes() })).toBeNull()
  })
})

describe('a way that is closed', () => {
  it('is told apart: nobody there, and a certificate that is not trusted', async () => {
    const dead = open(new MemorySecrets(), { loginHost: `https://127.0.0.1:${await freePort()}` })
    expect(await codeOf(signIn(dead.admin))).toBe('network-unreachable')
    const trusted = tls.getCACertificates('default')
    tls.setDefaultCACertificates(tls.getCACertificates('bundled'))
    try {
      const fresh = await startPracticeTenant()
      try {
        const distrusting = open(new MemorySecrets(), { loginHost: fresh.loginHost })
        expect(await codeOf(signIn(distrusting.admin))).toBe('tls-untrusted')
      } finally {
        await fresh.close()
      }
    } finally {
      tls.setDefaultCACertificates(trusted)
    }
  })

  it('by a sign-in service that is down is said to be theirs', async () => {
    const { admin, app } = open()
    await signIn(admin)
    tenant.control.setFault('token-endpoint-down', true)
    const renewing = admin.acquireSilently({ scopes: scopes(), forceRefresh: true })
    expect(await codeOf(renewing)).toBe('graph-unavailable')
    const credentials = { tenantId: tenant.tenantId, clientId: UNKNOWN, clientSecret: 'x' }
    expect(await codeOf(app.acquire(credentials))).toBe('graph-unavailable')
  })
})

describe('the application’s token', () => {
  it('is refused for an unknown application, in words for it', async () => {
    const { app } = open()
    const credentials = { tenantId: tenant.tenantId, clientId: UNKNOWN, clientSecret: 'x' }
    expect(await codeOf(app.acquire(credentials))).toBe('application-missing')
  })

  it('is asked for the service that it is to be for', async () => {
    const { app } = open()
    const credentials = { tenantId: tenant.tenantId, clientId: UNKNOWN, clientSecret: 'x' }
    await codeOf(app.acquire(credentials))
    await codeOf(app.acquire({ ...credentials, resource: UNKNOWN }))
    const scopesAsked = tokenRequests.map(({ scope }) => String(scope).split(' ')[0])
    expect(scopesAsked).toEqual([`${tenant.graphHost}/.default`, `${UNKNOWN}/.default`])
  })

  it('is refused for an unknown tenant', async () => {
    const { app } = open()
    const credentials = { tenantId: UNKNOWN, clientId: UNKNOWN, clientSecret: 'x' }
    expect(await codeOf(app.acquire(credentials))).toBe('wrong-tenant')
  })

  it('is not asked for when it was cancelled before', async () => {
    const { app } = open()
    const signal = AbortSignal.abort(new AppError('cancelled', { message: 'x.', nextStep: 'y.' }))
    const work = app.acquire({ tenantId: UNKNOWN, clientId: UNKNOWN, clientSecret: 'x', signal })
    expect(await codeOf(work)).toBe('cancelled')
    expect(tokenRequests).toHaveLength(0)
  })
})

const UNKNOWN = '0f0f0f0f-1111-4222-8333-444444444444'

function open(secrets = new MemorySecrets(), other: Partial<Cloud> = {}) {
  return createMsalAuth({
    cloud: { ...cloud, ...other },
    bootstrapClientId: GRAPH_COMMAND_LINE_TOOLS,
    secrets,
  })
}

function signIn(
  admin: ReturnType<typeof open>['admin'],
  role: 'global-admin' | 'application-admin' = 'global-admin',
): Promise<AdminToken> {
  return admin.signInWithBrowser({
    scopes: scopes(),
    onUrl: (authorizeUrl) => signInAs({ authorizeUrl, person: personOf(role) }),
    signal: new AbortController().signal,
  })
}

function scopes(): string[] {
  return ['Application.ReadWrite.All', 'User.Read'].map((name) => `${cloud.graphHost}/${name}`)
}

function personOf(role: 'global-admin' | 'application-admin') {
  const person = tenant.people.find((one) => one.role === role)
  if (!person) throw new Error(`Nobody is ${role}.`)
  return person
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'none'
  } catch (error) {
    if (error instanceof AppError) return error.code
    throw error
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port })
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer()
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port)
        else reject(new Error('No port.'))
      })
    })
  })
}
