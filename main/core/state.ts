// The AppState snapshot: made anew after changes, with a revision, and told to whoever listens.
import type { AppState } from '../contract/models/state.ts'

/** Everything of AppState that the core gathers; the revision is added here. */
export type StateParts = Omit<AppState, 'revision'>

export class StateKeeper {
  #gather: () => StateParts
  #listeners = new Set<(state: AppState) => void>()
  #revision = 1
  #scheduled = false
  #current: AppState

  constructor(gather: () => StateParts) {
    this.#gather = gather
    this.#current = { revision: this.#revision, ...gather() }
  }

  /** The snapshot as of now. */
  get current(): AppState {
    if (this.#scheduled) this.#refresh()
    return this.#current
  }

  /** Says that something changed. Many changes in a row make one new snapshot. */
  touch(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(() => {
      if (!this.#scheduled) return
      this.#refresh()
    })
  }

  /** Calls back with each new snapshot; returns its own undo. */
  onChanged(listener: (state: AppState) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #refresh(): void {
    this.#scheduled = false
    this.#revision += 1
    this.#current = { revision: this.#revision, ...this.#gather() }
    for (const listener of this.#listeners) listener(this.#current)
  }
}
