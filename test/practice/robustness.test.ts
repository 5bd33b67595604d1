// The practice tenant as a server: its certificate, its port, odd requests, and an end that is an end.
import { X509Certificate } from 'node:crypto'
import { connect } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { startPracticeTenant } from '../../main/practice/practice-tenant.ts'
import {
  graphWith,
  personWith,
  provision,
  requestAppToken,
  startTenant,
  tokenFor,
  trust,
} from './support.ts'

describe('the practice tenant', () => {
  it('has a certificate for this computer only, from an authority that can sign no other name', async () => {
    const tenant = await startTenant()
    const authority = new X509Certificate(tenant.caPem)
    expect(authority.ca).toBe(true)
    expect(authority.verify(authority.publicKey)).toBe(true)
    const port = Number(new URL(tenant.origin).port)
    const host = '127.0.0.1'
    const certificate = await new Promise<X509Certificate | undefined>((resolve, reject) => {
      const socket = connect({ host, port, ca: tenant.caPem, servername: 'localhost' }, () => {
        resolve(socket.getPeerX509Certificate())
        socket.destroy()
      })
      socket.on('error', reject)
    })
    expect(certificate?.subjectAltName).toContain('DNS:localhost')
    expect(certificate?.checkHost('localhost')).toBe('localhost')
    expect(certificate?.checkIP('127.0.0.1')).toBe('127.0.0.1')
  })

  it('answers odd requests and lives on', async () => {
    const tenant = await startTenant()
    const odd: [string, RequestInit][] = [
      ['/', {}],
      ['/%ZZ/oauth2', {}],
      [`/${tenant.tenantId}/oauth2/v2.0/token`, { method: 'POST', body: '{"a":' }],
      [`/${tenant.tenantId}/oauth2/v2.0/token`, { method: 'POST', body: new URLSearchParams({}) }],
      ['/practice/account', { method: 'POST', body: new URLSearchParams({ ticket: 'none' }) }],
      ['/practice/consent', { method: 'POST', body: new URLSearchParams({ ticket: 'none' }) }],
      ['/v1.0/applications(appId=%27%ZZ%27)', {}],
      ['/beta/me', {}],
    ]
    for (const [path, init] of odd) {
      const response = await fetch(tenant.origin + path, init)
      expect(response.status, path).toBeGreaterThanOrEqual(400)
      expect(response.status, path).toBeLessThan(500)
      await response.text()
    }
  })

  it('stops listening and lets go of its connections at once', async () => {
    const tenant = await startPracticeTenant()
    trust(tenant.caPem)
    const response = await fetch(`${tenant.origin}/devicelogin`)
    await response.text()
    tenant.control.setTraffic({ on: true, perMinute: 600 })
    await tenant.close()
    await expect(fetch(`${tenant.origin}/devicelogin`)).rejects.toThrow()
  })

  it('lets an observer see every exchange twice, before and after', async () => {
    const phases: string[] = []
    const tenant = await startTenant({
      tap: (exchange) => {
        phases.push(`${exchange.phase} ${exchange.host} ${exchange.path} ${exchange.status ?? ''}`)
      },
    })
    const response = await fetch(`${tenant.graphHost}/v1.0/me?$select=id`)
    await response.text()
    expect(phases).toEqual([
      'received graph /v1.0/me?$select=id ',
      'handled graph /v1.0/me?$select=id 401',
    ])
  })

  it('has people with names, roles and addresses of its own', async () => {
    const tenant = await startTenant()
    expect(tenant.tenantDomain).toBe('contoso-practice.example')
    const roles = tenant.people.map((person) => person.role)
    expect(roles).toEqual(expect.arrayContaining(['global-admin', 'application-admin', 'user']))
    const names = new Set(tenant.people.map((person) => person.userPrincipalName))
    expect(names.size).toBe(tenant.people.length)
  })

  it('answers nonsense in bodies, keys and queries with 4xx, and shows its objects afterwards', async () => {
    const tenant = await startTenant()
    const app = await provision(tenant, ['Chat.Read.All'])
    const token = await tokenFor(tenant, personWith(tenant, 'global-admin'))
    const graph = graphWith(tenant, token)
    const path = `/applications/${app.objectId}`
    const values: unknown[] = [7, null, '', true, [], [null], [7], {}, { redirectUris: 7 }]
    const names = ['displayName', 'web', 'spa', 'requiredResourceAccess', 'tags', 'signInAudience']
    for (const name of [...names, 'passwordCredentials', 'constructor', '__proto__']) {
      for (const value of values) {
        const body: unknown = JSON.parse(`{${JSON.stringify(name)}:${JSON.stringify(value)}}`)
        const answer = await graph('PATCH', path, { body })
        expect(answer.status, JSON.stringify(body)).toBeLessThan(500)
      }
    }
    const posts: [string, unknown][] = [
      [`${path}/addPassword`, { passwordCredential: { endDateTime: 'soon' } }],
      [`${path}/addPassword`, { passwordCredential: { endDateTime: '2001-01-01T00:00:00Z' } }],
      [`${path}/removePassword`, { keyId: 7 }],
      ['/servicePrincipals', { appId: 7 }],
      ['/oauth2PermissionGrants', { clientId: app.servicePrincipalId, scope: 7 }],
      [`/servicePrincipals/${app.graphServicePrincipalId}/appRoleAssignedTo`, { principalId: [] }],
      ['/directory/deletedItems/none/restore', undefined],
    ]
    for (const [address, body] of posts) {
      const answer = await graph('POST', address, body === undefined ? {} : { body })
      expect([400, 404], address).toContain(answer.status)
    }
    const gets = [
      '/applications?$filter=',
      "/applications?$filter=displayName eq 'x",
      '/applications?$top=0',
      '/applications?$skiptoken=x',
      "/applications(appId='')",
      "/applications(uniqueName='%ZZ')",
      '/directory/deletedItems/none',
      '/directory/deletedItems/microsoft.graph.user',
      '/directory/deletedItems/microsoft.graph.application?$filter=nothing eq 1',
      '/roleManagement/directory/roleDefinitions/none',
      '/roleManagement/directory/roleAssignments?$filter=nope',
    ]
    for (const address of gets) {
      expect((await graph('GET', address)).status, address).toBeLessThan(500)
    }
    expect((await graph('GET', '/applications')).status).toBe(200)
    expect((await graph('GET', `${path}?$expand=owners`)).status).toBe(200)
    tenant.control.act('add-surplus')
    tenant.control.act('make-similar-applications')
    expect((await requestAppToken(tenant, app)).status).toBe(200)
    expect(() => tenant.snapshot()).not.toThrow()
  })
})
