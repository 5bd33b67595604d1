// Continuous access evaluation: Graph challenges clients that say they can answer, and no others.
import { PublicClientApplication } from '@azure/msal-node'
import { describe, expect, it } from 'vitest'
import { signInAs } from '../../main/practice/browser-person.ts'
import type { PracticeTenant } from '../../main/practice/practice-tenant.ts'
import {
  BOOTSTRAP,
  errorCode,
  graphAsApp,
  graphWith,
  personWith,
  postForm,
  provision,
  startTenant,
  tokenFor,
} from './support.ts'

const scopes = ['User.Read']

function msal(tenant: PracticeTenant): PublicClientApplication {
  return new PublicClientApplication({
    auth: {
      clientId: BOOTSTRAP,
      authority: `${tenant.loginHost}/${tenant.tenantId}`,
      knownAuthorities: [new URL(tenant.loginHost).host],
      clientCapabilities: ['CP1'],
    },
  })
}

function challengeIn(headers: Headers): string {
  const header = headers.get('www-authenticate') ?? ''
  expect(header).toContain('error="insufficient_claims"')
  return Buffer.from(/claims="([^"]+)"/.exec(header)?.[1] ?? '', 'base64').toString('utf8')
}

describe('a claims challenge', () => {
  it('is answered by a token that was asked for with its claims', async () => {
    const tenant = await startTenant()
    tenant.control.setFault('cae-claims-challenge', true)
    const client = msal(tenant)
    const person = personWith(tenant, 'user')
    const first = await client.acquireTokenInteractive({
      scopes,
      openBrowser: (authorizeUrl) => signInAs({ authorizeUrl, person }),
    })
    if (!first.account) throw new Error('no account')
    const challenged = await graphWith(tenant, first.accessToken)('GET', '/me')
    expect([challenged.status, errorCode(challenged)]).toEqual([401, 'InvalidAuthenticationToken'])
    const claims = challengeIn(challenged.headers)
    const { account } = first
    const plain = await client.acquireTokenSilent({ scopes, account, forceRefresh: true })
    expect((await graphWith(tenant, plain.accessToken)('GET', '/me')).status).toBe(401)
    const answered = await client.acquireTokenSilent({ scopes, account, claims })
    const graph = graphWith(tenant, answered.accessToken)
    expect((await graph('GET', '/me')).status).toBe(200)
    expect((await graph('GET', '/me')).status).toBe(200)
    tenant.control.setFault('cae-claims-challenge', false)
    expect((await graphWith(tenant, plain.accessToken)('GET', '/me')).status).toBe(200)
  })

  it('is never sent to clients that do not declare CP1, nor to applications', async () => {
    const tenant = await startTenant()
    const app = await provision(tenant, ['User.Read.All'])
    tenant.control.setFault('cae-claims-challenge', true)
    const token = await tokenFor(tenant, personWith(tenant, 'user'), { scopes })
    expect((await graphWith(tenant, token)('GET', '/me')).status).toBe(200)
    expect((await (await graphAsApp(tenant, app))('GET', '/users')).status).toBe(200)
  })

  it('does not break over claims that are no JSON', async () => {
    const tenant = await startTenant()
    const client = msal(tenant)
    const { account } = await client.acquireTokenInteractive({
      scopes,
      openBrowser: (authorizeUrl) => signInAs({ authorizeUrl, person: personWith(tenant, 'user') }),
    })
    if (!account) throw new Error('no account')
    const cache = JSON.parse(client.getTokenCache().serialize()) as {
      RefreshToken: Record<string, { secret: string }>
    }
    const [kept] = Object.values(cache.RefreshToken)
    for (const claims of ['{', '7', '[]', 'null', '"x"']) {
      const { status, json } = await postForm(
        `${tenant.loginHost}/${tenant.tenantId}/oauth2/v2.0/token`,
        {
          grant_type: 'refresh_token',
          client_id: BOOTSTRAP,
          refresh_token: kept?.secret ?? '',
          scope: 'User.Read',
          claims,
        },
      )
      expect([status, json['error_codes']], claims).toEqual([400, [50146]])
    }
  })
})
