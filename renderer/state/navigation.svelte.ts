// Which page and which part of it is open: what stands after # in the address, else what set-up asks for.
import type { PageName } from '../../main/contract/errors.ts'
import type { Plan } from '../../main/contract/models/setup.ts'
import type { AppState } from '../../main/contract/models/state.ts'

/** The pages in the order of the rail. */
export const pageNames = [
  'overview',
  'setup',
  'application',
  'handover',
  'webhook',
  'log',
  'settings',
] as const

/** The part of a window that navigation uses. */
export interface NavigationPort {
  location: { hash: string }
  addEventListener(type: 'hashchange', listener: () => void): void
  removeEventListener(type: 'hashchange', listener: () => void): void
}

/** Follows the address. */
export class Navigation {
  /** The page named in the address; null when it names none. */
  page = $state<PageName | null>(null)
  /** The part of the page, such as a tab; null when the address names none. */
  part = $state<string | null>(null)

  readonly #port: NavigationPort

  constructor(port: NavigationPort) {
    this.#port = port
    this.#read()
  }

  /** Starts following; returns its undo. */
  start(): () => void {
    const read = (): void => this.#read()
    this.#port.addEventListener('hashchange', read)
    return () => this.#port.removeEventListener('hashchange', read)
  }

  /** Opens a page, at one of its parts where it has some. */
  go(page: PageName, part: string | null = null): void {
    this.#port.location.hash = part === null ? `#/${page}` : `#/${page}/${part}`
    this.page = page
    this.part = part
  }

  /** Opens the page that the state asks for, whatever the address named. */
  home(): void {
    this.#port.location.hash = ''
    this.page = null
    this.part = null
  }

  #read(): void {
    const [name = '', part = ''] = this.#port.location.hash.replace(/^#\/?/, '').split('/')
    this.page = pageNames.find((page) => page === name) ?? null
    this.part = this.page === null || part === '' ? null : part
  }
}

/** The page to show when the address names none: Setup until it is done, then Overview. */
export function homePage(app: AppState): PageName {
  return isSetUp(app) ? 'overview' : 'setup'
}

/** Whether the application was verified and handed over. The webhook may be paused: that is no longer set-up. */
export function isSetUp(app: AppState): boolean {
  const { verified, steps } = app.setup
  return verified !== null && steps.some(({ id, state }) => id === 'hand-over' && state === 'done')
}

/** The plan that nobody has applied yet, in an application that is set up already; else null. */
export function waitingPlan(app: AppState): Plan | null {
  const { plan, steps, verified } = app.setup
  const next = steps.some((step) => step.id === 'apply' && step.state === 'ready')
  return verified !== null && next && plan?.nothingToDo === false ? plan : null
}
