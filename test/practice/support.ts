// Shared by the practice tenant's tests: trusting its CA, getting tokens, calling Graph, an endpoint that listens.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterEach, expect } from 'vitest'
import { enterDeviceCode } from '../../main/practice/browser-person.ts'
import {
  type PracticeOptions,
  type PracticePerson,
  type PracticeTenant,
  startPracticeTenant,
} from '../../main/practice/practice-tenant.ts'
import { createOpenApiCheck, type OpenApiCheck } from './openapi-check.ts'

export type Json = Record<string, unknown>

export const BOOTSTRAP = '14d82eec-204b-4c2f-b7e8-296a70dab67e'
export const GRAPH_APP_ID = '00000003-0000-0000-c000-000000000000'
export const ADMIN_SCOPES = [
  'Application.ReadWrite.All',
  'AppRoleAssignment.ReadWrite.All',
  'DelegatedPermissionGrant.ReadWrite.All',
  'User.Read',
  'Directory.Read.All',
  'Policy.Read.All',
]

const closers: (() => Promise<void>)[] = []
const checks: OpenApiCheck[] = []

afterEach(async () => {
  for (const close of closers.splice(0)) await close()
  const violations = checks.splice(0).flatMap((check) => check.violations)
  expect(violations, 'exchanges that do not fit Graph’s OpenAPI description').toEqual([])
})

/** Closes something after the test. */
export function closeLater(close: () => Promise<void>): void {
  closers.push(close)
}

/**
 * Starts a tenant that is trusted by this process and closed after the test. Every exchange with
 * Graph is checked against Microsoft's OpenAPI description, where that is at hand.
 */
export async function startTenant(options: PracticeOptions = {}): Promise<PracticeTenant> {
  const check = createOpenApiCheck()
  if (check) checks.push(check)
  const tenant = await startPracticeTenant({
    replicationDelayMs: 0,
    ...options,
    tap: async (exchange) => {
      check?.(exchange)
      await options.tap?.(exchange)
    },
  })
  trust(tenant.caPem)
  closeLater(() => tenant.close())
  return tenant
}

/** Lets this process's fetch trust a CA. */
export function trust(caPem: string): void {
  setDefaultCACertificates([...getCACertificates('default'), caPem])
}

/** The first person who holds a role. */
export function personWith(tenant: PracticeTenant, role: PracticePerson['role']): PracticePerson {
  const found = tenant.people.find((person) => person.role === role)
  if (!found) throw new Error(`Nobody is ${role}.`)
  return found
}

/** Posts a form to the login host and reads the JSON. */
export async function postForm(
  url: string,
  fields: Record<string, string>,
): Promise<{ status: number; json: Json }> {
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(fields) })
  return { status: response.status, json: (await response.json()) as Json }
}

/** A delegated token, by device code. */
export async function tokenFor(
  tenant: PracticeTenant,
  person: PracticePerson,
  options: { scopes?: readonly string[]; clientId?: string } = {},
): Promise<string> {
  const clientId = options.clientId ?? BOOTSTRAP
  const base = `${tenant.loginHost}/${tenant.tenantId}/oauth2/v2.0`
  const scope = [...(options.scopes ?? ADMIN_SCOPES), 'openid'].join(' ')
  const { json: device } = await postForm(`${base}/devicecode`, { client_id: clientId, scope })
  await enterDeviceCode({
    verificationUri: text(device, 'verification_uri'),
    userCode: text(device, 'user_code'),
    person,
  })
  const { json: token } = await postForm(`${base}/token`, {
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    client_id: clientId,
    device_code: text(device, 'device_code'),
  })
  return text(token, 'access_token')
}

export interface Answer {
  status: number
  headers: Headers
  json: Json
}

export type GraphCaller = (
  method: string,
  path: string,
  options?: { body?: unknown; headers?: Record<string, string> },
) => Promise<Answer>

/** Calls Graph with a token. */
export function graphWith(tenant: PracticeTenant, token: string): GraphCaller {
  return async (method, path, options = {}) => {
    const url = path.startsWith('https:') ? path : `${tenant.graphHost}/v1.0${path}`
    const response = await fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    })
    const body = await response.text()
    const isJson = (response.headers.get('content-type') ?? '').includes('json')
    return {
      status: response.status,
      headers: response.headers,
      json: isJson ? (JSON.parse(body) as Json) : {},
    }
  }
}

export interface ProvisionedApp {
  appId: string
  objectId: string
  servicePrincipalId: string
  graphServicePrincipalId: string
  secret: string
  keyId: string
}

/** Makes an application with a secret and the named application roles, as a global administrator. */
export async function provision(
  tenant: PracticeTenant,
  roles: readonly string[],
): Promise<ProvisionedApp> {
  const graph = graphWith(tenant, await tokenFor(tenant, personWith(tenant, 'global-admin')))
  const { json: app } = await graph('POST', '/applications', {
    body: { displayName: 'EMI test', signInAudience: 'AzureADMyOrg' },
  })
  const objectId = text(app, 'id')
  const appId = text(app, 'appId')
  const { json: principal } = await graph('POST', '/servicePrincipals', { body: { appId } })
  const { json: secret } = await graph('POST', `/applications/${objectId}/addPassword`, {
    body: { passwordCredential: { displayName: 'EMI test' } },
  })
  const { json: found } = await graph(
    'GET',
    `/servicePrincipals?$filter=appId eq '${GRAPH_APP_ID}'`,
  )
  const [graphPrincipal = {}] = list(found, 'value')
  for (const role of roles) {
    const match = list(graphPrincipal, 'appRoles').find((one) => one['value'] === role)
    const answer = await graph(
      'POST',
      `/servicePrincipals/${text(graphPrincipal, 'id')}/appRoleAssignedTo`,
      {
        body: {
          principalId: principal['id'],
          resourceId: graphPrincipal['id'],
          appRoleId: match?.['id'],
        },
      },
    )
    expect(answer.status).toBe(201)
  }
  return {
    appId,
    objectId,
    servicePrincipalId: text(principal, 'id'),
    graphServicePrincipalId: text(graphPrincipal, 'id'),
    secret: text(secret, 'secretText'),
    keyId: text(secret, 'keyId'),
  }
}

/** Asks for an app-only token; the answer may be a refusal. */
export function requestAppToken(
  tenant: PracticeTenant,
  app: { appId: string; secret: string },
): Promise<{ status: number; json: Json }> {
  return postForm(`${tenant.loginHost}/${tenant.tenantId}/oauth2/v2.0/token`, {
    grant_type: 'client_credentials',
    client_id: app.appId,
    client_secret: app.secret,
    scope: `${tenant.graphHost}/.default`,
  })
}

/** Graph as an application. */
export async function graphAsApp(
  tenant: PracticeTenant,
  app: { appId: string; secret: string },
): Promise<GraphCaller> {
  const { json } = await requestAppToken(tenant, app)
  return graphWith(tenant, text(json, 'access_token'))
}

export interface Endpoint {
  url: string
  /** Everything posted, handshakes apart. */
  received: Json[]
  handshakes: URL[]
  /** Changes how the next posts are answered; undefined: 202, and handshakes as they should be. */
  answerWith: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined
  /** Resolves with the first `count` posts. */
  waitFor(count: number): Promise<Json[]>
}

/** A notification endpoint on loopback. */
export async function startEndpoint(): Promise<Endpoint> {
  const waiters: { count: number; done: () => void }[] = []
  const endpoint: Endpoint = {
    url: '',
    received: [],
    handshakes: [],
    answerWith: undefined,
    waitFor: async (count) => {
      if (endpoint.received.length < count) {
        await new Promise<void>((done) => waiters.push({ count, done }))
      }
      return endpoint.received.slice(0, count)
    },
  }
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Uint8Array[] = []
    for await (const chunk of request as AsyncIterable<Uint8Array>) chunks.push(chunk)
    const body = Buffer.concat(chunks).toString('utf8')
    const url = new URL(request.url ?? '/', endpoint.url)
    const token = url.searchParams.get('validationToken')
    if (token !== null) endpoint.handshakes.push(url)
    if (endpoint.answerWith?.(request, response) === true) return
    if (token !== null) {
      response.writeHead(200, { 'content-type': 'text/plain' }).end(token)
      return
    }
    response.writeHead(202).end()
    endpoint.received.push(JSON.parse(body) as Json)
    for (const waiter of waiters) {
      if (endpoint.received.length >= waiter.count) waiter.done()
    }
  }
  const server = createServer((request, response) => {
    void serve(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('No port.')
  endpoint.url = `http://127.0.0.1:${address.port}/graph`
  closeLater(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  )
  return endpoint
}

/** The string under a name. @throws Error when it is missing, with the whole value for reading. */
export function text(json: Json, name: string): string {
  const value = json[name]
  if (typeof value !== 'string') throw new Error(`No ${name} in ${JSON.stringify(json)}`)
  return value
}

/** The objects under a name. */
export function list(json: Json, name: string): Json[] {
  const value = json[name]
  return Array.isArray(value) ? (value as Json[]) : []
}

/** The code of a Graph error. */
export function errorCode(answer: Answer): string {
  const error = answer.json['error']
  return typeof error === 'object' && error !== null ? String((error as Json)['code']) : ''
}

/** The message of a Graph error. */
export function errorMessage(answer: Answer): string {
  const error = answer.json['error']
  return typeof error === 'object' && error !== null ? String((error as Json)['message']) : ''
}
