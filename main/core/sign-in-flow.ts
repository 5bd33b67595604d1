// How a person signs in with this connection: in a browser, or as one of the practice tenant's people; then the plan.
import type { ConnectionSettings } from '../contract/models/settings.ts'
import { AppError } from './app-error.ts'
import type { SignIn, SignInMethod } from './entra/sign-in.ts'
import type { Log } from './log.ts'
import type { Platform } from './ports/platform.ts'
import type { PracticePort } from './ports/practice.ts'
import type { Setup } from './setup.ts'

export interface SignInFlowDeps {
  signIn: () => SignIn
  setup: () => Setup
  settings: () => ConnectionSettings
  practice: PracticePort | null
  openBrowser: Platform['openBrowser']
  log: Log
  signal: AbortSignal
}

export class SignInFlow {
  #deps: SignInFlowDeps
  /** The practice person who will answer the next sign-in page; otherwise a browser is opened. */
  #nextPerson: string | null = null

  constructor(deps: SignInFlowDeps) {
    this.#deps = deps
  }

  /** Starts a sign-in, which is followed in the state; the plan is made after it. */
  start(method: SignInMethod): void {
    this.#deps.setup().forgetPlan()
    void this.#signInThenPlan(method)
  }

  /** Signs in as one of the practice tenant's people, who then answers the real sign-in page. */
  async asPerson(personId: string): Promise<void> {
    const { practice, signal } = this.#deps
    if (!practice) throw practiceOnly()
    const { state } = this.#deps.signIn()
    if (state.phase === 'waiting-for-browser') {
      await practice.signInAs(personId, state.url, signal)
      return
    }
    this.#nextPerson = personId
    this.start('browser')
  }

  /** Shows the sign-in page to whoever is to answer it. */
  async open(url: string): Promise<void> {
    const person = this.#nextPerson
    this.#nextPerson = null
    const { practice, openBrowser, signal } = this.#deps
    if (person && practice) await practice.signInAs(person, url, signal)
    else await openBrowser(url)
  }

  /** Takes up the earlier sign-in. Never rejects. */
  async resume(): Promise<void> {
    try {
      await this.#deps.signIn().resume()
    } catch (error) {
      this.#deps.log.warning('sign-in', 'Could not renew the earlier sign-in.', {
        reason: error instanceof Error ? error.message : '',
      })
    }
  }

  async #signInThenPlan(method: SignInMethod): Promise<void> {
    const signIn = this.#deps.signIn()
    const setup = this.#deps.setup()
    await signIn.start(method)
    const isSignedIn = signIn.state.phase === 'signed-in'
    if (isSignedIn && this.#deps.settings().tenantUrl && !setup.isRunning) setup.plan()
  }
}

/** The error for a call that only makes sense with the practice tenant. */
export function practiceOnly(): AppError {
  return new AppError('practice-only', {
    message: 'This works with the practice tenant only.',
    nextStep: 'Switch to the practice tenant in Settings to use it.',
  })
}
