// The administrator's session: its token, kept and renewed without a person until Microsoft wants to see one again.
import type { Cloud } from '../../contract/models/connection.ts'
import { AppError } from '../app-error.ts'
import type { AdminAuth, AdminToken } from '../ports/auth.ts'
import type { Clock } from '../ports/clock.ts'

/** What the session may do: create the application, assign roles, grant delegated permissions, read its own account. */
const SCOPES = [
  'Application.ReadWrite.All',
  'AppRoleAssignment.ReadWrite.All',
  'DelegatedPermissionGrant.ReadWrite.All',
  'User.Read',
]
/**
 * Clients of Microsoft's own whose permissions for Graph are fixed: Azure CLI and Azure PowerShell. They get them by
 * `.default`, and AADSTS65002 for anything named. https://github.com/microsoftgraph/msgraph-cli/issues/48
 */
const FIXED_SCOPE_CLIENTS = [
  '04b07795-8ddb-461a-bbee-02f9e1bf7b46',
  '1950a258-227b-4e31-a9cf-717495945fc2',
]
/** A token this close to its end is renewed first. */
const TOKEN_MARGIN_MS = 5 * 60_000

export interface AdminSessionOptions {
  auth: AdminAuth
  cloud: Cloud
  /** Client id of the public client that signs the administrator in. */
  clientId?: string
  clock: Clock
  isSignedIn: () => boolean
  /** Called with each renewed token: it may carry other roles. */
  onRenewed: (token: AdminToken) => void
  /** Called when nobody can go on without a new sign-in. */
  onEnded: (error: AppError) => void
}

export class AdminSession {
  #options: AdminSessionOptions
  #token: AdminToken | null = null
  /** Renewals on their way, by the claims they ask for. */
  #renewals = new Map<string, Promise<AdminToken>>()
  #openClaims: string | undefined

  constructor(options: AdminSessionOptions) {
    this.#options = options
  }

  /** A claims challenge that could not be met without a person; the next sign-in must answer it. */
  get openClaims(): string | undefined {
    return this.#openClaims
  }

  /** Goes on with the token of a person who has just signed in. */
  begin(token: AdminToken): void {
    this.#token = token
    this.#openClaims = undefined
  }

  /** Goes on with a token that was got without a person. */
  resume(token: AdminToken): void {
    this.#token = token
  }

  /** Forgets the token; what the next sign-in must answer stays, unless nobody is to go on. */
  forget({ withClaims = false }: { withClaims?: boolean } = {}): void {
    this.#token = null
    if (withClaims) this.#openClaims = undefined
  }

  /** What is asked for, as the cloud's Graph wants it written. */
  scopes(more: string[] = []): string[] {
    const { cloud } = this.#options
    const names = this.#hasFixedScopes ? ['.default'] : [...SCOPES, ...more]
    return names.map((name) => `${cloud.graphHost}/${name}`)
  }

  /**
   * A token for the administrator's Graph client. With `tenantId` only one of that tenant: somebody else may have
   * signed in while work was running. Throws AppError sign-in-required, wrong-tenant.
   */
  async getToken({
    claims,
    forceRefresh = false,
    tenantId,
  }: { claims?: string; forceRefresh?: boolean; tenantId?: string } = {}): Promise<string> {
    const token = await this.#validToken({ claims, forceRefresh })
    if (tenantId !== undefined && token.tenantId !== tenantId) throw otherTenant(token)
    return token.accessToken
  }

  /**
   * A token of this session with one more permission. Throws AppError sign-in-required when nobody is signed in, and
   * subscription-forbidden where the session was not granted it.
   */
  async getTokenWith(
    permission: string,
    { forceRefresh = false }: { forceRefresh?: boolean } = {},
  ): Promise<string> {
    if (!this.#options.isSignedIn()) throw this.#end(undefined)
    const { auth, cloud } = this.#options
    const token = this.#hasFixedScopes
      ? null
      : await auth.acquireSilently({
          scopes: [`${cloud.graphHost}/${permission}`],
          ...(forceRefresh ? { forceRefresh } : {}),
        })
    if (token) return token.accessToken
    // Where the session itself has ended, that is what has to be said.
    await this.#validToken({ claims: undefined, forceRefresh: true })
    throw new AppError('subscription-forbidden', {
      message: `This sign-in does not include the permission ${permission}.`,
      nextStep: this.#hasFixedScopes
        ? 'The sign-in client of your settings cannot be given it. Choose another sign-in client, or do without.'
        : 'Sign in again in Setup and accept it at Microsoft’s page.',
    })
  }

  async #validToken({
    claims,
    forceRefresh,
  }: {
    claims: string | undefined
    forceRefresh: boolean
  }): Promise<AdminToken> {
    const kept = this.#token
    const now = this.#options.clock.now().getTime()
    const isFresh = kept !== null && kept.expiresAt.getTime() - now > TOKEN_MARGIN_MS
    if (kept && isFresh && !forceRefresh && claims === undefined) return kept
    // Several calls to Graph may find the token too old at once; a refresh token is best used once.
    const key = claims ?? ''
    const running = this.#renewals.get(key)
    if (running) return running
    const renewal = this.#renew({ claims, forceRefresh }).finally(() => {
      this.#renewals.delete(key)
    })
    this.#renewals.set(key, renewal)
    return renewal
  }

  async #renew({
    claims,
    forceRefresh,
  }: {
    claims: string | undefined
    forceRefresh: boolean
  }): Promise<AdminToken> {
    const token = await this.acquire({ claims, forceRefresh })
    this.#token = token
    this.#options.onRenewed(token)
    return token
  }

  /** A token of the session, which stays as it is. Throws AppError sign-in-required. */
  async acquire({
    claims,
    forceRefresh,
  }: {
    claims: string | undefined
    forceRefresh: boolean
  }): Promise<AdminToken> {
    const token = await this.#options.auth.acquireSilently({
      scopes: this.scopes(),
      ...(forceRefresh ? { forceRefresh } : {}),
      ...(claims === undefined ? {} : { claims }),
    })
    if (!token) throw this.#end(claims)
    return token
  }

  #end(claims: string | undefined): AppError {
    if (claims !== undefined) this.#openClaims = claims
    const error = new AppError('sign-in-required', {
      message:
        claims === undefined
          ? 'The sign-in to Microsoft has ended, or Microsoft wants to see you again.'
          : 'A policy of your organization, or a change to your account, makes Microsoft ask for a new sign-in.',
      nextStep: 'Sign in again. Everything that was done so far is kept.',
    })
    this.#token = null
    this.#options.onEnded(error)
    return error
  }

  get #hasFixedScopes(): boolean {
    return FIXED_SCOPE_CLIENTS.includes(this.#options.clientId?.toLowerCase() ?? '')
  }
}

function otherTenant({ username }: AdminToken): AppError {
  return new AppError('wrong-tenant', {
    message: `${username} of another tenant signed in while this was running, so it was stopped.`,
    nextStep:
      'Sign in to the tenant that it was started for, then start it again: what was done so far is kept.',
  })
}
