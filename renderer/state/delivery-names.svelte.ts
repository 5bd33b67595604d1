// Names of senders, chats and channels, by notification: those that are known, and those that become known.
import { SvelteMap } from 'svelte/reactivity'
import type { DeliveryNames } from '../../main/contract/models/delivery.ts'
import type { PageClient } from '../client.ts'

/** As many as the live log holds. */
const capacity = 5_000
/** So many of the newest notifications are asked for when the pages open; later ones are told. */
const askedFor = 200

export class NameBook {
  readonly #names = new SvelteMap<number, DeliveryNames>()
  readonly #client: PageClient

  constructor(client: PageClient) {
    this.#client = client
  }

  /** Starts listening; returns its undo. */
  start(): () => void {
    const undoNamed = this.#client.on('delivery.named', (named) => this.#take(named))
    const undoStatus = this.#client.onStatus((status) => {
      if (status === 'open') void this.#load()
    })
    return () => {
      undoNamed()
      undoStatus()
    }
  }

  /** What is known of a notification; undefined where nothing is. */
  of(deliveryId: number | undefined): DeliveryNames | undefined {
    return deliveryId === undefined ? undefined : this.#names.get(deliveryId)
  }

  async #load(): Promise<void> {
    try {
      const { found } = await this.#client.call('delivery.search', { limit: askedFor })
      const named = found.filter(({ placeName, senderName }) => placeName ?? senderName)
      this.#take(
        named
          .map(({ id, placeName, senderName }) => ({ deliveryId: id, placeName, senderName }))
          // What was told meanwhile is newer.
          .filter(({ deliveryId }) => !this.#names.has(deliveryId))
          .toReversed(),
      )
    } catch {
      // Before a connection is chosen nothing is stored. Without names the ids are shown.
    }
  }

  #take(named: DeliveryNames[]): void {
    for (const one of named) this.#names.set(one.deliveryId, one)
    const tooMany = Math.max(0, this.#names.size - capacity)
    for (const id of [...this.#names.keys()].slice(0, tooMany)) this.#names.delete(id)
  }
}
