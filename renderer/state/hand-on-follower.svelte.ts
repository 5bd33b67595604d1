// How far the hand-on of the notification that stands open has come: read again whenever something was handed on.
import type { FoundDelivery } from '../../main/contract/models/delivery.ts'
import type { EmiClient } from '../../main/contract/protocol.ts'

export class HandOnFollower {
  /** As it was read last; null before, and where it is not stored any more. */
  found = $state.raw<FoundDelivery | null>(null)

  readonly #client: EmiClient
  #round = 0

  constructor(client: EmiClient) {
    this.#client = client
  }

  /** Reads it again. Returns it where it is still the one that is wanted. Never rejects. */
  async look(id: number): Promise<FoundDelivery | null> {
    this.#round += 1
    const round = this.#round
    try {
      const page = await this.#client.call('delivery.search', { beforeId: id + 1, limit: 1 })
      if (round !== this.#round) return null
      this.found = page.found.find((one) => one.id === id) ?? null
      return this.found
    } catch {
      // What was known stays; the next change asks again.
      return null
    }
  }
}
