// Copying the hand-over's values one after the other, and clearing the secret from the clipboard.
import type { HandoverField, HandoverValue } from '../../main/contract/models/handover.ts'
import type { AppState } from '../../main/contract/models/state.ts'
import type { EmiClient } from '../../main/contract/protocol.ts'
import { Action } from './action.svelte.ts'

/** How long a copied secret stays in the clipboard when the page clears it, in seconds. */
const clearAfterSeconds = 30

/** What copying needs of its window, so that tests can play it. */
export interface CopyPort {
  client: EmiClient
  writeText: (text: string) => Promise<void>
  /** A page may write the clipboard only while it has the focus. */
  hasFocus: () => boolean
  /** Runs `work` once when the page next gets the focus; returns its undo. */
  onNextFocus: (work: () => void) => () => void
  after: (milliseconds: number, work: () => void) => () => void
  now: () => number
}

/** What will become of the secret in the clipboard. */
export type Clearing =
  { phase: 'counting'; until: number } | { phase: 'waiting-for-focus' } | { phase: 'cleared' }

/** The state of the copy buttons of one hand-over. */
export class HandoverCopy {
  /** Fields copied so far, in the order of copying. */
  copied = $state.raw<HandoverField[]>([])
  last = $state<HandoverField | null>(null)
  clearing = $state.raw<Clearing | null>(null)
  readonly action = new Action()

  readonly #port: CopyPort
  #secretId: string | null = null
  #undo: (() => void) | null = null

  constructor(port: CopyPort) {
    this.#port = port
  }

  /** The value to copy next, in the form's order; null when all were copied. */
  next(values: HandoverValue[]): HandoverValue | null {
    return values.find((value) => isCopyable(value) && !this.copied.includes(value.field)) ?? null
  }

  /** Copies one value: through the host where it can, else in the page. */
  async copy(value: HandoverValue, app: AppState): Promise<boolean> {
    return this.action.run(async () => {
      const clearsInSeconds = app.abilities.clipboard
        ? (await this.#port.client.call('handover.copy', { field: value.field })).clearsInSeconds
        : await this.#copyInPage(value)
      this.copied = [...this.copied.filter((field) => field !== value.field), value.field]
      this.last = value.field
      // A later value has replaced the secret, so there is nothing left to clear.
      this.#stop()
      if (clearsInSeconds !== null) {
        this.#count(clearsInSeconds, !app.abilities.clipboard)
      }
    })
  }

  /** Begins again when the secret has become another one: the copied one is out of date. */
  forSecret(keyId: string | null): void {
    if (this.#secretId !== null && this.#secretId !== keyId) this.restart()
    this.#secretId = keyId
  }

  /** Begins again with the first value. */
  restart(): void {
    this.copied = []
    this.last = null
  }

  async #copyInPage(value: HandoverValue): Promise<number | null> {
    const text = value.secret
      ? (await this.#port.client.call('clientSecret.reveal')).secretText
      : (value.value ?? '')
    await this.#port.writeText(text)
    return value.secret ? clearAfterSeconds : null
  }

  #count(seconds: number, clearsItself: boolean): void {
    this.clearing = { phase: 'counting', until: this.#port.now() + seconds * 1_000 }
    this.#undo = this.#port.after(seconds * 1_000, () => {
      this.#undo = null
      if (clearsItself) void this.#clear()
      else this.clearing = { phase: 'cleared' }
    })
  }

  async #clear(): Promise<void> {
    if (this.#port.hasFocus()) {
      try {
        await this.#port.writeText('')
        this.clearing = { phase: 'cleared' }
        return
      } catch {
        // The focus went away in between: wait for it like below.
      }
    }
    this.clearing = { phase: 'waiting-for-focus' }
    this.#undo = this.#port.onNextFocus(() => {
      this.#undo = null
      void this.#clear()
    })
  }

  #stop(): void {
    this.#undo?.()
    this.#undo = null
    this.clearing = null
  }
}

/** Whether a value is pasted into the form, and known. */
export function isCopyable(value: HandoverValue): boolean {
  return !value.readOnly && (value.secret || value.value !== null)
}
