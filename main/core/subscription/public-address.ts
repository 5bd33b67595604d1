// The public address that subscriptions are made for: held still while it flaps; and which addresses were ours before.
import type { Clock } from '../ports/clock.ts'
import { LIFECYCLE_PATH, NOTIFICATION_PATH } from '../webhook-paths.ts'
import type { WebhookUrls } from './graph-subscription.ts'
import { Pace } from './pace.ts'
import type { SubscriptionRecords } from './records.ts'

/** Each move costs three calls for each subscription, so an address that flaps is not followed for ever. */
const MOVES = { most: 3, withinMs: 5 * 60_000 }

/**
 * The longest life of a Teams subscription: what posts to an address that we left longer ago was made by somebody else.
 * https://learn.microsoft.com/graph/change-notifications-overview#subscription-lifetime
 */
const OURS_FOR_MS = 4_320 * 60_000
const EARLIER_KEPT = 20

export class PublicAddress {
  #records: SubscriptionRecords
  #clock: Clock
  #moves: Pace
  /** What the tunnel says; null while there is none. */
  #reported: string | null = null

  constructor({ records, clock }: { records: SubscriptionRecords; clock: Clock }) {
    this.#records = records
    this.#clock = clock
    this.#moves = new Pace({ clock, ...MOVES })
  }

  get reported(): string | null {
    return this.#reported
  }

  /** The host of the reported address, for explanations. */
  get host(): string | null {
    const url = this.#reported
    return url !== null && URL.canParse(url) ? new URL(url).host : null
  }

  /** Notes what the tunnel says. Returns true when that is news which can be acted on at once. */
  report(url: string | null): boolean {
    const publicUrl = url?.replace(/\/+$/, '') ?? null
    if (publicUrl === this.#reported) return false
    this.#reported = publicUrl
    return publicUrl !== null && this.#mayUse(publicUrl)
  }

  /**
   * The addresses for this moment; null while there is none, or while one that has just changed again must prove that
   * it stays. `moved` when they are others than before.
   */
  async settle(): Promise<{ urls: WebhookUrls | null; moved: boolean }> {
    const url = this.#reported
    if (url === null || !this.#mayUse(url)) return { urls: null, moved: false }
    const { current: left, earlier } = this.#records.addresses
    const moved = left !== url
    if (moved) {
      this.#moves.note()
      const leftAt = this.#clock.now().toISOString()
      const others = earlier.filter((one) => one.url !== url && one.url !== left)
      await this.#records.setAddresses({
        current: url,
        earlier: [...(left === null ? [] : [{ url: left, leftAt }]), ...others].slice(
          0,
          EARLIER_KEPT,
        ),
      })
    }
    return { urls: urlsAt(url), moved }
  }

  /** True for a notificationUrl at our address, or at one that was ours a while ago. */
  isOurs(notificationUrl: string): boolean {
    const now = this.#clock.now().getTime()
    const { current, earlier } = this.#records.addresses
    const recent = earlier.filter(({ leftAt }) => Math.abs(now - Date.parse(leftAt)) < OURS_FOR_MS)
    return [current, ...recent.map(({ url }) => url)].some(
      (url) => url !== null && urlsAt(url).notificationUrl === notificationUrl,
    )
  }

  #mayUse(url: string): boolean {
    return url === this.#records.addresses.current || this.#moves.waitMs === 0
  }
}

function urlsAt(publicUrl: string): WebhookUrls {
  return {
    notificationUrl: publicUrl + NOTIFICATION_PATH,
    lifecycleNotificationUrl: publicUrl + LIFECYCLE_PATH,
  }
}
