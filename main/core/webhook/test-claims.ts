// What proves a test notification that this program sends to itself: a clientState for one use, only in memory.
import type { Clock, Random } from '../ports/clock.ts'
import { base64url, equalsInConstantTime } from './client-states.ts'

/** No subscription of Graph has this id: those are GUIDs. */
export const TEST_SUBSCRIPTION_ID = 'emi-tray-test'

const STATE_BYTES = 32
const VALID_FOR_MS = 60_000

export class TestClaims {
  #clock: Clock
  #random: Random
  #open: { clientState: string; until: number; onArrived: () => void } | null = null

  constructor({ clock, random }: { clock: Clock; random: Random }) {
    this.#clock = clock
    this.#random = random
  }

  /** The clientState of the next test; an earlier one that did not arrive is void from now on. */
  create(onArrived: () => void): string {
    const clientState = base64url(this.#random.bytes(STATE_BYTES))
    this.#open = { clientState, until: this.#clock.now().getTime() + VALID_FOR_MS, onArrived }
    return clientState
  }

  /** True for the one test that is under way, the first time it arrives: who overhears it cannot use it again. */
  take(claim: { subscriptionId: string; clientState: string | null }): boolean {
    const open = this.#open
    if (!open || claim.subscriptionId !== TEST_SUBSCRIPTION_ID) return false
    if (!equalsInConstantTime(claim.clientState ?? '', open.clientState)) return false
    this.#open = null
    if (this.#clock.now().getTime() > open.until) return false
    open.onArrived()
    return true
  }

  /** The test is over. */
  forget(): void {
    this.#open = null
  }
}
