// $batch: twenty requests in one, each with its own permission check, faults and answer.
import { describe, expect, it } from 'vitest'
import {
  errorMessage,
  graphWith,
  type GraphCaller,
  type Json,
  list,
  personWith,
  startTenant,
  text,
  tokenFor,
} from './support.ts'

const USER = { scopes: ['User.Read'] }
const JSON_TYPE = { 'Content-Type': 'application/json' }

async function send(graph: GraphCaller, requests: unknown[]): Promise<Map<string, Json>> {
  const answer = await graph('POST', '/$batch', { body: { requests } })
  expect(answer.status).toBe(200)
  return new Map(list(answer.json, 'responses').map((one) => [text(one, 'id'), one]))
}

describe('a batch', () => {
  it('reads and writes as single requests do, with or without a leading slash', async () => {
    const tenant = await startTenant()
    const graph = graphWith(tenant, await tokenFor(tenant, personWith(tenant, 'global-admin')))
    const answers = await send(graph, [
      { id: 'a', method: 'GET', url: 'me?$select=displayName' },
      {
        id: 'b',
        method: 'POST',
        url: '/applications',
        headers: JSON_TYPE,
        body: { displayName: 'EMI' },
      },
      { id: 'c', method: 'GET', url: `/users/${tenant.people[0]?.id ?? ''}/photo/$value` },
    ])
    expect(answers.get('a')).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: { displayName: personWith(tenant, 'global-admin').displayName },
    })
    expect(answers.get('b')).toMatchObject({ status: 201, body: { displayName: 'EMI' } })
    expect(tenant.control.counts().applications).toBe(1)
    expect(typeof answers.get('c')?.['body']).toBe('string')
  })

  it('gives no promise about the order of its answers', async () => {
    const tenant = await startTenant()
    const graph = graphWith(tenant, await tokenFor(tenant, personWith(tenant, 'global-admin')))
    const requests = ['1', '2', '3'].map((id) => ({ id, method: 'GET', url: '/me' }))
    const { json } = await graph('POST', '/$batch', { body: { requests } })
    const order = list(json, 'responses').map((one) => one['id'])
    expect(order).not.toEqual(['1', '2', '3'])
    expect([...order].sort()).toEqual(['1', '2', '3'])
  })

  it('runs a request after the one it depends on, or answers 424 when that failed', async () => {
    const tenant = await startTenant()
    const graph = graphWith(tenant, await tokenFor(tenant, personWith(tenant, 'global-admin')))
    const { json: app } = await graph('POST', '/applications', { body: { displayName: 'EMI' } })
    const url = `/applications/${text(app, 'id')}`
    const answers = await send(graph, [
      { id: 'read', method: 'GET', url: `${url}?$select=notes`, dependsOn: ['write'] },
      { id: 'write', method: 'PATCH', url, headers: JSON_TYPE, body: { notes: 'in turn' } },
      { id: 'fails', method: 'GET', url: '/applications/none' },
      { id: 'not run', method: 'DELETE', url, dependsOn: ['fails'] },
    ])
    expect(answers.get('write')).not.toHaveProperty('body')
    expect(answers.get('write')?.['status']).toBe(204)
    expect(answers.get('read')).toMatchObject({ body: { notes: 'in turn' } })
    expect(answers.get('fails')?.['status']).toBe(404)
    expect(answers.get('not run')?.['status']).toBe(424)
    expect(tenant.control.counts().applications).toBe(1)
  })

  it('is throttled item by item, each with its own Retry-After', async () => {
    const tenant = await startTenant()
    const graph = graphWith(tenant, await tokenFor(tenant, personWith(tenant, 'user'), USER))
    tenant.control.setFault('throttling', true)
    const requests = Array.from({ length: 6 }, (_, id) => ({
      id: `${id}`,
      method: 'GET',
      url: 'me',
    }))
    const answers = [...(await send(graph, requests)).values()]
    const throttled = answers.filter((one) => one['status'] === 429)
    expect(throttled).toHaveLength(2)
    expect(throttled[0]).toMatchObject({ headers: { 'retry-after': '2' } })
  })

  it('is refused as a whole when Graph is away or the token is no good', async () => {
    const tenant = await startTenant()
    const body = { requests: [{ id: '1', method: 'GET', url: '/me' }] }
    expect((await graphWith(tenant, 'none')('POST', '/$batch', { body })).status).toBe(401)
    tenant.control.setFault('graph-unavailable', true)
    expect((await graphWith(tenant, 'none')('POST', '/$batch', { body })).status).toBe(503)
  })

  it('that is not well formed is answered with 400', async () => {
    const tenant = await startTenant()
    const graph = graphWith(tenant, await tokenFor(tenant, personWith(tenant, 'user'), USER))
    const me = { id: '1', method: 'GET', url: '/me' }
    const bad: unknown[] = [
      {},
      { requests: 'all' },
      { requests: [] },
      { requests: [null] },
      { requests: [7] },
      { requests: Array.from({ length: 21 }, (_, id) => ({ ...me, id: `${id}` })) },
      { requests: [me, me] },
      { requests: [{ ...me, id: 1 }] },
      { requests: [{ ...me, id: '' }] },
      { requests: [{ ...me, method: 'BREW' }] },
      { requests: [{ ...me, method: undefined }] },
      { requests: [{ ...me, url: '' }] },
      { requests: [{ ...me, url: 'https://elsewhere.example/me' }] },
      { requests: [{ ...me, dependsOn: ['2'] }] },
      { requests: [{ ...me, dependsOn: ['1'] }] },
      {
        requests: [
          { ...me, dependsOn: ['2'] },
          { ...me, id: '2', dependsOn: ['1'] },
        ],
      },
      { requests: [{ id: '1', method: 'POST', url: '/applications', body: { displayName: 'x' } }] },
    ]
    for (const body of bad) {
      const answer = await graph('POST', '/$batch', { body })
      expect(answer.status, JSON.stringify(body)).toBe(400)
      expect(errorMessage(answer)).not.toBe('')
    }
    expect((await graph('GET', '/$batch')).status).toBe(405)
    const nested = { id: '1', method: 'POST', url: '/$batch', headers: JSON_TYPE, body: {} }
    expect((await send(graph, [nested])).get('1')?.['status']).toBe(404)
  })
})
