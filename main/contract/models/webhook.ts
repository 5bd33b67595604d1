// How the webhook fares, and the trials of the way from Microsoft to here.
import type { ErrorReport } from '../errors.ts'
import type { ProbeResult } from './tunnel.ts'

/** Our answers over Graph's window of ten minutes. */
export interface WebhookLatency {
  answered: number
  p50Ms: number
  p99Ms: number
  /** Share of answers that took more than ten seconds, 0 to 1. */
  slowShare: number
  /** Above this share Graph delays what is new; above the other it drops it. */
  delayLimit: number
  dropLimit: number
}

export interface WebhookState {
  running: boolean
  /** True when the person paused it. */
  paused: boolean
  localAddress: string | null
  publicUrl: string | null
  notificationUrl: string | null
  lifecycleNotificationUrl: string | null
  received: number
  /** Items whose clientState or subscription is not ours. Counted, never stored. */
  refused: number
  /** Items with content, since the start: how many Microsoft was proven to have sent, and how many not. */
  content: { proven: number; refused: number }
  /** Items that Graph sent again. Answered, but stored once. */
  duplicates: number
  lastReceivedAt: string | null
  /** null when nothing was answered in the last ten minutes. */
  latency: WebhookLatency | null
  error: ErrorReport | null
}

/** A test notification through the public URL, hop by hop. */
export interface TestNotificationResult extends ProbeResult {
  /** In the inbox; null where it did not come so far. */
  deliveryId: number | null
}

/** Waiting for a real Teams message. */
export interface MessageWaitState {
  phase: 'idle' | 'waiting' | 'came' | 'nothing'
  since: string | null
  /** While waiting: when it ends. */
  until: string | null
  came: {
    deliveryId: number
    summary: string
    receivedAt: string
    /** When the person sent it, where that is known. */
    sentAt: string | null
    tookMs: number | null
  } | null
  /** When nothing came: what to look at. */
  advice: string[]
}
