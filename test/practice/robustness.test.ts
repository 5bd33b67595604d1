// The practice tenant as a server: its certificate, its port, odd requests, and an end that is an end.
import { X509Certificate } from 'node:crypto'
import { connect } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { startPracticeTenant } from '../../main/practice/practice-tenant.ts'
import { startTenant, trust } from './support.ts'

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
})
