// One call to Graph as a handler sees it: who calls, with what, and how it is answered or refused.
import type { JsonObject } from './json.ts'
import type { HeldRole, PracticePerson } from './people.ts'
import { mayConsentForAll, type Tenant } from './tenant.ts'

export type Caller =
  | {
      readonly kind: 'delegated'
      readonly appId: string
      readonly tokenExpiresAt: number
      readonly permissions: readonly string[]
      readonly person: PracticePerson
      /** The role the person holds at this moment, as far as the token knows of it. */
      readonly role: HeldRole
    }
  | {
      readonly kind: 'application'
      readonly appId: string
      readonly tokenExpiresAt: number
      readonly permissions: readonly string[]
      readonly servicePrincipalId: string
    }

export interface GraphCall {
  readonly tenant: Tenant
  readonly caller: Caller
  readonly method: string
  /** Decoded parts of the path that the route names. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string>>
  readonly body: JsonObject
  /** The address as it came, for nextLinks. */
  readonly address: URL
}

export interface GraphAnswer {
  status: number
  body?: object | Uint8Array
  headers?: Record<string, string>
}

/** What a route asks of a caller: one of the named permissions of its kind, and perhaps a role. */
export interface Access {
  delegated: readonly string[]
  application: readonly string[]
  /** How a refusal is worded: the directory and Teams differ. */
  wording: 'directory' | 'teams'
  /** The person must hold a role that may grant permissions for everybody. */
  role?: 'consent'
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Segments; one that begins with “:” takes any value. */
  readonly path: string
  /** null: the handler decides for itself. */
  readonly access: Access | null
  readonly handle: (call: GraphCall) => GraphAnswer | Promise<GraphAnswer>
}

/** A refusal by Graph. */
export class GraphError extends Error {
  readonly status: number
  readonly code: string
  readonly headers: Record<string, string>

  constructor(status: number, code: string, message: string, headers: Record<string, string> = {}) {
    super(message)
    this.status = status
    this.code = code
    this.headers = headers
  }
}

/** A parameter that the route's pattern guarantees. */
export function param(call: GraphCall, name: string): string {
  return call.params[name] ?? ''
}

/** 400 in the directory's words. */
export function badRequest(message: string): GraphError {
  return new GraphError(400, 'Request_BadRequest', message)
}

/** 404 in the directory's words; also what not yet replicated objects answer. */
export function notFound(id: string): GraphError {
  return new GraphError(
    404,
    'Request_ResourceNotFound',
    `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`,
  )
}

/** 403 in the directory's words. */
export function insufficientPrivileges(): GraphError {
  return new GraphError(
    403,
    'Authorization_RequestDenied',
    'Insufficient privileges to complete the operation.',
  )
}

/** The 403 that names the permissions, as Teams and /subscriptions word it. */
export function missingPermission(caller: Caller, needed: readonly string[]): GraphError {
  const has = caller.permissions.join(', ')
  const list = needed.join(', ')
  const message =
    caller.kind === 'application'
      ? `Missing role permissions on the request. API required one of '${list}'. Roles on the request '${has}'`
      : `Missing scope permissions on the request. API requires one of '${list}'. Scopes on the request '${has}'`
  return new GraphError(403, 'Forbidden', message)
}

/** @throws GraphError 403 unless the caller has what a route asks for. */
export function checkAccess(caller: Caller, access: Access): void {
  const needed = caller.kind === 'delegated' ? access.delegated : access.application
  if (!needed.some((name) => caller.permissions.includes(name))) {
    throw access.wording === 'teams' ? missingPermission(caller, needed) : insufficientPrivileges()
  }
  if (caller.kind === 'delegated' && access.role !== undefined) {
    if (!mayConsentForAll(caller.role)) throw insufficientPrivileges()
  }
}
