// How a subscription stands, in the words of the light and of the overview; pure functions.
import type { ErrorCode } from '../contract/errors.ts'
import type { Subscription } from '../contract/models/subscription.ts'

/** What no later attempt mends. */
const ENDING_ERRORS: ErrorCode[] = ['graph-forbidden', 'secret-unknown', 'subscription-forbidden']

/** True for one of ours that lives. */
export function isActive({ status }: Subscription): boolean {
  return status === 'active' || status === 'renewing'
}

/** It still lives, but Microsoft refuses to renew it: a person must change something before it ends. */
export function isEnding({ status, error }: Subscription): boolean {
  return status === 'active' && error !== null && ENDING_ERRORS.includes(error.code)
}

/** Observed on purpose, and its holder is there. */
export function isLeftToOthers(subscription: Subscription): boolean {
  return subscription.status === 'observed' && !isPlaceFree(subscription)
}

/** Presence, which pauses while nobody is signed in: no reason for another light. */
export function isPaused({ status }: Subscription): boolean {
  return status === 'paused'
}

/** Left to another server, which has gone. */
export function isPlaceFree({ status, error }: Subscription): boolean {
  return status === 'observed' && error?.code === 'subscription-place-free'
}
