// Signing in to the practice tenant as an administrator does, with the real MSAL.
import {
  type AuthenticationResult,
  type INetworkModule,
  type NetworkResponse,
  PublicClientApplication,
} from '@azure/msal-node'
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { enterDeviceCode, signInAs } from '../../main/practice/browser-person.ts'
import type { PracticePerson, PracticeTenant } from '../../main/practice/practice-tenant.ts'
import {
  ADMIN_SCOPES,
  BOOTSTRAP,
  graphWith,
  personWith,
  postForm,
  startTenant,
  text,
  tokenFor,
} from './support.ts'

function newClient(tenant: PracticeTenant, authority = tenant.tenantId, network?: INetworkModule) {
  return new PublicClientApplication({
    auth: {
      clientId: BOOTSTRAP,
      authority: `${tenant.loginHost}/${authority}`,
      knownAuthorities: [new URL(tenant.loginHost).host],
    },
    ...(network ? { system: { networkClient: network } } : {}),
  })
}

function signIn(
  tenant: PracticeTenant,
  person: PracticePerson,
  options: { authority?: string; consent?: 'accept' | 'refuse'; scopes?: string[] } = {},
): Promise<AuthenticationResult> {
  return newClient(tenant, options.authority).acquireTokenInteractive({
    scopes: options.scopes ?? ADMIN_SCOPES.map((scope) => `${tenant.graphHost}/${scope}`),
    openBrowser: (authorizeUrl) =>
      signInAs({ authorizeUrl, person, consent: options.consent ?? 'accept' }),
  })
}

describe('interactive sign-in', () => {
  it('gives an administrator a token with the scopes asked for and the role in it', async () => {
    const tenant = await startTenant()
    const person = personWith(tenant, 'global-admin')
    const result = await signIn(tenant, person)
    expect(result.account?.username).toBe(person.userPrincipalName)
    expect(result.tenantId).toBe(tenant.tenantId)
    const claims = decodeJwt(result.accessToken)
    expect(String(claims['scp']).split(' ')).toEqual(expect.arrayContaining(ADMIN_SCOPES))
    expect(claims['wids']).toContain('62e90394-69f5-4237-9190-012177145e10')
    expect(claims['oid']).toBe(person.id)
    const me = await graphWith(tenant, result.accessToken)('GET', '/me')
    expect(me.json['userPrincipalName']).toBe(person.userPrincipalName)
  })

  it('works when the tenant is not known beforehand (organizations)', async () => {
    const tenant = await startTenant()
    const result = await signIn(tenant, personWith(tenant, 'application-admin'), {
      authority: 'organizations',
    })
    expect(result.tenantId).toBe(tenant.tenantId)
  })

  it('renews the token silently, and refuses the refresh token once it was used long ago', async () => {
    let time = Date.now()
    const tokenRequests: Record<string, unknown>[] = []
    const tenant = await startTenant({
      now: () => new Date(time),
      tap: (exchange) => {
        if (exchange.phase === 'received' && exchange.path.includes('/token')) {
          tokenRequests.push({ ...(exchange.requestBody as object) })
        }
      },
    })
    const scopes = ['User.Read']
    const client = newClient(tenant)
    const first = await client.acquireTokenInteractive({
      scopes,
      openBrowser: (authorizeUrl) => signInAs({ authorizeUrl, person: personWith(tenant, 'user') }),
    })
    if (!first.account) throw new Error('no account')
    const renewed = await client.acquireTokenSilent({
      scopes,
      account: first.account,
      forceRefresh: true,
    })
    expect(renewed.accessToken).not.toBe(first.accessToken)
    time += 5 * 60_000
    const used = tokenRequests.find((form) => form['grant_type'] === 'refresh_token')
    const again = await postForm(
      `${tenant.loginHost}/${tenant.tenantId}/oauth2/v2.0/token`,
      Object.fromEntries(Object.entries(used ?? {}).map(([name, value]) => [name, String(value)])),
    )
    expect(again.status).toBe(400)
    expect(again.json['error']).toBe('invalid_grant')
  })

  it('can show its pages over http on loopback, and nothing else there', async () => {
    const tenant = await startTenant({ pagesOverHttp: true })
    const opened: string[] = []
    const person = personWith(tenant, 'user')
    const result = await newClient(tenant).acquireTokenInteractive({
      scopes: ['User.Read'],
      openBrowser: (authorizeUrl) => {
        opened.push(new URL(authorizeUrl).origin)
        return signInAs({ authorizeUrl, person })
      },
    })
    expect(result.account?.username).toBe(person.userPrincipalName)
    expect(opened).toEqual([tenant.pagesOrigin])
    expect(tenant.pagesOrigin).toMatch(/^http:\/\/localhost:\d+$/)
    for (const path of ['/v1.0/me', `/${tenant.tenantId}/oauth2/v2.0/token`]) {
      const response = await fetch(tenant.pagesOrigin + path, { method: 'POST', body: 'a=b' })
      expect(response.status).toBe(404)
      await response.text()
    }
  })

  it('asks for consent once only', async () => {
    const tenant = await startTenant()
    const person = personWith(tenant, 'global-admin')
    await signIn(tenant, person)
    // Refusing needs a consent page; the second time there is none.
    const result = await signIn(tenant, person, { consent: 'refuse' })
    expect(result.accessToken).not.toBe('')
  })

  it('brings a refused consent back to the application as access_denied', async () => {
    const tenant = await startTenant()
    const attempt = signIn(tenant, personWith(tenant, 'global-admin'), { consent: 'refuse' })
    await expect(attempt).rejects.toMatchObject({
      errorCode: 'access_denied',
      errorMessage: expect.stringContaining('AADSTS65004') as string,
    })
  })

  it('refuses admin-only scopes to somebody without a role', async () => {
    const tenant = await startTenant()
    await expect(signIn(tenant, personWith(tenant, 'user'))).rejects.toMatchObject({
      errorMessage: expect.stringContaining('AADSTS90094') as string,
    })
    const allowed = await signIn(tenant, personWith(tenant, 'user'), { scopes: ['User.Read'] })
    expect(decodeJwt(allowed.accessToken)['scp']).toBe('User.Read')
  })

  it('signs id tokens that the published keys verify, with issuer, audience and nonce', async () => {
    const tenant = await startTenant()
    const result = await signIn(tenant, personWith(tenant, 'user'), { scopes: ['User.Read'] })
    const base = `${tenant.loginHost}/${tenant.tenantId}`
    const discovery = (await (
      await fetch(`${base}/v2.0/.well-known/openid-configuration`)
    ).json()) as Record<string, string>
    const keys = createRemoteJWKSet(new URL(discovery['jwks_uri'] ?? ''))
    const { payload } = await jwtVerify(result.idToken, keys, {
      issuer: discovery['issuer'] ?? '',
      audience: BOOTSTRAP,
    })
    expect(payload['tid']).toBe(tenant.tenantId)
  })
})

describe('device code', () => {
  it('signs in with a code entered on another device', async () => {
    const tenant = await startTenant()
    const person = personWith(tenant, 'application-admin')
    let entered: Promise<void> | undefined
    // The first poll waits until the code was entered, so that no real waiting time passes.
    const network: INetworkModule = {
      sendGetRequestAsync: (url) => fetchJson(url),
      sendPostRequestAsync: async (url, options) => {
        const body = options?.body ?? ''
        if (body.includes('grant_type=device_code')) await entered
        return fetchJson(url, { method: 'POST', body, headers: options?.headers ?? {} })
      },
    }
    const client = newClient(tenant, tenant.tenantId, network)
    const result = await client.acquireTokenByDeviceCode({
      scopes: ['User.Read'],
      deviceCodeCallback: ({ userCode, verificationUri }) => {
        entered = enterDeviceCode({ userCode, verificationUri, person })
      },
    })
    expect(result?.account?.username).toBe(person.userPrincipalName)
  })

  it('says pending, slow down and expired', async () => {
    let time = Date.parse('2026-11-23T09:00:00Z')
    const tenant = await startTenant({ now: () => new Date(time) })
    const base = `${tenant.loginHost}/organizations/oauth2/v2.0`
    const { json: device } = await postForm(`${base}/devicecode`, {
      client_id: BOOTSTRAP,
      scope: 'User.Read',
    })
    const poll = async () => {
      const { json } = await postForm(`${base}/token`, {
        grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
        client_id: BOOTSTRAP,
        device_code: text(device, 'device_code'),
      })
      return json['error']
    }
    expect(await poll()).toBe('authorization_pending')
    time += 5_000
    expect(await poll()).toBe('authorization_pending')
    time += 1_000
    expect(await poll()).toBe('slow_down')
    time += 900_000
    expect(await poll()).toBe('expired_token')
    const late = enterDeviceCode({
      verificationUri: text(device, 'verification_uri'),
      userCode: text(device, 'user_code'),
      person: personWith(tenant, 'user'),
    })
    await expect(late).rejects.toThrow('That code did not work')
  })
})

describe('authorize', () => {
  const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
  const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
  const authorizeUrl = (tenant: PracticeTenant, change: Record<string, string> = {}) => {
    const url = new URL(`${tenant.loginHost}/${tenant.tenantId}/oauth2/v2.0/authorize`)
    const query = {
      client_id: BOOTSTRAP,
      response_type: 'code',
      redirect_uri: 'http://localhost:4999',
      response_mode: 'query',
      scope: 'openid offline_access User.Read',
      code_challenge: challenge,
      code_challenge_method: 'S256',
      state: 'abc & <def>',
      ...change,
    }
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    return url.href
  }
  /** Signs in without an application: what would reach it is returned instead. */
  const resultOf = async (tenant: PracticeTenant, change: Record<string, string> = {}) => {
    let reached = new URLSearchParams()
    await signInAs({
      authorizeUrl: authorizeUrl(tenant, change),
      person: personWith(tenant, 'user'),
      fetch: (input, init) => {
        const address = input instanceof Request ? input.url : String(input)
        if (!address.startsWith('http://localhost:4999')) return fetch(input, init)
        reached = init?.body instanceof URLSearchParams ? init.body : new URL(address).searchParams
        return Promise.resolve(new Response(''))
      },
    })
    return reached
  }
  const redeem = (tenant: PracticeTenant, code: string, change: Record<string, string> = {}) =>
    postForm(`${tenant.loginHost}/${tenant.tenantId}/oauth2/v2.0/token`, {
      grant_type: 'authorization_code',
      client_id: BOOTSTRAP,
      code,
      redirect_uri: 'http://localhost:4999',
      code_verifier: verifier,
      scope: 'openid offline_access User.Read',
      ...change,
    })

  it('returns the state untouched and a code that works exactly once', async () => {
    const tenant = await startTenant()
    for (const response_mode of ['query', 'form_post']) {
      const reached = await resultOf(tenant, { response_mode })
      expect(reached.get('state')).toBe('abc & <def>')
      const code = reached.get('code') ?? ''
      expect((await redeem(tenant, code)).status).toBe(200)
      const second = await redeem(tenant, code)
      expect(second.json['error_codes']).toEqual([54005])
    }
  })

  it('refuses a wrong verifier, a late code and another redirect address', async () => {
    let time = Date.now()
    const tenant = await startTenant({ now: () => new Date(time) })
    const code = (await resultOf(tenant)).get('code') ?? ''
    const wrong = await redeem(tenant, code, { code_verifier: 'x'.repeat(43) })
    expect(wrong.json['error_codes']).toEqual([501481])
    const elsewhere = await redeem(tenant, code, { redirect_uri: 'http://localhost:5000' })
    expect(elsewhere.json['error_codes']).toEqual([50011])
    time += 6 * 60_000
    expect((await redeem(tenant, code)).json['error_codes']).toEqual([70008])
  })

  it('asks a public client for PKCE', async () => {
    const tenant = await startTenant()
    const reached = await resultOf(tenant, { code_challenge_method: 'plain' })
    expect(reached.get('error')).toBe('invalid_request')
    expect(reached.get('error_description')).toContain('AADSTS9002325')
  })

  it('shows unknown clients and foreign redirect addresses to the person only', async () => {
    const tenant = await startTenant()
    const unknown = await fetch(
      authorizeUrl(tenant, { client_id: '11111111-1111-4111-8111-111111111111' }),
    )
    expect(unknown.status).toBe(400)
    expect(await unknown.text()).toContain('AADSTS700016')
    const foreign = await fetch(authorizeUrl(tenant, { redirect_uri: 'https://evil.example/cb' }), {
      redirect: 'manual',
    })
    expect(foreign.headers.get('location')).toBeNull()
    expect(await foreign.text()).toContain('AADSTS50011')
  })

  it('serves pages that run nothing but their own script and say they are not Microsoft', async () => {
    const tenant = await startTenant()
    const page = await fetch(authorizeUrl(tenant, { login_hint: '"><script>alert(1)</script>' }))
    const html = await page.text()
    expect(html).toContain('Practice tenant: nothing here touches Microsoft.')
    expect(html).not.toContain('<script')
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    for (const person of tenant.people) expect(html).toContain(person.userPrincipalName)
  })

  it('names an unknown tenant and a scope that does not exist', async () => {
    const tenant = await startTenant()
    const other = '22222222-2222-4222-8222-222222222222'
    const discovery = await fetch(
      `${tenant.loginHost}/${other}/v2.0/.well-known/openid-configuration`,
    )
    expect(discovery.status).toBe(400)
    expect(((await discovery.json()) as Record<string, unknown>)['error_codes']).toEqual([90002])
    const reached = await resultOf(tenant, { scope: 'Pizza.Order.All' })
    expect(reached.get('error_description')).toContain('AADSTS650053')
  })

  it('lets no stranger in: a token of another tenant is refused by Graph', async () => {
    const tenant = await startTenant()
    const other = await startTenant()
    const token = await tokenFor(other, personWith(other, 'global-admin'))
    const answer = await graphWith(tenant, token)('GET', '/me')
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toContain('Bearer')
  })
})

async function fetchJson<T>(url: string, init?: RequestInit): Promise<NetworkResponse<T>> {
  const response = await fetch(url, init)
  const body = (await response.json()) as T
  return { status: response.status, headers: Object.fromEntries(response.headers), body }
}
