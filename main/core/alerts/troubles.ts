// AppState → what is wrong now that should reach a person even with the window closed; a pure function.
import type { AccessTrouble } from '../../contract/models/application.ts'
import type { Alert } from '../../contract/models/health.ts'
import type { AppState } from '../../contract/models/state.ts'
import type { Subscription } from '../../contract/models/subscription.ts'

/** Something that is wrong, for as long as it is. It becomes an alert once it has lasted. */
export interface Trouble extends Pick<Alert, 'kind' | 'severity' | 'title' | 'text' | 'page'> {
  /** What is wrong with what: the same trouble has the same cause at each look. */
  cause: string
  /** How long it must last; what usually mends itself is given the time for it. */
  afterMs: number
}

export type TroubleFacts = Pick<
  AppState,
  'error' | 'webhook' | 'tunnel' | 'subscriptions' | 'handOn' | 'access' | 'drift'
>

const MINUTE_MS = 60_000
/** Reconnecting takes seconds, restarting a router a few minutes. */
const TUNNEL_MS = 5 * MINUTE_MS
const ACCESS_MS = 5 * MINUTE_MS
const SUBSCRIPTION_MS = 5 * MINUTE_MS
/** A receiver that is being updated is back by then, and its events wait meanwhile. */
const HAND_ON_MS = 15 * MINUTE_MS
/** Shares of a handful of answers say little. */
const ANSWERS_TO_JUDGE = 10

/** All troubles of a state. `worked` are the subscriptions that were active before. */
export function troublesOf(facts: TroubleFacts, worked: ReadonlySet<string>): Trouble[] {
  return [
    appTrouble(facts),
    accessTrouble(facts),
    webhookTrouble(facts),
    tunnelTrouble(facts),
    tokenTrouble(facts),
    ...subscriptionTroubles(facts, worked),
    driftTrouble(facts),
    slowTrouble(facts),
    handOnTrouble(facts),
  ].filter((one) => one !== null)
}

function appTrouble({ error }: TroubleFacts): Trouble | null {
  return (
    error && {
      ...{ cause: `app ${error.code}`, kind: 'app', severity: 'critical', afterMs: 0 },
      title: 'EMI Tray cannot work',
      text: `${error.message} ${error.nextStep}`,
      page: 'overview',
    }
  )
}

/** What is known of the application. Replicas of Entra may disagree for a moment. */
function accessTrouble({ access }: TroubleFacts): Trouble | null {
  if (!access) return null
  const { cause, light, sentence, nextStep } = access
  return {
    // A refused subscription that had worked tells of missing consent as well: told by one of them, it was told.
    cause: cause === 'consent' ? 'access' : `access ${cause}`,
    ...{ kind: 'access', afterMs: ACCESS_MS },
    severity: light === 'failed' ? 'critical' : 'warning',
    title: ACCESS_TITLES[cause],
    text: `${sentence} ${nextStep}`,
    page: cause === 'refused' ? 'webhook' : 'application',
  }
}

const ACCESS_TITLES: Record<AccessTrouble['cause'], string> = {
  gone: 'The application is gone',
  'switched-off': 'The application was switched off',
  refused: 'Microsoft refuses the application',
  secret: 'Microsoft refuses the client secret',
  consent: 'A permission was taken away',
  agents: 'Agents cannot connect to Teams',
}

function webhookTrouble({ webhook: { error } }: TroubleFacts): Trouble | null {
  return (
    error && {
      ...{ cause: `webhook ${error.code}`, kind: 'app', severity: 'critical', afterMs: 0 },
      title: 'The webhook could not start',
      text: `No Teams message arrives. ${error.message}`,
      page: 'webhook',
    }
  )
}

function tunnelTrouble({ webhook, tunnel }: TroubleFacts): Trouble | null {
  if (!webhook.running || tunnel.phase === 'up' || tunnel.phase === 'stopped') return null
  if (tunnel.error?.code === 'tunnel-taken-over') {
    return {
      ...{ cause: 'tunnel taken', kind: 'taken-over', severity: 'critical', afterMs: 0 },
      title: 'Another computer took the tunnel',
      text: 'Teams messages go there now. Decide which computer is to receive them.',
      page: 'webhook',
    }
  }
  return {
    ...{ cause: 'tunnel', kind: 'tunnel', severity: 'critical' },
    // Where no attempt can help, waiting cannot either; a person may just be changing it.
    afterMs: tunnel.phase === 'failed' ? MINUTE_MS / 2 : TUNNEL_MS,
    title: 'The public address does not lead here',
    text: `No Teams message arrives until it does. ${tunnel.error?.message ?? ''}`.trim(),
    page: 'webhook',
  }
}

function tokenTrouble({ webhook, tunnel: { endsSoon, validUntil } }: TroubleFacts): Trouble | null {
  if (!webhook.running || !endsSoon || validUntil === null) return null
  return {
    // Each token is told of once.
    ...{ cause: `tunnel token ${validUntil}`, kind: 'tunnel', severity: 'warning', afterMs: 0 },
    title: 'The token of the tunnel runs out',
    text: 'Keep a fresh one on the Webhook page before it does, else no Teams message arrives.',
    page: 'webhook',
  }
}

function subscriptionTroubles(
  { webhook, tunnel, subscriptions, access }: TroubleFacts,
  worked: ReadonlySet<string>,
): Trouble[] {
  // Without a way here Microsoft refuses every subscription: that is the tunnel's trouble.
  if (!webhook.running || tunnel.phase !== 'up') return []
  // Presence comes and goes with a sign-in: its row says how it stands, and nobody is called for it.
  const withStatus = (status: Subscription['status']) =>
    subscriptions.filter((one) => one.status === status && one.key !== 'presence')
  const troubles: Trouble[] = []
  if (withStatus('held-elsewhere').length > 0) {
    troubles.push({
      ...{ cause: 'subscription taken', kind: 'taken-over', severity: 'critical', afterMs: 0 },
      title: 'Another server receives the notifications',
      text: 'Microsoft sends them to one server only. Decide which one it is to be.',
      page: 'webhook',
    })
  }
  // Left to a server on purpose, which then went away.
  const free = withStatus('observed').find(({ error }) => error !== null)
  if (free) {
    troubles.push({
      ...{ cause: 'subscription free', kind: 'subscription', severity: 'critical' },
      afterMs: SUBSCRIPTION_MS,
      title: 'Nobody receives these notifications',
      text: free.error?.message ?? '',
      page: 'webhook',
    })
  }
  // What is wrong with the application is told once, and not as what follows from it.
  if (access && access.cause !== 'agents') return troubles
  const failed = withStatus('failed')
  if (failed.length > 0) {
    troubles.push({
      ...{ cause: 'subscription', kind: 'subscription', severity: 'critical' },
      afterMs: SUBSCRIPTION_MS,
      title: failed.length === 1 ? 'A subscription was lost' : 'Subscriptions were lost',
      text: `Microsoft does not send what belongs to ${failed.length === 1 ? 'it' : 'them'}. ${failed[0]?.error?.message ?? ''}`.trim(),
      page: 'webhook',
    })
  }
  // Refused from the beginning is a choice that Setup explains; refused after it worked is a loss,
  // and so is one that lives and is not renewed.
  const isLost = withStatus('refused').some(({ key }) => worked.has(key))
  const isEnding = withStatus('active').some(
    ({ error }) => error?.code === 'subscription-forbidden',
  )
  if (isLost || isEnding) {
    troubles.push({
      ...{ cause: 'access', kind: 'access', severity: 'critical', afterMs: 0 },
      title: 'A permission was taken away',
      text: 'Microsoft refuses what it allowed before. Compare the application with what it should be.',
      page: 'application',
    })
  }
  return troubles
}

function driftTrouble({ drift: { report, outdated }, access }: TroubleFacts): Trouble | null {
  if (!report || report.inOrder || outdated || access) return null
  return {
    ...{ cause: 'drift', kind: 'access', severity: 'warning', afterMs: 0 },
    title: 'The application in Entra was changed',
    text: 'Something that it needs is missing or different. See what, and repair it.',
    page: 'application',
  }
}

function slowTrouble({ webhook: { latency } }: TroubleFacts): Trouble | null {
  if (!latency || latency.answered < ANSWERS_TO_JUDGE) return null
  const { slowShare, delayLimit, dropLimit } = latency
  if (slowShare < delayLimit) return null
  const drops = slowShare >= dropLimit
  return {
    ...{ cause: drops ? 'drops' : 'slow', kind: 'slow-webhook', afterMs: 0 },
    severity: drops ? 'critical' : 'warning',
    title: drops ? 'Microsoft drops notifications' : 'The webhook answers slowly',
    text: drops
      ? 'Too many answers took longer than ten seconds. What is missing is read again later.'
      : 'Microsoft holds notifications back when too many answers take longer than ten seconds.',
    page: 'webhook',
  }
}

function handOnTrouble({ handOn }: TroubleFacts): Trouble | null {
  const { phase, dead } = handOn
  if (phase === 'failing' && dead > 0) {
    return {
      ...{ cause: 'hand-on given up', kind: 'hand-on', severity: 'critical', afterMs: 0 },
      title: 'Events for the contact center were given up',
      text: `${dead === 1 ? '1 event' : `${dead} events`} could not be handed on for three days. They can be handed on again.`,
      page: 'webhook',
    }
  }
  if (phase !== 'failing' && phase !== 'retrying') return null
  return {
    ...{ cause: 'hand-on', kind: 'hand-on', severity: 'warning', afterMs: HAND_ON_MS },
    title: 'The contact center takes no events',
    text: 'They wait and are handed on as soon as it does. Nothing is lost.',
    page: 'webhook',
  }
}
