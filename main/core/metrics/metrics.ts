// The metrics that matter, out of the state and the tally. No ids, names or addresses: nothing here is about a person.
import type { AppState } from '../../contract/models/state.ts'
import type { Subscription } from '../../contract/models/subscription.ts'
import type { DatabaseSize } from '../ports/stored.ts'
import type { Family, Sample } from './open-metrics.ts'
import type { Tally } from './tally.ts'

export interface MetricFacts {
  version: string
  /** When the process began: counters count since then at the earliest. */
  startedAt: Date
  now: Date
  tally: Tally
  webhook: AppState['webhook']
  tunnel: AppState['tunnel']
  subscriptions: Subscription[]
  handOn: AppState['handOn']
  secretDaysLeft: number | null
  inbox: { count: number } & DatabaseSize
}

const STATUSES: Subscription['status'][] = [
  ...(['waiting', 'creating', 'active', 'renewing'] as const),
  ...(['held-elsewhere', 'observed', 'paused', 'refused', 'failed'] as const),
]

/** Every family; a value that is not known yet is left out. */
export function metricsOf(facts: MetricFacts): Family[] {
  const { version, startedAt, tally, webhook, inbox } = facts
  return [
    { type: 'info', name: 'emi_build', help: 'The running EMI Tray.', labels: { version } },
    gauge(
      // The name that every monitoring knows: https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics
      'process_start_time_seconds',
      'Start time of the process since unix epoch in seconds.',
      [{ value: startedAt.getTime() / 1_000 }],
      'seconds',
    ),
    counter('emi_notifications_stored', 'Notifications stored since the start.', [
      ...tally.stored.entries.map(([kind, value]) => ({ labels: { kind }, value })),
    ]),
    counter('emi_notifications_duplicate', 'Notifications that Graph sent again, stored once.', [
      { value: webhook.duplicates },
    ]),
    counter('emi_notifications_refused', 'Notifications whose clientState is not ours.', [
      { value: webhook.refused },
    ]),
    counter('emi_content_judged', 'Notifications with content, by what their tokens proved.', [
      { labels: { result: 'proven' }, value: webhook.content.proven },
      { labels: { result: 'refused' }, value: webhook.content.refused },
    ]),
    {
      type: 'histogram',
      name: 'emi_webhook_answer_seconds',
      help: 'Time from a post of Graph to our answer, storing it included.',
      unit: 'seconds',
      histogram: tally.answers.counts,
    },
    gauge('emi_webhook_listening', 'Whether the webhook listens.', [flag(webhook.running)]),
    gauge('emi_inbox_notifications', 'Notifications in the inbox.', [{ value: inbox.count }]),
    gauge('emi_inbox_bytes', 'What the database takes on disk.', [{ value: inbox.used }], 'bytes'),
    ...handOnFamilies(facts),
    ...subscriptionFamilies(facts),
    ...tunnelFamilies(facts),
    counter('emi_graph_answers', 'Answers of Microsoft Graph by HTTP status; 0 for none.', [
      ...tally.graphAnswers.entries.map(([status, value]) => ({
        labels: { status: String(status) },
        value,
      })),
    ]),
    counter('emi_graph_throttled', 'Answers of Microsoft Graph that asked to wait.', [
      { value: tally.graphAnswers.entries.find(([status]) => status === 429)?.[1] ?? 0 },
    ]),
    counter('emi_pictures', 'Requests for pictures on the local side.', [
      ...tally.pictures.entries.map(([result, value]) => ({ labels: { result }, value })),
    ]),
    gauge('emi_client_secret_days', 'Days until the client secret expires.', [
      ...known(facts.secretDaysLeft),
    ]),
  ]
}

function handOnFamilies({ handOn, tally }: MetricFacts): Family[] {
  return [
    gauge('emi_hand_on_waiting', 'Events that wait to be handed on.', [{ value: handOn.waiting }]),
    gauge('emi_hand_on_dead', 'Events that were given up.', [{ value: handOn.dead }]),
    counter('emi_hand_on_events', 'Events handed on since the start.', [
      { value: handOn.handedOn },
    ]),
    {
      type: 'histogram',
      name: 'emi_hand_on_latency_seconds',
      help: 'Time from receiving a notification until the contact center took its event.',
      unit: 'seconds',
      histogram: tally.handOns.counts,
    },
  ]
}

function subscriptionFamilies({ subscriptions, now }: MetricFacts): Family[] {
  const expiries = new Map<string, number>()
  for (const { key, expirationDateTime, status } of subscriptions) {
    if (expirationDateTime === null) continue
    if (status === 'held-elsewhere' || status === 'observed' || status === 'paused') continue
    // Those of single people share one label, which tells the one that ends first.
    const kind = key.startsWith('user:') ? 'user' : key
    const seconds = (Date.parse(expirationDateTime) - now.getTime()) / 1_000
    expiries.set(kind, Math.min(expiries.get(kind) ?? Infinity, seconds))
  }
  return [
    gauge('emi_subscriptions', 'Subscriptions by status.', [
      ...STATUSES.map((status) => ({
        labels: { status },
        value: subscriptions.filter((one) => one.status === status).length,
      })),
    ]),
    gauge(
      'emi_subscription_expiry_seconds',
      'Time until a subscription expires, the soonest of its kind.',
      [...expiries].map(([kind, value]) => ({ labels: { kind }, value: Math.round(value) })),
      'seconds',
    ),
  ]
}

function tunnelFamilies({ tunnel, now }: MetricFacts): Family[] {
  const { lastProbe } = tunnel
  const ageMs = lastProbe && now.getTime() - Date.parse(lastProbe.at)
  const tookMs = lastProbe?.hops.reduce((sum, hop) => sum + hop.durationMs, 0)
  return [
    gauge('emi_tunnel_up', 'Whether the tunnel is up.', [flag(tunnel.phase === 'up')]),
    gauge('emi_probe_ok', 'Whether the last test through the public address went well.', [
      ...(lastProbe ? [flag(lastProbe.ok)] : []),
    ]),
    gauge(
      'emi_probe_age_seconds',
      'Time since the last test through the public address.',
      known(ageMs === null ? null : Math.round(ageMs / 1_000)),
      'seconds',
    ),
    gauge(
      'emi_probe_duration_seconds',
      'How long the last test through the public address took.',
      known(tookMs === undefined ? null : tookMs / 1_000),
      'seconds',
    ),
  ]
}

function counter(name: string, help: string, samples: Sample[]): Family {
  return { type: 'counter', name, help, samples }
}

function gauge(name: string, help: string, samples: Sample[], unit?: string): Family {
  return { type: 'gauge', name, help, samples, ...(unit === undefined ? {} : { unit }) }
}

function flag(isSo: boolean): Sample {
  return { value: isSo ? 1 : 0 }
}

function known(value: number | null): Sample[] {
  return value === null ? [] : [{ value }]
}
