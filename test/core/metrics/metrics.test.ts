// Metrics: read back by the grammar of OpenMetrics, with the numbers that matter and nobody's name.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { apgApi, apgLib } from 'apg-js'
import { describe, expect, it } from 'vitest'
import type { Subscription } from '../../../main/contract/models/subscription.ts'
import { metricsOf } from '../../../main/core/metrics/metrics.ts'
import { openMetricsText } from '../../../main/core/metrics/open-metrics.ts'
import { Histogram, Tally } from '../../../main/core/metrics/tally.ts'
import { noHandOn, noTunnel, noWebhook } from '../../../main/core/nothing-yet.ts'
import { activeSubscription } from '../../fakes/active-subscription.ts'

const grammar = grammarOf(join(import.meta.dirname, 'openmetrics.abnf'))
const now = new Date('2026-03-02T09:00:00.000Z')

function grammarOf(file: string): object {
  const api = new apgApi(readFileSync(file, 'utf8').replaceAll('\n', '\r\n'))
  api.generate()
  expect(api.errors).toEqual([])
  return api.toObject()
}

/** The text up to where it breaks the grammar; null where it keeps it. */
function brokenAt(text: string): string | null {
  const characters = Array.from(text, (character) => character.codePointAt(0) ?? 0)
  const { success, maxMatched } = new apgLib.parser().parse(grammar, 'exposition', characters)
  return success ? null : text.slice(0, maxMatched + 1)
}

const subscription = (change: Partial<Subscription>) =>
  activeSubscription({
    ...{ key: 'chats', resource: '/chats', subscriptionId: 'sub-1' },
    expirationDateTime: '2026-03-02T10:00:00.000Z',
    ...change,
  })

function textOf(change: Partial<Parameters<typeof metricsOf>[0]> = {}): string {
  return openMetricsText(
    metricsOf({
      version: '0.1.0',
      startedAt: new Date('2026-03-01T09:00:00.250Z'),
      now,
      tally: new Tally(),
      webhook: noWebhook,
      tunnel: noTunnel,
      subscriptions: [],
      handOn: noHandOn,
      secretDaysLeft: null,
      inbox: { count: 0, used: 0, free: 0 },
      ...change,
    }),
  )
}

function busy(): string {
  const tally = new Tally()
  tally.stored.add('changeNotification', 7)
  tally.stored.add('lifecycleNotification')
  tally.graphAnswers.add(200, 12)
  tally.graphAnswers.add(429, 3)
  tally.graphAnswers.add(0)
  tally.pictures.add('sent', 2)
  tally.answers.observe(0.004)
  tally.answers.observe(0.3)
  tally.answers.observe(42)
  tally.handOns.observe(1.5)
  return textOf({
    tally,
    secretDaysLeft: 29.5,
    webhook: { ...noWebhook, running: true, duplicates: 2, refused: 4 },
    handOn: { ...noHandOn, waiting: 5, dead: 1, handedOn: 9 },
    inbox: { count: 8, used: 4096, free: 0 },
    tunnel: {
      ...noTunnel,
      phase: 'up',
      lastProbe: {
        at: '2026-03-02T08:59:00.000Z',
        ok: true,
        hops: [{ name: 'dns', ok: true, durationMs: 250, message: '' }],
      },
    },
    subscriptions: [
      subscription({}),
      subscription({ key: 'user:ella.brandt@contoso.example' }),
      subscription({
        key: 'user:grace.okafor@contoso.example',
        expirationDateTime: '2026-03-02T09:30:00.000Z',
      }),
      subscription({ key: 'chat-messages', status: 'failed', expirationDateTime: null }),
    ],
  })
}

describe('metrics', () => {
  it('keep the grammar of OpenMetrics, busy or fresh', () => {
    expect(brokenAt(textOf())).toBeNull()
    expect(brokenAt(busy())).toBeNull()
  })

  it('keep it whatever a label or a help text holds', () => {
    const odd = 'a "quoted"\nline with \\ and ü 🙂'
    const text = openMetricsText([
      { type: 'info', name: 'x', help: odd, labels: { version: odd } },
      {
        type: 'gauge',
        name: 'y',
        help: odd,
        samples: [NaN, Infinity, -1.5e-9, 1e21].map((value) => ({ value })),
      },
    ])
    expect(brokenAt(text)).toBeNull()
    expect(text).toContain('\\"quoted\\"\\nline with \\\\ and ü 🙂')
  })

  it('are refused by this test when they break it', () => {
    expect(brokenAt('# TYPE x gauge\nx 1')).not.toBeNull()
    expect(brokenAt('# TYPE x gauge\nx{a=b} 1\n# EOF\n')).not.toBeNull()
    expect(brokenAt('# TYPE x gauge\nx one\n# EOF\n')).not.toBeNull()
  })

  it('tell what matters', () => {
    const lines = busy().split('\n')
    for (const line of [
      'emi_build_info{version="0.1.0"} 1',
      '# UNIT process_start_time_seconds seconds',
      'process_start_time_seconds 1772355600.25',
      'emi_notifications_stored_total{kind="changeNotification"} 7',
      'emi_notifications_duplicate_total 2',
      'emi_notifications_refused_total 4',
      'emi_webhook_answer_seconds_bucket{le="0.005"} 1',
      'emi_webhook_answer_seconds_bucket{le="0.5"} 2',
      'emi_webhook_answer_seconds_bucket{le="10.0"} 2',
      'emi_webhook_answer_seconds_bucket{le="+Inf"} 3',
      'emi_webhook_answer_seconds_count 3',
      'emi_inbox_notifications 8',
      'emi_hand_on_waiting 5',
      'emi_hand_on_dead 1',
      'emi_hand_on_events_total 9',
      'emi_hand_on_latency_seconds_sum 1.5',
      'emi_subscriptions{status="active"} 3',
      'emi_subscriptions{status="failed"} 1',
      'emi_subscription_expiry_seconds{kind="chats"} 3600',
      'emi_subscription_expiry_seconds{kind="user"} 1800',
      'emi_tunnel_up 1',
      'emi_probe_ok 1',
      'emi_probe_age_seconds 60',
      'emi_graph_answers_total{status="429"} 3',
      'emi_graph_throttled_total 3',
      'emi_pictures_total{result="sent"} 2',
      'emi_client_secret_days 29.5',
    ]) {
      expect(lines).toContain(line)
    }
  })

  it('name each family once, with a counter’s name ending as it must', () => {
    const lines = busy().split('\n')
    const types = lines.filter((line) => line.startsWith('# TYPE ')).map((line) => line.split(' '))
    const names = types.map(([, , name]) => name ?? '')
    expect(new Set(names).size).toBe(names.length)
    const units = lines.filter((line) => line.startsWith('# UNIT '))
    for (const line of units) {
      const [, , name = '', unit = ''] = line.split(' ')
      expect(name.endsWith(`_${unit}`)).toBe(true)
    }
    const series = lines.filter((line) => line !== '' && !line.startsWith('#'))
    const keys = series.map((line) => line.slice(0, line.lastIndexOf(' ')))
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('never name a person, a chat or an address', () => {
    expect(busy()).not.toMatch(/@|contoso|ella|grace|sub-1|https?:/i)
  })

  it('leave out what is not known yet', () => {
    const text = textOf()
    expect(text).not.toMatch(/^emi_(probe_ok|client_secret_days|subscription_expiry_seconds)[ {]/m)
    expect(text).toContain('emi_tunnel_up 0\n')
    expect(text).toContain('emi_notifications_stored_total{kind="lifecycleNotification"} 0\n')
  })
})

describe('a histogram', () => {
  it('counts a value at its bound within that bound', () => {
    const histogram = new Histogram([1, 2])
    for (const value of [1, 1.5, 2, 3]) histogram.observe(value)
    expect(histogram.counts).toEqual({ bounds: [1, 2], counts: [1, 2, 1], sum: 7.5 })
  })
})
