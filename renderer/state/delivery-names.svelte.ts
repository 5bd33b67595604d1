// Names of senders, chats and channels that became known while the pages are open, by notification.
import { SvelteMap } from 'svelte/reactivity'
import type { DeliveryNames } from '../../main/contract/models.ts'
import type { PageClient } from '../client.ts'

/** As many as the live log holds. */
const capacity = 5_000

export class NameBook {
  readonly #names = new SvelteMap<number, DeliveryNames>()
  readonly #client: PageClient

  constructor(client: PageClient) {
    this.#client = client
  }

  /** Starts listening; returns its undo. */
  start(): () => void {
    return this.#client.on('delivery.named', (named) => {
      for (const one of named) this.#names.set(one.deliveryId, one)
      const tooMany = Math.max(0, this.#names.size - capacity)
      for (const id of [...this.#names.keys()].slice(0, tooMany)) this.#names.delete(id)
    })
  }

  /** What is known of a notification; undefined where nothing is. */
  of(deliveryId: number | undefined): DeliveryNames | undefined {
    return deliveryId === undefined ? undefined : this.#names.get(deliveryId)
  }
}
