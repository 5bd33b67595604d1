// What can be wrong along the chain from Microsoft to the contact center, each as one light with its sentence and fix.
import type { AccessTrouble, SecretCareState } from '../contract/models/application.ts'
import type { Mode } from '../contract/models/connection.ts'
import type { HandOnState } from '../contract/models/contact-center.ts'
import type { GapLog } from '../contract/models/gaps.ts'
import type { Handover } from '../contract/models/handover.ts'
import type { Fix, Health, Light } from '../contract/models/health.ts'
import type { AppState } from '../contract/models/state.ts'
import type { Subscription } from '../contract/models/subscription.ts'
import type { TunnelState } from '../contract/models/tunnel.ts'
import type { WebhookState } from '../contract/models/webhook.ts'
import { daysLeft, SECRET_PAGE } from './secret-level.ts'
import {
  isActive,
  isEnding,
  isLeftToOthers,
  isPaused,
  isPlaceFree,
} from './subscription-standing.ts'

/** What the light depends on. */
export interface HealthFacts {
  now: Date
  mode: Mode | null
  opening: boolean
  error: AppState['error']
  setUp: boolean
  handover: Handover
  access: AccessTrouble | null
  secretCare: SecretCareState
  webhook: WebhookState
  tunnel: TunnelState
  subscriptions: Subscription[]
  handOn: HandOnState
  gaps: GapLog
}

/** A light and why. Without a next step of its own, the fix is all there is to do. */
export type Trouble = Omit<Health, 'nextStep'> & Partial<Pick<Health, 'nextStep'>>

/** Early enough for an identity team that meets once in a fortnight. */
const SECRET_WARNING_DAYS = 30
const DAY_MS = 86_400_000

const openSetup: Fix = { label: 'Open Setup', kind: 'page', page: 'setup' }
const openWebhook: Fix = { label: 'Open Webhook', kind: 'page', page: 'webhook' }
const openApplication: Fix = { label: 'Open Application', kind: 'page', page: 'application' }
const openSecret: Fix = { label: 'Open Secrets', kind: 'page', page: SECRET_PAGE }

/** The app itself cannot work. */
export function machineTrouble({ error }: HealthFacts): Trouble | null {
  if (!error) return null
  const { message: sentence, nextStep, at: since } = error
  return { light: 'failed', sentence, nextStep, since, fix: null }
}

/** Nothing is set up, or a set-up goes on. */
export function setupTrouble({ mode, opening, setUp, webhook }: HealthFacts): Trouble | null {
  if (opening) {
    return {
      ...{ light: 'working', sentence: 'EMI Tray is opening its connection.' },
      ...{ since: null, fix: null },
    }
  }
  if (mode && setUp) return null
  // What was in place stays in place while a later plan is carried out.
  if (mode && webhook.running) {
    return trouble('working', 'Setup is changing the application. Finish it there.', openSetup)
  }
  return {
    light: 'not-set-up',
    sentence: mode
      ? 'Set-up is not finished yet.'
      : 'Nothing is connected yet. Choose how to start.',
    since: null,
    fix: mode ? openSetup : null,
  }
}

/** The application cannot do its work in the tenant, or not all of it. */
export function applicationTrouble({ access }: HealthFacts): Trouble | null {
  if (!access) return null
  const { light, sentence, nextStep, since, cause } = access
  // What a policy refuses shows with the subscriptions, in Microsoft’s own words.
  const fix = cause === 'refused' ? openWebhook : openApplication
  return { light, sentence, nextStep, since, fix }
}

/** The client secret is at its end, or its replacement waits for a person. */
export function secretTrouble(facts: HealthFacts): Trouble | null {
  return rotationTrouble(facts) ?? expiryTrouble(facts)
}

function expiryTrouble({ handover, now }: HealthFacts): Trouble | null {
  const { secretExpiresAt: endDateTime } = handover
  if (!endDateTime) return null
  const days = daysLeft({ startDateTime: '', endDateTime }, now)
  if (days === null || days > SECRET_WARNING_DAYS) return null
  if (days <= 0) {
    return {
      light: 'failed',
      sentence: 'The client secret has expired, so Microsoft refuses the contact center.',
      since: endDateTime,
      fix: openSecret,
    }
  }
  const sentence =
    days === 1
      ? 'The client secret expires within a day.'
      : `The client secret expires in ${days} days.`
  return trouble('warning', sentence, openSecret)
}

/** A rotation that waits for a person. One that is carried out right now, or before the end, hides no expiry. */
function rotationTrouble(facts: HealthFacts): Trouble | null {
  const { rotation, job } = facts.secretCare
  if (!rotation) return null
  const { phase, oldSecret } = rotation
  if (phase === 'handing-over') {
    return oldSecret?.expired
      ? {
          light: 'failed',
          sentence: 'The old client secret has expired. Enter the new one in Bright Pattern.',
          since: oldSecret.endDateTime,
          fix: openSecret,
        }
      : trouble('warning', 'A new client secret waits to be entered in Bright Pattern.', openSecret)
  }
  const expiry = expiryTrouble(facts)
  if (expiry?.light === 'failed') return expiry
  if (job.running) return trouble('working', 'The client secret is being replaced.', openSecret)
  return trouble(
    'warning',
    phase === 'removing'
      ? 'A client secret that is not needed any more waits to be removed.'
      : 'Replacing the client secret was interrupted. Go on with it.',
    openSecret,
  )
}

/** The way in lasts, but not for long. */
export function tokenTrouble({ webhook, tunnel }: HealthFacts): Trouble | null {
  if (!webhook.running || !tunnel.endsSoon) return null
  return trouble('warning', 'The token of the tunnel runs out soon.', openWebhook)
}

/** Nobody listens. */
export function webhookTrouble({ webhook }: HealthFacts): Trouble | null {
  if (webhook.error) {
    return {
      light: 'failed',
      sentence: webhook.error.message,
      nextStep: webhook.error.nextStep,
      since: webhook.error.at,
      fix: openWebhook,
    }
  }
  if (webhook.running) return null
  return webhook.paused
    ? trouble('warning', 'The webhook is paused, so no Teams message arrives.', {
        label: 'Resume',
        kind: 'call',
        call: 'webhook.start',
      })
    : trouble('warning', 'The webhook is not running yet.', openWebhook)
}

/** The public address does not lead here. */
export function tunnelTrouble({ tunnel }: HealthFacts): Trouble | null {
  switch (tunnel.phase) {
    case 'up':
      return null
    case 'connecting':
      return tunnel.error
        ? {
            light: 'failed',
            sentence: tunnel.error.message,
            nextStep: tunnel.error.nextStep,
            since: tunnel.since,
            fix: { label: 'Try now', kind: 'call', call: 'tunnel.restart' },
          }
        : trouble('working', 'Checking that the public address leads here.', null)
    case 'degraded':
      return {
        light: 'warning',
        sentence: tunnel.error?.message ?? 'The last test of the public address failed.',
        nextStep: tunnel.error?.nextStep ?? null,
        since: tunnel.since,
        fix: { label: 'Reconnect', kind: 'call', call: 'tunnel.restart' },
      }
    case 'failed':
    case 'stopped':
      return {
        light: 'failed',
        sentence: tunnel.error?.message ?? 'The tunnel is not connected.',
        nextStep: tunnel.error?.nextStep ?? null,
        since: tunnel.since,
        fix: openWebhook,
      }
  }
}

/** Microsoft does not send, or not to us. */
export function subscriptionTrouble({ subscriptions }: HealthFacts): Trouble | null {
  const broken = subscriptions.filter(
    (one) =>
      ['failed', 'refused', 'held-elsewhere'].includes(one.status) ||
      isPlaceFree(one) ||
      isEnding(one),
  )
  const active = subscriptions.filter(isActive)
  const first = broken[0]
  if (first) {
    const light: Light = active.length > 0 ? 'warning' : 'failed'
    return {
      light,
      sentence: first.error?.message ?? 'A subscription is not in place.',
      nextStep: first.error?.nextStep ?? null,
      since: null,
      fix: openWebhook,
    }
  }
  const inOrder =
    active.length + subscriptions.filter((one) => isLeftToOthers(one) || isPaused(one)).length
  if (inOrder === subscriptions.length && inOrder > 0) return null
  return trouble('working', 'Asking Microsoft to send notifications.', null)
}

/** What keeps events from the contact center. They wait meanwhile, and nothing is lost. */
export function handOnTrouble({ handOn }: HealthFacts): Trouble | null {
  const { phase, dead, waiting, error, failingSince: since } = handOn
  switch (phase) {
    case 'off':
    case 'working':
      return null
    case 'paused':
      return trouble(
        'warning',
        `Handing on to the contact center is paused. ${eventsOf(waiting)} ${waiting === 1 ? 'waits' : 'wait'}.`,
        openWebhook,
      )
    case 'retrying': {
      const sentence = error?.message ?? 'The contact center does not take events. Trying again.'
      const nextStep = error?.nextStep ?? null
      return { light: 'warning', sentence, nextStep, since, fix: openWebhook }
    }
    case 'failing': {
      const sentence =
        dead > 0
          ? `${eventsOf(dead)} could not be handed on to the contact center and ${dead === 1 ? 'was' : 'were'} given up.`
          : (error?.message ?? 'Events cannot be handed on.')
      const nextStep = dead > 0 ? null : (error?.nextStep ?? null)
      return { light: 'failed', sentence, nextStep, since, fix: openWebhook }
    }
  }
}

/** What was missed and is not made good: while it lasts, and for a day after. */
export function gapTrouble({ gaps, now }: Pick<HealthFacts, 'gaps' | 'now'>): Trouble | null {
  for (const { phase, since, endedAt, error } of gaps.entries) {
    if (phase === 'open') {
      return {
        light: 'warning',
        sentence:
          'Notifications may be getting lost right now. They are read from Microsoft later.',
        ...{ since, fix: openWebhook },
      }
    }
    if (phase === 'waiting' && error !== null) {
      return {
        light: 'warning',
        sentence: 'Missed messages could not be read from Microsoft yet. It is tried again.',
        ...{ since, fix: openWebhook },
      }
    }
    const isRecent = endedAt !== null && now.getTime() - Date.parse(endedAt) < DAY_MS
    if ((phase === 'partly' || phase === 'cannot') && isRecent) {
      return {
        light: 'warning',
        sentence: 'Some missed messages could not be recovered. The gap log says which.',
        ...{ since, fix: openWebhook },
      }
    }
  }
  return null
}

export function eventsOf(count: number): string {
  return count === 1 ? '1 event' : `${count} events`
}

function trouble(light: Light, sentence: string, fix: Fix | null): Trouble {
  return { light, sentence, since: null, fix }
}
