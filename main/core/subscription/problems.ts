// What can go wrong with a subscription, in words for people, made from Graph's answers.
import type { Remedy, SubscriptionKey } from '../../contract/models/subscription.ts'
import { AppError } from '../app-error.ts'
import type { SharedPlace } from './records.ts'
import { subjectOf, type WantedSubscription } from './wanted.ts'

/** The HTTP status in an error of the Graph client; undefined when Graph was not reached. */
export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('status' in error)) return undefined
  return typeof error.status === 'number' && error.status > 0 ? error.status : undefined
}

/** True for an answer that settles it: Graph did not do what it was asked. Otherwise it may have. */
export function isDefinite(error: unknown): boolean {
  const status = statusOf(error)
  return status !== undefined && status >= 400 && status < 500 && status !== 408
}

/** How long Graph asked to be left alone, in ms; 0 when it did not say. */
export function retryAfterMsOf(error: unknown): number {
  if (!(error instanceof Error) || !('retryAfterSeconds' in error)) return 0
  return typeof error.retryAfterSeconds === 'number' ? error.retryAfterSeconds * 1_000 : 0
}

/** True where Graph minds the expiry that was asked for; it has no code of its own. */
export function isAboutExpiry(error: unknown): boolean {
  return statusOf(error) === 400 && /expir/i.test(graphMessageOf(error))
}

export interface Problem {
  error: unknown
  status: 'refused' | 'failed'
  remedies: Remedy[]
}

/** What a failed creation or renewal means for the person. */
export function explainFailure(
  error: unknown,
  wanted: WantedSubscription,
  context: { hasChatReadAll: boolean; host: string | null },
): Problem {
  const status = statusOf(error)
  if (status === 403 && isLimitReached(error)) {
    return { error: limitReached(error, wanted), status: 'refused', remedies: [] }
  }
  if (status === 403) {
    const remedies: Remedy[] =
      wanted.key !== 'chat-messages'
        ? []
        : context.hasChatReadAll
          ? ['per-user']
          : ['add-chat-read-all', 'per-user']
    return { error: forbidden(error, wanted, context), status: 'refused', remedies }
  }
  if (status === 400 && context.host && isHandshakeFailure(error)) {
    return { error: validationFailed(error, context.host), status: 'failed', remedies: [] }
  }
  if (status === 400 && wanted.withContent && isAboutContent(error)) {
    return { error: contentRefused(error, wanted), status: 'failed', remedies: [] }
  }
  return { error: inWordsForApplication(error), status: 'failed', remedies: [] }
}

/** Nobody signs in here: where Graph does not accept the token, “sign in again” would lead nowhere. */
export function inWordsForApplication(error: unknown): unknown {
  if (statusOf(error) !== 401) return error
  return new AppError('graph-forbidden', {
    message: 'Microsoft Graph does not accept the application’s own token, not even a fresh one.',
    nextStep:
      'Run Verify in Setup. If the application was deleted or disabled in Entra, make the plan again and apply it, or ask your identity team to enable it.',
    details: detailsOf(error),
    cause: error,
  })
}

/** Somebody else receives what we want to receive. */
export function heldElsewhere(wanted: WantedSubscription, held: { host: string }): AppError {
  return new AppError('subscription-held-elsewhere', {
    message: `Another server, ${held.host}, receives ${subjectOf(wanted.key)} instead. Microsoft allows only one.`,
    nextStep:
      'Find out who runs that server. If it is no longer needed, press “Take over”: its subscription is then deleted and notifications come here. If it is meant to have them, press “Observe”.',
  })
}

/** A place that was left to another server, and that nobody holds now. */
export function placeFree(wanted: WantedSubscription, place: SharedPlace): AppError {
  const what = subjectOf(wanted.key)
  return place.state === 'handed-back'
    ? new AppError('subscription-place-free', {
        message: `The place for ${what} was handed back to ${place.host}, which has not subscribed again yet. Until it does, nobody receives them.`,
        nextStep:
          'Have that server subscribe again: only it can, since only it knows the clientState that it accepts. To receive here after all, press “Take the place”.',
      })
    : new AppError('subscription-place-free', {
        message: `${place.host} no longer receives ${what}: its subscription has ended, and nobody receives them now.`,
        nextStep:
          'Find out what happened to that server, or press “Take the place” to receive here.',
      })
}

/** What was asked for only makes sense for a place that another server holds, or from which it was taken. */
export function notShared(key: SubscriptionKey, what: 'observe' | 'hand-back'): AppError {
  const subject = subjectOf(key)
  return new AppError('subscription-not-found', {
    message:
      what === 'observe'
        ? `No other server holds the subscription to ${subject} now.`
        : `The subscription to ${subject} was not taken over from another server.`,
    nextStep: 'Press “Check subscriptions” to see how things are now.',
  })
}

/** Another installation watches presence in the name of the same administrator. */
export function presenceElsewhere(host: string, expirationDateTime: string): AppError {
  return new AppError('subscription-held-elsewhere', {
    message: `Another server, ${host}, already receives presence in the name of this administrator. Microsoft allows only one for each person.`,
    nextStep: `Sign in with another administrator, or end it there: it expires at ${expirationDateTime.slice(11, 16)} UTC unless it is renewed.`,
  })
}

/** Graph says that there is one already, and yet lists none. */
export function conflictWithoutHolder(error: unknown, wanted: WantedSubscription): AppError {
  return new AppError('graph-conflict', {
    message: `Microsoft Graph says that a subscription to ${subjectOf(wanted.key)} exists already, but does not show it.`,
    nextStep:
      'This settles by itself within minutes, or when the hidden subscription expires after three days at most. It is tried again.',
    details: detailsOf(error),
    cause: error,
  })
}

/** There is nobody with this name. */
export function userMissing(error: unknown, userPrincipalName: string): AppError {
  return new AppError('graph-not-found', {
    message: `Nobody in this tenant has the user principal name ${userPrincipalName}.`,
    nextStep: 'Correct the name in Settings, or remove it from the list of people.',
    details: detailsOf(error),
    cause: error,
  })
}

/** Graph answered something that is no subscription. */
export function unreadableAnswer(): AppError {
  return new AppError('graph-rejected', {
    message: 'Microsoft Graph answered with something that is not a subscription.',
    nextStep: 'It is tried again. If it stays so, check whether a proxy changes the traffic.',
  })
}

/** There is no subscription with this id to take over. */
export function notHeld(): AppError {
  return new AppError('subscription-not-found', {
    message: 'That subscription of another server does not exist any more.',
    nextStep: 'Press “Check subscriptions” to see how things are now.',
  })
}

/** Taking over needs an address to receive at. */
export function noAddressYet(): AppError {
  return new AppError('webhook-not-running', {
    message:
      'This computer cannot be reached from the Internet yet, so the subscription was left with the other server.',
    nextStep: 'Start the webhook and its tunnel, then take over.',
  })
}

function forbidden(
  error: unknown,
  wanted: WantedSubscription,
  { hasChatReadAll }: { hasChatReadAll: boolean },
): AppError {
  const rest = { details: detailsOf(error), cause: error }
  const what = subjectOf(wanted.key)
  if (wanted.key === 'chat-messages' && !hasChatReadAll) {
    return new AppError('subscription-forbidden', {
      message: `Microsoft does not send ${what} without the permission Chat.Read.All. Chat.ReadWrite.All is not enough for that.`,
      nextStep:
        'Add the permission Chat.Read.All, which an administrator must consent to, or watch the chats of chosen people instead.',
      ...rest,
    })
  }
  return new AppError('subscription-forbidden', {
    message: `Microsoft does not let this application watch ${what}. Most likely the permission ${wanted.permissionText} is not granted; the details say what Microsoft answered.`,
    nextStep:
      'Run Verify in Setup to see which permissions are in effect. A new consent can take some minutes; then press “Check subscriptions”.',
    ...rest,
  })
}

function validationFailed(error: unknown, host: string): AppError {
  return new AppError('subscription-validation-failed', {
    message: `Microsoft posted a test to ${host} and did not get the right answer within ten seconds. So it did not accept the subscription.`,
    nextStep:
      'Press “Test” on the Webhook page: it shows which hop fails. Often a firewall, a gateway that asks for a sign-in, or an old tunnel address is the reason.',
    details: detailsOf(error),
    cause: error,
  })
}

function contentRefused(error: unknown, wanted: WantedSubscription): AppError {
  return new AppError('graph-rejected', {
    message: `Microsoft does not send the content of ${subjectOf(wanted.key)} along as it was asked to. The details say why.`,
    nextStep:
      'It is tried again by itself. If it stays so, switch “content with notifications” off in Settings: notifications then come without it.',
    details: detailsOf(error),
    cause: error,
  })
}

function limitReached(error: unknown, wanted: WantedSubscription): AppError {
  return new AppError('subscription-forbidden', {
    message: `Microsoft allows no further subscription to ${subjectOf(wanted.key)}: a limit for this application, or the one that all applications of your organization share, is reached. This is not about permissions.`,
    nextStep:
      'Find out which other servers or products watch Teams for your organization, and end a subscription that is no longer needed; the details name the limit. Then press “Check subscriptions”.',
    details: detailsOf(error),
    cause: error,
  })
}

/** A reached limit has the status of a missing permission; only its words differ. */
function isLimitReached(error: unknown): boolean {
  return /\b(limit|quota|exceed(s|ed)?|maximum number)\b/i.test(graphMessageOf(error))
}

/**
 * Only words tell: “Subscription validation request failed. …” or “… timed out.”. The code ValidationError does not:
 * Graph gives it to any other wrong request as well.
 */
function isHandshakeFailure(error: unknown): boolean {
  return /validation request/i.test(graphMessageOf(error))
}

/** About the certificate or the content itself; the status alone does not tell. */
function isAboutContent(error: unknown): boolean {
  return /certificate|resource ?data/i.test(graphMessageOf(error))
}

function graphMessageOf(error: unknown): string {
  if (!(error instanceof Error) || !('graphMessage' in error)) return ''
  return typeof error.graphMessage === 'string' ? error.graphMessage : ''
}

function detailsOf(error: unknown): string | undefined {
  if (error instanceof AppError) return error.details
  return error instanceof Error ? error.message : undefined
}
