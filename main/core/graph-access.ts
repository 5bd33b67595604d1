// In whose name Graph is asked: the administrator's or the application's; each write is noted in the audit trail.
import type { Cloud } from '../contract/models/connection.ts'
import type { AdminAccount } from '../contract/models/setup.ts'
import { AppError } from './app-error.ts'
import { AccessToken } from './entra/access-token.ts'
import type { AuditTrail } from './entra/audit.ts'
import { createGraphClient, type GraphBytes, type GraphClient } from './entra/graph-client.ts'
import type { ProvisioningRecord } from './entra/provisioning-record.ts'
import type { SignIn } from './entra/sign-in.ts'
import type { AppAuth, AppToken } from './ports/auth.ts'
import type { Clock, Random } from './ports/clock.ts'
import type { TunnelOpenOptions } from './ports/tunnel.ts'

/** What the administrator's session needs for presence; asked for only when somebody's presence is wanted. */
export const PRESENCE_PERMISSION = 'Presence.Read.All'

export interface GraphAccessDeps {
  cloud: Cloud
  fetch: typeof fetch
  appAuth: AppAuth
  /** The practice tenant's tokens mean nothing to other services. */
  isPractice: boolean
  clock: Clock
  random: Random
  signIn: SignIn
  audit: Pick<AuditTrail, 'note'>
  record: () => ProvisioningRecord | null
  /** Throws AppError secret-unknown. */
  clientSecret: () => Promise<string>
  /** True for a token of the application with all permissions that are wanted. */
  isWhole: (token: AppToken) => boolean
  /** Hears of each answer's status; 0 where none came. */
  onAnswer: (status: number) => void
}

export class GraphAccess {
  /** Reads in the name of whoever is signed in. */
  readonly administrator: GraphClient
  readonly application: GraphClient & GraphBytes
  /** In the administrator's name, with the permission for presence. */
  readonly presence: GraphClient
  #deps: GraphAccessDeps
  #accessToken: AccessToken

  constructor(deps: GraphAccessDeps) {
    const { cloud, fetch, clock, random, signIn, audit, onAnswer } = deps
    const common = { cloud, fetch, clock, random }
    this.#deps = deps
    this.#accessToken = new AccessToken({
      ...{ appAuth: deps.appAuth, clock, isWhole: deps.isWhole },
      credentials: () => this.#credentials(),
    })
    this.administrator = createGraphClient({
      ...common,
      getToken: (request) => signIn.getToken(request),
      onAnswer,
    })
    this.application = createGraphClient({
      ...common,
      getToken: async ({ forceRefresh }) => {
        const token = await this.#accessToken.get({ forceRefresh: forceRefresh ?? false })
        return token.accessToken
      },
      onWrite: (write) => audit.note(write, this.#applicationName()),
      onAnswer,
    })
    this.presence = createGraphClient({
      ...common,
      getToken: ({ forceRefresh = false }) =>
        signIn.getTokenWith(PRESENCE_PERMISSION, { forceRefresh }),
      onWrite: (write) => audit.note(write, this.whoIsSignedIn()),
    })
  }

  /** Graph for one piece of work: it ends where somebody of another tenant signs in meanwhile. */
  forWorkOf({ username, tenantId }: AdminAccount): GraphClient {
    const { cloud, fetch, clock, random, signIn, audit } = this.#deps
    return createGraphClient({
      ...{ cloud, fetch, clock, random },
      getToken: (request) => signIn.getToken({ ...request, tenantId }),
      onWrite: (write) => {
        // Another administrator of this tenant may have taken over; while a sign-in waits, it is the earlier one.
        const { account } = this.whoIsSignedIn()
        return audit.note(write, { account: account || username, tenantId })
      },
    })
  }

  /** Sign-in name and tenant; empty texts where nobody is signed in. */
  whoIsSignedIn(): { account: string; tenantId: string } {
    const { state } = this.#deps.signIn
    if (state.phase !== 'signed-in') return { account: '', tenantId: '' }
    return { account: state.account.username, tenantId: state.account.tenantId }
  }

  /** Has the application ask for a fresh token: there is another secret, or other consent. */
  forgetToken(): void {
    this.#accessToken.forget()
  }

  /** The application's token for another service than Graph; undefined where there can be none. */
  get getAppToken(): TunnelOpenOptions['getAppToken'] {
    const { appAuth, isPractice } = this.#deps
    if (isPractice) return undefined
    return async (resource, signal) => {
      const asked = { ...(await this.#credentials()), resource, signal }
      return (await appAuth.acquire(asked)).accessToken
    }
  }

  #applicationName(): { account: string; tenantId: string } {
    const record = this.#deps.record()
    return { account: record?.displayName ?? '', tenantId: record?.tenantId ?? '' }
  }

  async #credentials(): Promise<{ tenantId: string; clientId: string; clientSecret: string }> {
    const record = this.#deps.record()
    if (!record) {
      throw new AppError('not-set-up', {
        message: 'The application has not been set up yet.',
        nextStep: 'Finish the set-up first.',
      })
    }
    const clientSecret = await this.#deps.clientSecret()
    return { tenantId: record.tenantId, clientId: record.appId, clientSecret }
  }
}
