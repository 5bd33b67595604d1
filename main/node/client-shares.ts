// How much one sender may ask of the webhook, so that a stranger who floods it leaves room for Microsoft.
export interface ClientShares {
  /** Counts a request of a client; false when it has used up its share. */
  mayAsk: (client: string) => boolean
}

export interface ShareOfOne {
  /** Requests a second in the long run. */
  perSecond: number
  /** Requests at once, after a quiet time. */
  burst: number
}

/** Those who asked last are remembered: at least so many, at most twice as many. */
const REMEMBERED = 5_000

interface Share {
  left: number
  atMs: number
}

/** Token buckets by client. Microsoft posts again what is answered 503. */
export function clientShares(
  { perSecond, burst }: ShareOfOne,
  /** Steady milliseconds. */
  nowMs: () => number = () => performance.now(),
): ClientShares {
  let recent = new Map<string, Share>()
  let before = new Map<string, Share>()
  return {
    mayAsk(client) {
      const atMs = nowMs()
      const share = recent.get(client) ?? before.get(client) ?? { left: burst, atMs }
      share.left = Math.min(burst, share.left + ((atMs - share.atMs) * perSecond) / 1_000)
      share.atMs = atMs
      if (!recent.has(client)) {
        if (recent.size >= REMEMBERED) {
          before = recent
          recent = new Map()
        }
        recent.set(client, share)
      }
      if (share.left < 1) return false
      share.left -= 1
      return true
    },
  }
}
