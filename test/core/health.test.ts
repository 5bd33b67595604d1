import { expect, test } from 'vitest'
import type { AccessTrouble, SecretCareState } from '../../main/contract/models/application.ts'
import type { Gap } from '../../main/contract/models/gaps.ts'
import type { SubscriptionStatus } from '../../main/contract/models/subscription.ts'
import { handoverOf } from '../../main/core/handover.ts'
import type { HealthFacts } from '../../main/core/chain-troubles.ts'
import { healthOf } from '../../main/core/health.ts'
import { stationsOf } from '../../main/core/stations.ts'
import { noGaps, noHandOn, noSecretCare } from '../../main/core/nothing-yet.ts'
import { defaultSettings } from '../../main/core/settings.ts'
import { activeSubscription } from '../fakes/active-subscription.ts'

const now = new Date('2026-03-02T09:00:00.000Z')

const subscription = (status: SubscriptionStatus) =>
  activeSubscription({
    ...{ key: 'chats', resource: '/chats', status },
    error:
      status === 'refused'
        ? {
            code: 'subscription-forbidden',
            message: 'Microsoft refused the subscription.',
            nextStep: 'Add the permission.',
            details: null,
            reference: 'r',
            at: now.toISOString(),
          }
        : null,
  })

const fine: HealthFacts = {
  now,
  mode: 'microsoft',
  opening: false,
  error: null,
  setUp: true,
  handover: {
    ...handoverOf(defaultSettings.connections.microsoft, null),
    secretExpiresAt: '2028-03-02T09:00:00.000Z',
  },
  access: null,
  secretCare: noSecretCare,
  webhook: {
    running: true,
    paused: false,
    localAddress: 'http://127.0.0.1:8730',
    publicUrl: 'https://hooks.example.com',
    notificationUrl: null,
    lifecycleNotificationUrl: null,
    received: 0,
    refused: 0,
    content: { proven: 0, refused: 0 },
    duplicates: 0,
    lastReceivedAt: null,
    latency: null,
    error: null,
  },
  tunnel: {
    provider: 'static',
    phase: 'up',
    publicUrl: 'https://hooks.example.com',
    since: now.toISOString(),
    nextAttemptAt: null,
    attempt: 0,
    lastProbe: null,
    error: null,
    validUntil: null,
    endsSoon: false,
  },
  subscriptions: [subscription('active')],
  handOn: noHandOn,
  gaps: noGaps,
}

const report = {
  code: 'tunnel-transient' as const,
  message: 'The gateway does not answer.',
  nextStep: 'Wait.',
  details: null,
  reference: 'r',
  at: now.toISOString(),
}

test('all well is green, and asks for nothing', () => {
  expect(healthOf(fine)).toMatchObject({ light: 'ok', fix: null })
  expect(stationsOf(fine).map((one) => one.light)).toEqual(['ok', 'ok', 'ok', 'ok', 'off'])
  expect(stationsOf(fine)[3]?.sentence).toBe('Listening on 127.0.0.1:8730.')
})

test.each<[string, Partial<HealthFacts>, string, RegExp]>([
  ['the connection is being opened', { opening: true, setUp: false }, 'working', /opening/i],
  ['nothing is chosen', { mode: null, setUp: false }, 'not-set-up', /choose/i],
  [
    'set-up is unfinished',
    { setUp: false, webhook: { ...fine.webhook, running: false } },
    'not-set-up',
    /not finished/,
  ],
  ['the app itself failed', { error: report }, 'failed', /gateway/],
  [
    'the secret has expired',
    { handover: { ...fine.handover, secretExpiresAt: '2026-03-02T08:59:59.000Z' } },
    'failed',
    /has expired/,
  ],
  [
    'the secret expires in ten days',
    { handover: { ...fine.handover, secretExpiresAt: '2026-03-12T09:00:00.000Z' } },
    'warning',
    /in 10 days/,
  ],
  [
    'the secret expires in thirty days',
    { handover: { ...fine.handover, secretExpiresAt: '2026-04-01T09:00:00.000Z' } },
    'warning',
    /in 30 days/,
  ],
  [
    'the secret expires in thirty-one days',
    { handover: { ...fine.handover, secretExpiresAt: '2026-04-01T09:00:01.000Z' } },
    'ok',
    /connected/,
  ],
  [
    'a new secret waits',
    { secretCare: rotating('handing-over') },
    'warning',
    /waits to be entered in Bright Pattern/,
  ],
  [
    'a new secret waits and the old one has expired',
    { secretCare: rotating('handing-over', { expired: true }) },
    'failed',
    /old client secret has expired/,
  ],
  [
    'a rotation runs',
    { secretCare: rotating('proving', { running: true }) },
    'working',
    /being replaced/,
  ],
  ['a rotation was interrupted', { secretCare: rotating('adding') }, 'warning', /Go on with it/],
  ['an old secret is left', { secretCare: rotating('removing') }, 'warning', /to be removed/],
  [
    'the secret expired before its rotation was done',
    {
      handover: { ...fine.handover, secretExpiresAt: '2026-03-02T08:59:59.000Z' },
      secretCare: rotating('proving', { running: true }),
    },
    'failed',
    /has expired/,
  ],
  [
    'the webhook is paused',
    { webhook: { ...fine.webhook, running: false, paused: true } },
    'warning',
    /paused/,
  ],
  [
    'the port is in use',
    { webhook: { ...fine.webhook, running: false, error: report } },
    'failed',
    /gateway/,
  ],
  [
    'the tunnel has stopped for good',
    { tunnel: { ...fine.tunnel, phase: 'failed', error: report } },
    'failed',
    /gateway/,
  ],
  ['the tunnel connects', { tunnel: { ...fine.tunnel, phase: 'connecting' } }, 'working', /public/],
  [
    'one of two subscriptions is refused',
    { subscriptions: [subscription('active'), subscription('refused')] },
    'warning',
    /refused/,
  ],
  [
    'the only subscription is refused',
    { subscriptions: [subscription('refused')] },
    'failed',
    /refused/,
  ],
  [
    'subscriptions are being made',
    { subscriptions: [subscription('creating')] },
    'working',
    /Asking/,
  ],
])('when %s, the light says so', (_when, change, light, sentence) => {
  const health = healthOf({ ...fine, ...change })
  expect(health.light).toBe(light)
  expect(health.sentence).toMatch(sentence)
})

test('what is wrong can always be reached by one button', () => {
  const paused = healthOf({ ...fine, webhook: { ...fine.webhook, running: false, paused: true } })
  expect(paused.fix).toEqual({ label: 'Resume', kind: 'call', call: 'webhook.start' })
  expect(healthOf({ ...fine, setUp: false }).fix).toMatchObject({ kind: 'page', page: 'setup' })
})

test('what stops messages now is said before a secret that ends in weeks', () => {
  const soon = { ...fine.handover, secretExpiresAt: '2026-03-12T09:00:00.000Z' }
  const down = { ...fine.tunnel, phase: 'failed' as const, error: report }
  expect(healthOf({ ...fine, handover: soon, tunnel: down }).light).toBe('failed')
  const over = { ...fine.handover, secretExpiresAt: '2026-03-02T08:59:59.000Z' }
  expect(healthOf({ ...fine, handover: over, tunnel: down })).toMatchObject({
    light: 'failed',
    fix: { kind: 'page', page: 'application' },
  })
})

test('the next step is the advice of the page that shows what is wrong, else its button', () => {
  expect(healthOf(fine).nextStep).toBeNull()
  expect(healthOf({ ...fine, access: accessTo({ nextStep: 'Ask who.' }) }).nextStep).toBe(
    'Ask who.',
  )
  const down = { ...fine.tunnel, phase: 'failed' as const, error: report }
  expect(healthOf({ ...fine, tunnel: down }).nextStep).toBe(report.nextStep)
  const refused = { ...fine, subscriptions: [subscription('refused')] }
  expect(healthOf(refused).nextStep).toBe('Add the permission.')
  const paused = { ...fine.webhook, running: false, paused: true }
  expect(healthOf({ ...fine, webhook: paused }).nextStep).toBe('Resume')
})

const accessTo = (change: Partial<AccessTrouble>): AccessTrouble => ({
  ...{ cause: 'switched-off', light: 'failed', since: null, short: 'Short.', nextStep: 'Do.' },
  sentence: 'Somebody switched the application off.',
  ...change,
})

test('the application that does not work comes before all that follows from it', () => {
  const subscriptions = [subscription('refused'), subscription('held-elsewhere')]
  const paused = { ...fine.webhook, running: false, paused: true }
  const expired = { ...fine.handover, secretExpiresAt: '2026-03-02T08:59:59.000Z' }
  const facts = { ...fine, access: accessTo({}), subscriptions, handover: expired }
  const health = healthOf(facts)
  expect(health).toMatchObject({ light: 'failed', fix: { kind: 'page', page: 'application' } })
  expect(health.sentence).toBe('Somebody switched the application off.')
  expect(healthOf({ ...facts, webhook: paused }).sentence).toBe(health.sentence)
  expect(stationsOf(facts)[0]).toMatchObject({ light: 'failed', sentence: 'Short.' })
  expect(healthOf({ ...facts, setUp: false }).sentence).toContain('Setup')
})

test('consent to a part comes before the subscription it stops, and after a tunnel that stops all', () => {
  const access = accessTo({ cause: 'consent', light: 'warning', sentence: 'Consent is missing.' })
  const facts = {
    ...fine,
    access,
    subscriptions: [subscription('active'), subscription('refused')],
  }
  expect(healthOf(facts)).toMatchObject({ light: 'warning', sentence: 'Consent is missing.' })
  const down = { ...fine.tunnel, phase: 'failed' as const, error: report }
  expect(healthOf({ ...facts, tunnel: down }).sentence).toMatch(/gateway/)
  const over = { ...fine.handover, secretExpiresAt: '2026-03-02T08:59:59.000Z' }
  expect(stationsOf({ ...facts, handover: over })[0]).toMatchObject({ light: 'failed' })
})

test('agents who cannot connect come after what stops messages, and before a secret that ends in weeks', () => {
  const access = accessTo({ cause: 'agents', light: 'warning', sentence: 'Agents cannot connect.' })
  const soon = { ...fine.handover, secretExpiresAt: '2026-03-12T09:00:00.000Z' }
  expect(healthOf({ ...fine, access, handover: soon }).sentence).toBe('Agents cannot connect.')
  expect(healthOf({ ...fine, access, subscriptions: [subscription('refused')] }).sentence).toMatch(
    /refused/,
  )
})

test('a subscription that lives but will not be renewed warns before it ends', () => {
  const { error } = subscription('refused')
  const facts = { ...fine, subscriptions: [{ ...subscription('active'), error }] }
  expect(healthOf(facts)).toMatchObject({ light: 'warning', fix: { page: 'webhook' } })
  expect(stationsOf(facts)[1]?.sentence).toBe('1 of 1 is about to end.')
  const offline = { ...report, code: 'network-unreachable' as const }
  const trying = { ...fine, subscriptions: [{ ...subscription('active'), error: offline }] }
  expect(healthOf(trying).light).toBe('ok')
})

test('the chain shows the broken link, and only that one', () => {
  const broken = stationsOf({ ...fine, tunnel: { ...fine.tunnel, phase: 'failed', error: report } })
  expect(broken.filter((one) => one.light === 'failed').map((one) => one.name)).toEqual(['tunnel'])
})

test('a station says in a few words what the light says in full', () => {
  const stationOf = (name: string, change: Partial<HealthFacts>): string | undefined =>
    stationsOf({ ...fine, ...change }).find((one) => one.name === name)?.sentence
  const [active, refused, held] = [
    subscription('active'),
    subscription('refused'),
    subscription('held-elsewhere'),
  ]
  expect(stationOf('subscriptions', { subscriptions: [active, active, refused] })).toBe(
    '1 of 3 is refused.',
  )
  expect(stationOf('subscriptions', { subscriptions: [held, held] })).toBe(
    '2 of 2 are held elsewhere.',
  )
  expect(stationOf('subscriptions', { subscriptions: [active, refused, held] })).toBe(
    '1 of 3 is refused and 1 is held elsewhere.',
  )
  const failed = subscription('failed')
  expect(stationOf('subscriptions', { subscriptions: [refused, held, failed, failed] })).toBe(
    '1 of 4 is refused, 1 is held elsewhere and 2 are not in place.',
  )
  expect(stationOf('subscriptions', { subscriptions: [subscription('creating')] })).toBe(
    'Being made.',
  )
  expect(stationOf('tunnel', { tunnel: { ...fine.tunnel, phase: 'failed', error: report } })).toBe(
    'Not connected.',
  )
  expect(stationOf('tunnel', { tunnel: { ...fine.tunnel, phase: 'degraded' } })).toBe(
    'The last test failed.',
  )
  expect(
    stationOf('webhook', { webhook: { ...fine.webhook, running: false, error: report } }),
  ).toBe('Could not start.')
})

test('a place left to another server on purpose leaves the light green, until nobody holds it', () => {
  const observed = subscription('observed')
  const subscriptions = [subscription('active'), observed]
  expect(healthOf({ ...fine, subscriptions }).light).toBe('ok')
  expect(
    stationsOf({ ...fine, subscriptions }).find((one) => one.name === 'subscriptions'),
  ).toMatchObject({ light: 'ok', sentence: '1 subscription is active. 1 observed.' })
  expect(healthOf({ ...fine, subscriptions: [observed] }).sentence).toContain('observes')
  const free = { ...observed, error: { ...report, code: 'subscription-place-free' as const } }
  expect(healthOf({ ...fine, subscriptions: [subscription('active'), free] }).light).toBe('warning')
})

test('while Setup carries out a later plan, the light does not say that nothing is set up', () => {
  const changing = { ...fine, setUp: false }
  expect(healthOf(changing)).toMatchObject({ light: 'working', fix: { page: 'setup' } })
  expect(stationsOf(changing).map((one) => one.light)).toEqual(['working', 'ok', 'ok', 'ok', 'off'])
})

function rotating(
  phase: 'adding' | 'proving' | 'handing-over' | 'removing',
  { expired = false, running = false } = {},
): SecretCareState {
  const oldSecret = {
    keyId: 'k1',
    displayName: 'EMI Tray 1',
    hint: 'abc',
    startDateTime: '2024-03-02T09:00:00.000Z',
    endDateTime: '2026-03-02T08:00:00.000Z',
    expired,
    state: 'previous' as const,
    removalId: null,
  }
  return {
    ...noSecretCare,
    job: { ...noSecretCare.job, running },
    rotation: {
      phase,
      startedAt: now.toISOString(),
      newSecret: null,
      oldSecret,
      proofs: 0,
      proofsNeeded: 5,
    },
  }
}

const handOn = { ...noHandOn, target: 'http', phase: 'working' } as const

test.each([
  ['goes through', handOn, 'ok', 'ok', /Ready to hand/],
  [
    'is paused',
    { ...handOn, phase: 'paused', waiting: 1 },
    'warning',
    'warning',
    /^Paused. 1 waiting/,
  ],
  [
    'is tried again',
    { ...handOn, phase: 'retrying', waiting: 3, error: report },
    'warning',
    'warning',
    /3 waiting/,
  ],
  [
    'was given up',
    { ...handOn, phase: 'failing', dead: 2 },
    'failed',
    'failed',
    /2 events given up/,
  ],
] as const)('when handing on %s, light and station say so', (_, state, light, station, words) => {
  const facts = { ...fine, handOn: state }
  expect(healthOf(facts).light).toBe(light)
  const last = stationsOf(facts).at(-1)
  expect(last).toMatchObject({ name: 'contact-center', light: station })
  expect(last?.sentence).toMatch(words)
})

test('a tunnel that is down comes before events that could not be handed on', () => {
  const facts = {
    ...fine,
    tunnel: { ...fine.tunnel, phase: 'failed', error: report } as const,
    handOn: { ...handOn, phase: 'failing', dead: 1 } as const,
  }
  expect(healthOf(facts).sentence).toMatch(/gateway/)
})

test('a token of the tunnel near its end warns, while messages still arrive', () => {
  const health = healthOf({ ...fine, tunnel: { ...fine.tunnel, endsSoon: true } })
  expect(health).toMatchObject({ light: 'warning', fix: { page: 'webhook' } })
})

test('a gap warns while it goes on, while it cannot be read, and for a day where something stays lost', () => {
  const ended = (endedAt: string, phase: Gap['phase']): HealthFacts => ({
    ...fine,
    gaps: { ...noGaps, entries: [{ ...gap, phase, endedAt }] },
  })
  const gap: Gap = {
    ...{ id: 1, since: now.toISOString(), until: null, reasons: ['tunnel'], phase: 'open' },
    ...{ recovered: 0, alreadyThere: 0, progress: null, nextAttemptAt: null, error: null },
    ...{ lost: [], endedAt: null, elsewhere: null },
  }
  const lightOf = (facts: HealthFacts) => healthOf(facts).light
  expect(lightOf({ ...fine, gaps: { ...noGaps, entries: [gap] } })).toBe('warning')
  expect(lightOf(ended('2026-03-02T08:00:00.000Z', 'partly'))).toBe('warning')
  expect(lightOf(ended('2026-03-01T08:00:00.000Z', 'partly'))).toBe('ok')
  expect(lightOf(ended('2026-03-02T08:00:00.000Z', 'done'))).toBe('ok')
  const failing: Gap = { ...gap, phase: 'waiting', error: 'Graph is away.' }
  expect(lightOf({ ...fine, gaps: { ...noGaps, entries: [failing] } })).toBe('warning')
})
