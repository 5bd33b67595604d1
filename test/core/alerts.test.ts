// Alerts: what is raised when, once per cause, told together, and not to somebody who looks on.
import { expect, test } from 'vitest'
import type { AlertKind } from '../../main/contract/models/health.ts'
import type { AppState } from '../../main/contract/models/state.ts'
import { Alerts } from '../../main/core/alerts/alerts.ts'
import type { PopUp } from '../../main/core/ports/machine.ts'
import { activeSubscription } from '../fakes/active-subscription.ts'
import { FakeClock } from '../fakes/fake-clock.ts'
import { nothingYet } from '../fakes/nothing-yet.ts'

const MINUTE_MS = 60_000

const report = (code: 'tunnel-transient' | 'tunnel-taken-over' | 'vault-key-wrong') => ({
  code,
  message: 'The gateway does not answer.',
  nextStep: 'Look at the gateway.',
  details: null,
  reference: '1',
  at: '2026-03-02T09:00:00.000Z',
})

const subscription = activeSubscription()

/** An app that works, and what a test makes of it. */
function desk({ watched = false, quiet = [] as AlertKind[] } = {}) {
  const clock = new FakeClock()
  const nothing = nothingYet()
  let state: AppState = {
    revision: 1,
    ...nothing,
    settings: { ...nothing.settings, quietAlerts: quiet },
    webhook: { ...nothing.webhook, running: true },
    tunnel: { ...nothing.tunnel, phase: 'up' },
    subscriptions: [subscription],
  }
  const shown: PopUp[] = []
  const window = { watched }
  const alerts = new Alerts({
    clock,
    popUps: { show: (popUp) => shown.push(popUp), isWatched: () => window.watched },
    state: () => state,
    onChange: () => undefined,
  })
  const change = (part: Partial<AppState>) => {
    state = { ...state, ...part, revision: state.revision + 1 }
    alerts.note(state)
  }
  const down = (code: 'tunnel-transient' | 'tunnel-taken-over' = 'tunnel-transient') =>
    change({
      tunnel: {
        ...state.tunnel,
        phase: code === 'tunnel-transient' ? 'connecting' : 'failed',
        error: report(code),
      },
    })
  const up = () => change({ tunnel: { ...state.tunnel, phase: 'up', error: null } })
  change({})
  return { clock, alerts, shown, window, change, down, up, state: () => state }
}

test('a short break of the tunnel is not worth an alert, a long one is, once', async () => {
  const { clock, shown, alerts, down, up } = desk()
  down()
  await clock.advance(4 * MINUTE_MS)
  up()
  await clock.advance(20 * MINUTE_MS)
  expect(shown).toEqual([])
  down()
  await clock.advance(4 * MINUTE_MS)
  down()
  await clock.advance(30 * MINUTE_MS)
  expect(shown.map((one) => one.title)).toEqual(['The public address does not lead here'])
  expect(shown[0]).toMatchObject({ page: 'webhook', severity: 'critical' })
  expect(alerts.list).toHaveLength(1)
})

test('an alert goes with its trouble, and what comes back soon is not told again', async () => {
  const { clock, shown, alerts, down, up } = desk()
  down()
  await clock.advance(6 * MINUTE_MS)
  up()
  expect(alerts.list).toEqual([])
  await clock.advance(10 * MINUTE_MS)
  down()
  await clock.advance(10 * MINUTE_MS)
  expect(shown).toHaveLength(1)
  up()
  await clock.advance(40 * MINUTE_MS)
  down()
  await clock.advance(10 * MINUTE_MS)
  expect(shown).toHaveLength(2)
})

test('a trouble that ends before it was told is never told', async () => {
  const { clock, shown, down, up } = desk()
  down('tunnel-taken-over')
  await clock.advance(1_000)
  up()
  await clock.advance(MINUTE_MS)
  expect(shown).toEqual([])
})

test('what is taken back within moments neither stays nor pops up', async () => {
  const { alerts, shown, clock } = desk()
  alerts.raise({
    ...{ id: 'gap-found-1', at: '', kind: 'gap', severity: 'warning' },
    ...{ title: 'Teams messages may have been missed', text: '', page: 'webhook' },
  })
  alerts.withdraw(({ id }) => id === 'gap-found-1')
  await clock.advance(MINUTE_MS)
  expect(alerts.list).toEqual([])
  expect(shown).toEqual([])
})

test('another computer that took the tunnel is told at once', async () => {
  const { clock, shown, down } = desk()
  down('tunnel-taken-over')
  await clock.advance(2_000)
  expect(shown).toMatchObject([{ title: 'Another computer took the tunnel', page: 'webhook' }])
})

test('what breaks together is one pop-up, which leads to the most severe', async () => {
  const { clock, shown, change, state } = desk()
  change({
    drift: { ...state().drift, report: { inOrder: false } as AppState['drift']['report'] },
    handOn: { ...state().handOn, phase: 'failing', dead: 3 },
  })
  await clock.advance(2_000)
  expect(shown).toEqual([
    {
      title: '2 things need attention',
      text: 'Events for the contact center were given up. The application in Entra was changed.',
      page: 'overview',
      severity: 'critical',
    },
  ])
})

test('nothing pops up for somebody who has the window before them, and it is on the pages', async () => {
  const { clock, shown, alerts, window, change } = desk({ watched: true })
  change({ error: report('vault-key-wrong') })
  await clock.advance(MINUTE_MS)
  window.watched = false
  await clock.advance(MINUTE_MS)
  expect(shown).toEqual([])
  expect(alerts.list).toMatchObject([{ kind: 'app', title: 'EMI Tray cannot work' }])
})

test('a kind that was switched off is on the pages only, another one still pops up', async () => {
  const { clock, shown, alerts, down, change } = desk({ quiet: ['tunnel'] })
  down()
  await clock.advance(6 * MINUTE_MS)
  expect(shown).toEqual([])
  expect(alerts.list).toHaveLength(1)
  change({ error: report('vault-key-wrong') })
  await clock.advance(2_000)
  expect(shown.map((one) => one.title)).toEqual(['EMI Tray cannot work'])
})

test('on a locked screen alerts wait, and come together when it is unlocked', async () => {
  const { clock, shown, alerts, down, change } = desk()
  alerts.noteMachine('lock')
  change({ error: report('vault-key-wrong') })
  down()
  await clock.advance(20 * MINUTE_MS)
  expect(shown).toEqual([])
  alerts.noteMachine('unlock')
  expect(shown.map((one) => one.title)).toEqual(['2 things need attention'])
})

test('after a sleep what was broken gets its time to mend', async () => {
  const { clock, shown, alerts, down, up } = desk()
  down()
  await clock.advance(4.9 * MINUTE_MS)
  alerts.noteMachine('resume')
  await clock.advance(MINUTE_MS)
  up()
  await clock.advance(MINUTE_MS)
  expect(shown).toEqual([])
})

test('without a tunnel no subscription is said to be lost; with one it is, after some minutes', async () => {
  const { clock, alerts, shown, change, down, up } = desk()
  change({ subscriptions: [{ ...subscription, status: 'failed' }] })
  down()
  await clock.advance(20 * MINUTE_MS)
  expect(alerts.list.map(({ kind }) => kind)).toEqual(['tunnel'])
  up()
  await clock.advance(4 * MINUTE_MS)
  expect(alerts.list).toEqual([])
  await clock.advance(2 * MINUTE_MS)
  expect(alerts.list.map(({ kind }) => kind)).toEqual(['subscription'])
  expect(shown).toHaveLength(2)
})

test('presence calls nobody; a place that nobody holds any more does', async () => {
  const { clock, alerts, change, state } = desk()
  const error = { code: 'subscription-place-free' as const, message: 'm', nextStep: 'n' }
  const report = { ...error, details: null, reference: 'r', at: state().version }
  change({ subscriptions: [{ ...subscription, key: 'presence', status: 'failed' }] })
  await clock.advance(20 * MINUTE_MS)
  expect(alerts.list).toEqual([])
  change({ subscriptions: [{ ...subscription, status: 'observed', error: report }] })
  await clock.advance(20 * MINUTE_MS)
  expect(alerts.list.map(({ kind }) => kind)).toEqual(['subscription'])
})

test('what Microsoft refused from the beginning is no alert; what it takes away later is', async () => {
  const { clock, alerts, change } = desk()
  const refused = (key: AppState['subscriptions'][number]['key']) =>
    change({ subscriptions: [{ ...subscription, key, status: 'refused' }] })
  refused('channel-messages')
  await clock.advance(MINUTE_MS)
  expect(alerts.list).toEqual([])
  refused('chat-messages')
  expect(alerts.list.map(({ kind }) => kind)).toEqual(['access'])
})

test('a subscription that Microsoft no longer renews is told of while it still lives', () => {
  const { alerts, change } = desk()
  const error = { ...report('tunnel-transient'), code: 'subscription-forbidden' as const }
  change({ subscriptions: [{ ...subscription, error }] })
  expect(alerts.list).toMatchObject([{ kind: 'access', severity: 'critical' }])
})

test('an application that does not work is told once it has lasted, and nothing that follows from it', async () => {
  const { clock, alerts, shown, change, state } = desk()
  const report = { inOrder: false } as AppState['drift']['report']
  change({
    access: {
      ...{ cause: 'switched-off', light: 'failed', since: null, short: 'Off.' },
      ...{ sentence: 'Somebody switched it off.', nextStep: 'Ask who.' },
    },
    drift: { ...state().drift, report },
    subscriptions: [
      { ...subscription, status: 'refused' },
      { ...subscription, key: 'chats', status: 'failed' },
    ],
  })
  await clock.advance(4 * MINUTE_MS)
  expect(alerts.list).toEqual([])
  await clock.advance(30 * MINUTE_MS)
  expect(alerts.list).toMatchObject([
    { kind: 'access', severity: 'critical', text: 'Somebody switched it off. Ask who.' },
  ])
  expect(shown).toMatchObject([{ title: 'The application was switched off', page: 'application' }])
})

test('the alert of a change goes once all of it is known to be in order, without another comparison', async () => {
  const { clock, alerts, change, state } = desk()
  const drift = { ...state().drift, report: { inOrder: false } as AppState['drift']['report'] }
  change({ drift })
  await clock.advance(MINUTE_MS)
  expect(alerts.list).toMatchObject([{ title: 'The application in Entra was changed' }])
  change({ drift: { ...drift, outdated: true } })
  expect(alerts.list).toEqual([])
})

test('consent that was told of by a refused subscription is not told of again', async () => {
  const { clock, shown, change } = desk()
  change({ subscriptions: [{ ...subscription, status: 'refused' }] })
  await clock.advance(MINUTE_MS)
  change({
    access: {
      ...{ cause: 'consent', light: 'failed', since: null, short: 'Missing.' },
      ...{ sentence: 'Consent is missing.', nextStep: 'Ask who.' },
    },
  })
  await clock.advance(30 * MINUTE_MS)
  expect(shown).toMatchObject([{ title: 'A permission was taken away', page: 'application' }])
})

test('a receiver that is away for a while is told after a quarter of an hour', async () => {
  const { clock, alerts, change, state } = desk()
  change({ handOn: { ...state().handOn, phase: 'retrying' } })
  await clock.advance(14 * MINUTE_MS)
  expect(alerts.list).toEqual([])
  await clock.advance(2 * MINUTE_MS)
  expect(alerts.list).toMatchObject([{ kind: 'hand-on', severity: 'warning' }])
})

test('slow answers are told at Microsoft’s own limits, and only with enough of them to judge', () => {
  const { alerts, change, state } = desk()
  const slow = (answered: number, slowShare: number) =>
    change({
      webhook: {
        ...state().webhook,
        latency: { answered, slowShare, p50Ms: 1, p99Ms: 1, delayLimit: 0.1, dropLimit: 0.15 },
      },
    })
  slow(5, 0.4)
  slow(1_000, 0.09)
  expect(alerts.list).toEqual([])
  slow(1_000, 0.11)
  expect(alerts.list).toMatchObject([{ title: 'The webhook answers slowly', severity: 'warning' }])
  slow(1_000, 0.2)
  expect(alerts.list).toMatchObject([
    { title: 'Microsoft drops notifications', severity: 'critical' },
  ])
})

test('another connection starts without the alerts of the last one, and nothing is left to run', async () => {
  const { clock, alerts, shown, down } = desk()
  down()
  alerts.clear()
  await clock.advance(20 * MINUTE_MS)
  expect(shown).toEqual([])
  expect(clock.pending).toBe(0)
})

test('a token of the tunnel that runs out is told of in time, and each one once', async () => {
  const { change, clock, shown } = desk()
  const tunnel = { ...nothingYet().tunnel, phase: 'up' as const, endsSoon: true }
  change({ tunnel: { ...tunnel, validUntil: '2026-03-03T09:00:00.000Z' } })
  change({ tunnel: { ...tunnel, validUntil: '2026-03-03T09:00:00.000Z' } })
  await clock.advance(MINUTE_MS)
  expect(shown).toMatchObject([{ title: 'The token of the tunnel runs out', page: 'webhook' }])
})
