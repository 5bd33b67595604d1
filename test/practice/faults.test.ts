// The faults of the practice tenant: each does what it says, and nothing once it is off again.
import { describe, expect, it } from 'vitest'
import { signInAs } from '../../main/practice/browser-person.ts'
import type { PracticeFault } from '../../main/practice/practice-tenant.ts'
import {
  graphWith,
  personWith,
  provision,
  requestAppToken,
  startTenant,
  tokenFor,
} from './support.ts'

describe('faults', () => {
  it('are listed with a sentence each, and are off at first', async () => {
    const tenant = await startTenant()
    expect(tenant.control.faults.length).toBe(15)
    for (const fault of tenant.control.faults) {
      expect(fault.on).toBe(false)
      expect(fault.description).toMatch(/^[A-Z].+\.$/)
      expect(['account', 'policy', 'directory', 'service', 'webhook']).toContain(fault.group)
    }
    tenant.control.setFault('throttling', true)
    expect(tenant.control.faults.find((one) => one.name === 'throttling')?.on).toBe(true)
    expect(() => tenant.control.setFault('rain' as PracticeFault, true)).toThrow('rain')
  })

  it('throttling answers every third request with 429 and Retry-After', async () => {
    const tenant = await startTenant()
    const token = await tokenFor(tenant, personWith(tenant, 'user'), { scopes: ['User.Read'] })
    const graph = graphWith(tenant, token)
    tenant.control.setFault('throttling', true)
    const answers = []
    for (let count = 0; count < 6; count += 1) answers.push(await graph('GET', '/me'))
    const throttled = answers.filter((answer) => answer.status === 429)
    expect(throttled).toHaveLength(2)
    expect(throttled[0]?.headers.get('retry-after')).toBe('2')
    tenant.control.setFault('throttling', false)
    for (let count = 0; count < 3; count += 1) {
      expect((await graph('GET', '/me')).status).toBe(200)
    }
  })

  it('graph-unavailable and token-endpoint-down answer 503', async () => {
    const tenant = await startTenant()
    const app = await provision(tenant, [])
    tenant.control.setFault('graph-unavailable', true)
    expect((await graphWith(tenant, 'any')('GET', '/me')).status).toBe(503)
    tenant.control.setFault('token-endpoint-down', true)
    const down = await requestAppToken(tenant, app)
    expect(down).toMatchObject({ status: 503, json: { error: 'temporarily_unavailable' } })
    tenant.control.setFault('token-endpoint-down', false)
    expect((await requestAppToken(tenant, app)).status).toBe(200)
  })

  it('consent-refused declines even when Accept is pressed', async () => {
    const tenant = await startTenant()
    tenant.control.setFault('consent-refused', true)
    const url = new URL(`${tenant.loginHost}/organizations/oauth2/v2.0/authorize`)
    url.search = new URLSearchParams({
      client_id: '14d82eec-204b-4c2f-b7e8-296a70dab67e',
      response_type: 'code',
      redirect_uri: 'http://localhost:4999',
      response_mode: 'form_post',
      scope: 'User.Read',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    }).toString()
    let posted = new URLSearchParams()
    await signInAs({
      authorizeUrl: url.href,
      person: personWith(tenant, 'global-admin'),
      fetch: (input, init) => {
        const address = input instanceof Request ? input.url : String(input)
        if (!address.startsWith('http://localhost:4999')) return fetch(input, init)
        posted = init?.body as URLSearchParams
        return Promise.resolve(new Response(''))
      },
    })
    expect(posted.get('error')).toBe('access_denied')
  })
})
