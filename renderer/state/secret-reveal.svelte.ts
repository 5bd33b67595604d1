// The client secret while it is shown: fetched on a click, forgotten after a while.
import type { EmiClient } from '../../main/contract/protocol.ts'
import { Action } from './action.svelte.ts'

/** How long the secret stays on the screen, in milliseconds. */
export const revealMs = 30_000

/** What revealing needs besides the client. */
export interface RevealPort {
  client: EmiClient
  after: (milliseconds: number, work: () => void) => () => void
}

/** Shows the secret for at most 30 seconds. */
export class SecretReveal {
  text = $state<string | null>(null)
  readonly action = new Action()

  readonly #port: RevealPort
  #undo: (() => void) | null = null

  constructor(port: RevealPort) {
    this.#port = port
  }

  /** Fetches and shows the secret. */
  async show(): Promise<void> {
    await this.action.run(async () => {
      const { secretText } = await this.#port.client.call('clientSecret.reveal')
      this.#undo?.()
      this.text = secretText
      this.#undo = this.#port.after(revealMs, () => this.hide())
    })
  }

  /** Forgets the secret. */
  hide(): void {
    this.#undo?.()
    this.#undo = null
    this.text = null
  }
}
