// The administrator's sign-in, used for provisioning only: starting, cancelling, ending, and whose account it is.
import type { ErrorReport } from '../../contract/errors.ts'
import type { Cloud } from '../../contract/models/connection.ts'
import type { AdminAccount, SignInState } from '../../contract/models/setup.ts'
import { AppError, toErrorReport, whyStopped } from '../app-error.ts'
import { untilAborted } from '../backoff.ts'
import type { Log } from '../log.ts'
import type { AdminAuth, AdminToken } from '../ports/auth.ts'
import type { Clock, Random } from '../ports/clock.ts'
import { readAccount } from './admin-account.ts'
import { AdminSession } from './admin-session.ts'
import { roleNames } from './directory-roles.ts'
import { createGraphClient } from './graph-client.ts'

/** MSAL waits for ever when a person closes the browser. */
const BROWSER_TIMEOUT_MS = 5 * 60_000
export type SignInMethod = 'browser' | 'device-code'

export interface SignInOptions {
  auth: AdminAuth
  cloud: Cloud
  /** Client id of the public client that signs the administrator in. */
  clientId?: string
  /** Further permissions that a person is asked for at the sign-in page. */
  alsoWanted?: () => string[]
  clock: Clock
  random: Random
  log: Log
  fetch: typeof fetch
  openBrowser: (url: string) => Promise<void>
}

interface Run {
  controller: AbortController
  done: Promise<void>
}

export class SignIn {
  /** Why the last attempt failed; null after a success. */
  lastError: ErrorReport | null = null
  /** The address that the last browser sign-in opened. */
  lastUrl: string | null = null
  #options: SignInOptions
  #session: AdminSession
  #state: SignInState = { phase: 'signed-out' }
  #run: Run | null = null
  #listeners = new Set<() => void>()

  constructor(options: SignInOptions) {
    this.#options = options
    this.#session = new AdminSession({
      ...options,
      isSignedIn: () => this.#state.phase === 'signed-in',
      onRenewed: (token) => this.#noteRoles(token),
      onEnded: (error) => this.#noteEnd(error),
    })
  }

  get state(): SignInState {
    return this.#state
  }

  /** Calls back after each change of `state` or `lastError`; returns its own undo. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Signs in. A sign-in that is still waiting is given up for the new one. Resolves when the attempt has ended,
   * well or not: look at `state` and `lastError`.
   */
  async start(method: SignInMethod): Promise<void> {
    while (this.#run) {
      this.cancel()
      await this.#run.done
    }
    const controller = new AbortController()
    const done = this.#attempt(method, controller)
    this.#run = { controller, done }
    await done
  }

  /** Gives up the sign-in that is waiting, if there is one. */
  cancel(): void {
    this.#run?.controller.abort(
      new AppError('sign-in-cancelled', {
        message: 'The sign-in was cancelled.',
        nextStep: 'Start it again when you are ready.',
      }),
    )
  }

  /** Forgets the account and its tokens on this computer. */
  async signOut(): Promise<void> {
    this.cancel()
    await this.#run?.done
    this.#session.forget({ withClaims: true })
    await this.#options.auth.signOut()
    this.lastError = null
    this.#become({ phase: 'signed-out' })
  }

  /** Takes up the earlier session without a person, if it still holds. Throws what stops it, such as network-unreachable. */
  async resume(): Promise<void> {
    const kept = await this.#options.auth.acquireSilently({ scopes: this.#session.scopes() })
    if (!kept) return
    const { account, token } = await this.#readAccount(kept)
    if (this.#run || this.#state.phase === 'signed-in') return
    this.#session.resume(token)
    this.#become({ phase: 'signed-in', account })
  }

  /** As AdminSession: a token for the administrator's Graph client. */
  getToken(...wanted: Parameters<AdminSession['getToken']>): Promise<string> {
    return this.#session.getToken(...wanted)
  }

  /** As AdminSession: a token of this session with one more permission. */
  getTokenWith(...wanted: Parameters<AdminSession['getTokenWith']>): Promise<string> {
    return this.#session.getTokenWith(...wanted)
  }

  async #attempt(method: SignInMethod, controller: AbortController): Promise<void> {
    const { log } = this.#options
    const before = this.#state
    this.lastError = null
    let token: AdminToken | null = null
    try {
      token = await this.#askPerson(method, controller)
      const { account, token: accepted } = await this.#readAccount(token)
      controller.signal.throwIfAborted()
      this.#session.begin(accepted)
      this.#run = null
      this.#become({ phase: 'signed-in', account })
      log.info('sign-in', 'Signed in.', {
        username: account.username,
        tenant: account.tenantDisplayName,
        roles: account.roles.join(', '),
      })
    } catch (error) {
      this.#run = null
      await this.#noteFailure(error, { before, token, signal: controller.signal })
    }
  }

  /** Before anybody answered, an earlier session goes on; after that, the new account has replaced it. */
  async #noteFailure(
    error: unknown,
    {
      before,
      token,
      signal,
    }: { before: SignInState; token: AdminToken | null; signal: AbortSignal },
  ): Promise<void> {
    const { clock, random, log, auth } = this.#options
    const report = toErrorReport(whyStopped(error, signal), { clock, random })
    const stays = token === null && before.phase === 'signed-in'
    // Given up on purpose, or for another one that was started.
    const level = report.code === 'sign-in-cancelled' ? 'info' : 'warning'
    log[level]('sign-in', `The sign-in ended: ${report.message}`, {
      code: report.code,
      reference: report.reference,
      details: report.details,
    })
    if (report.code === 'wrong-account-type') {
      this.#session.forget()
      try {
        await auth.signOut()
      } catch {
        // The vault could not forget the account. The next sign-in replaces it in any case.
      }
    }
    this.lastError = stays && report.code === 'sign-in-cancelled' ? null : report
    this.#become(stays ? before : { phase: 'signed-out' })
  }

  async #askPerson(method: SignInMethod, controller: AbortController): Promise<AdminToken> {
    const { auth, clock, cloud } = this.#options
    const { signal } = controller
    const { openClaims } = this.#session
    let cancelTimer = () => {}
    const limit = (ms: number, error: AppError) => {
      cancelTimer()
      cancelTimer = clock.after(ms, () => controller.abort(error))
    }
    limit(BROWSER_TIMEOUT_MS, timedOut(cloud))
    try {
      const asked = {
        scopes: this.#session.scopes(this.#options.alsoWanted?.() ?? []),
        signal,
        ...(openClaims === undefined ? {} : { claims: openClaims }),
      }
      if (method === 'browser') {
        // MSAL may not notice an abort at once; the person need not wait for that.
        return await untilAborted(
          auth.signInWithBrowser({ ...asked, onUrl: (url) => this.#showUrl(url) }),
          signal,
        )
      }
      const onCode = (code: { userCode: string; verificationUri: string; expiresAt: Date }) => {
        limit(code.expiresAt.getTime() - clock.now().getTime(), codeExpired())
        this.#become({
          phase: 'waiting-for-code',
          userCode: code.userCode,
          verificationUri: code.verificationUri,
          expiresAt: code.expiresAt.toISOString(),
        })
      }
      return await untilAborted(auth.signInWithDeviceCode({ ...asked, onCode }), signal)
    } finally {
      cancelTimer()
    }
  }

  #showUrl(url: string): Promise<void> {
    const { clock, openBrowser, log } = this.#options
    const expiresAt = new Date(clock.now().getTime() + BROWSER_TIMEOUT_MS).toISOString()
    this.lastUrl = url
    this.#become({ phase: 'waiting-for-browser', url, expiresAt })
    // Not awaited: some programs that open a browser return only when it is closed.
    openBrowser(url).catch((error: unknown) => {
      log.warning('sign-in', 'The browser could not be opened. Open the sign-in page by hand.', {
        reason: error instanceof Error ? error.message : '',
      })
    })
    return Promise.resolve()
  }

  /** Whose token it is. Graph may want other claims at this first use already: then a renewed token counts. */
  async #readAccount(first: AdminToken): Promise<{ account: AdminAccount; token: AdminToken }> {
    const { cloud, fetch, clock, random } = this.#options
    let token = first
    let renewal: Promise<AdminToken> | null = null
    const getToken = async ({
      claims,
      forceRefresh,
    }: {
      claims?: string
      forceRefresh?: boolean
    }) => {
      if (claims === undefined && !forceRefresh) return token.accessToken
      renewal ??= this.#session.acquire({ claims, forceRefresh: true })
      token = await renewal
      return token.accessToken
    }
    const graph = createGraphClient({ cloud, fetch, clock, random, getToken })
    const account = await readAccount(graph, token)
    return { account: { ...account, roles: roleNames(token.roleTemplateIds) }, token }
  }

  /** A renewed token may carry a role that was activated meanwhile. */
  #noteRoles(token: AdminToken): void {
    if (this.#state.phase !== 'signed-in') return
    const { account } = this.#state
    const roles = roleNames(token.roleTemplateIds)
    if (roles.join() === account.roles.join()) return
    this.#become({ phase: 'signed-in', account: { ...account, roles } })
  }

  #noteEnd(error: AppError): void {
    if (this.#state.phase !== 'signed-in') return
    this.lastError = toErrorReport(error, this.#options)
    this.#become({ phase: 'signed-out' })
  }

  #become(state: SignInState): void {
    this.#state = state
    for (const listener of this.#listeners) listener()
  }
}

function timedOut(cloud: Cloud): AppError {
  return new AppError('sign-in-timed-out', {
    message: `Nobody finished the sign-in at ${new URL(cloud.loginHost).host} within five minutes.`,
    nextStep:
      'Start it again and finish it in the browser window that opens. If the page says that an administrator must approve, use an account with the role Privileged Role Administrator or Global Administrator. On a computer without a browser use a device code.',
  })
}

function codeExpired(): AppError {
  return new AppError('device-code-expired', {
    message: 'The code was not entered before it expired.',
    nextStep: 'Start again to get a new code, and enter it within its time.',
  })
}
