// What Microsoft answers when the application asks for its own token: it asks anyway, so knowing this costs no call.
import type { ErrorCode, ErrorReport } from '../contract/errors.ts'
import { AppError, toErrorReport } from './app-error.ts'
import type { AppAuth } from './ports/auth.ts'
import type { Clock, Random } from './ports/clock.ts'

/** The latest answer about one application. */
export interface KnownAccess {
  appId: string
  at: string
  /** Since when the answer has been the same. */
  since: string
  /** The application permissions in effect; none where the token was refused. */
  roles: string[]
  refusal: ErrorReport | null
}

export interface ApplicationAccessDeps {
  clock: Clock
  random: Random
  /** The application in use; undefined while there is none. */
  appId: () => string | undefined
  /** The application permissions that the settings ask for. */
  wanted: () => string[]
  onChange: () => void
  /** Called when the application has all again after it had not. */
  onRestored: () => void
}

/** Refusals that waiting does not mend. All others say nothing about the application. */
const REFUSALS: ErrorCode[] = [
  'application-missing',
  'client-secret-wrong',
  'consent-missing',
  'sign-in-failed',
  'sign-in-refused',
  'wrong-tenant',
]

export class ApplicationAccess {
  #deps: ApplicationAccessDeps
  #known: KnownAccess | null = null
  #asked = 0
  #noted = 0

  constructor(deps: ApplicationAccessDeps) {
    this.#deps = deps
  }

  /** The latest answer about the application in use; null before the first. */
  get known(): KnownAccess | null {
    return this.#known?.appId === this.#deps.appId() ? this.#known : null
  }

  /** Forgets a refusal: it was of another secret. What the application may do is the same with each. */
  forget(): void {
    if (this.#known?.refusal) this.#known = null
  }

  /** True where no wanted permission is missing. */
  isWhole({ roles }: Pick<KnownAccess, 'roles'>): boolean {
    return this.#deps.wanted().every((one) => roles.includes(one))
  }

  /** The same, with each answer noted that is about the application in use and Graph. */
  watched(appAuth: AppAuth): AppAuth {
    return {
      acquire: async (options) => {
        this.#asked += 1
        const turn = this.#asked
        const isOurs = () =>
          options.resource === undefined && options.clientId === this.#deps.appId()
        try {
          const token = await appAuth.acquire(options)
          if (isOurs()) this.#note(turn, { roles: token.roles, refusal: null })
          return token
        } catch (error) {
          if (isOurs() && error instanceof AppError && REFUSALS.includes(error.code)) {
            this.#note(turn, { roles: [], refusal: toErrorReport(error, this.#deps) })
          }
          throw error
        }
      },
    }
  }

  /** An answer that comes after that to a later question says nothing new. */
  #note(turn: number, answer: Pick<KnownAccess, 'roles' | 'refusal'>): void {
    const { clock, appId, onChange, onRestored } = this.#deps
    if (turn < this.#noted) return
    this.#noted = turn
    const before = this.known
    const at = clock.now().toISOString()
    const isSame = before !== null && textOf(before) === textOf(answer)
    this.#known = { ...answer, appId: appId() ?? '', at, since: isSame ? before.since : at }
    onChange()
    if (before && !this.isWhole(before) && this.isWhole(answer)) onRestored()
  }
}

function textOf({ roles, refusal }: Pick<KnownAccess, 'roles' | 'refusal'>): string {
  return `${refusal?.code ?? ''} ${refusal?.message ?? ''} ${roles.toSorted().join(' ')}`
}
