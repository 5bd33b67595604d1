// The latest AppState: listens first, then asks, and drops older revisions.
import type { ErrorReport } from '../../main/contract/errors.ts'
import type { AppState } from '../../main/contract/models/state.ts'
import { toErrorReport, type ConnectionStatus, type PageClient } from '../client.ts'

/** Follows the core's state for as long as the pages are open. */
export class AppStateFeed {
  current = $state.raw<AppState | null>(null)
  connection = $state<ConnectionStatus>('connecting')
  /** Why the first state could not be read. */
  error = $state.raw<ErrorReport | null>(null)

  readonly #client: PageClient
  #revision = -1

  constructor(client: PageClient) {
    this.#client = client
  }

  /** Starts following; returns its undo. */
  start(): () => void {
    const undoState = this.#client.on('state.changed', (state) => this.#take(state))
    const undoStatus = this.#client.onStatus((status) => {
      this.connection = status
      if (status === 'open') {
        // The core may have begun anew, with revisions from the start.
        this.#revision = -1
        void this.#load()
      }
    })
    return () => {
      undoState()
      undoStatus()
    }
  }

  async #load(): Promise<void> {
    try {
      this.#take(await this.#client.call('app.getState'))
      this.error = null
    } catch (error) {
      this.error = toErrorReport(error)
    }
  }

  #take(state: AppState): void {
    if (state.revision <= this.#revision) return
    this.#revision = state.revision
    this.current = state
  }
}
