// Watching the secret's expiry: levels, alerts that come once, restarts, and sleep.
import { expect, test } from 'vitest'
import type { Alert } from '../../main/contract/models/health.ts'
import type { EntraContext } from '../../main/core/entra/context.ts'
import { createGraphClient } from '../../main/core/entra/graph-client.ts'
import {
  nothingAdded,
  type ProvisioningRecord,
  readProvisioningRecord,
  writeProvisioningRecord,
} from '../../main/core/entra/provisioning-record.ts'
import { TenantGuard } from '../../main/core/job.ts'
import { SecretCare } from '../../main/core/secret-care.ts'
import { daysLeft, levelOf } from '../../main/core/secret-level.ts'
import { cloudOf } from '../../main/core/clouds.ts'
import { defaultSettings } from '../../main/core/settings.ts'
import { FakeClock } from '../fakes/fake-clock.ts'
import { MemoryDatabase, memoryLog, MemorySecrets, seededRandom } from '../fakes/memory-ports.ts'

const DAY_MS = 86_400_000
const start = '2026-03-02T09:00:00.000Z'

const secretOf = (days: number, keyId = 'key-1') => ({
  keyId,
  hint: 'abc',
  displayName: 'EMI Tray 1',
  startDateTime: '2025-03-02T09:00:00.000Z',
  endDateTime: new Date(Date.parse(start) + days * DAY_MS).toISOString(),
})

const recordOf = (days: number, change: Partial<ProvisioningRecord> = {}): ProvisioningRecord => ({
  tenantId: 't',
  tenantDisplayName: 'Acme',
  applicationObjectId: 'o',
  appId: 'a',
  servicePrincipalId: 's',
  uniqueName: 'emi-tray-acme',
  displayName: 'Acme EMI',
  redirectUri: 'https://acme.example/callback',
  clientSecret: secretOf(days),
  pendingSecret: null,
  origin: 'made',
  added: nothingAdded(),
  rotation: null,
  completedAt: start,
  ...change,
})

/** An installation whose secret ends after so many days; `open` is a start of the app. */
async function setUp(record: ProvisioningRecord) {
  const clock = new FakeClock(start)
  const database = new MemoryDatabase()
  const secrets = new MemorySecrets()
  const log = memoryLog(clock)
  const alerts: Alert[] = []
  await writeProvisioningRecord(database, record)
  const open = async ({ watches = true } = {}) => {
    let last = await readProvisioningRecord(database)
    const random = seededRandom()
    const settings = defaultSettings.connections.microsoft
    const care = new SecretCare({
      database,
      secrets,
      appAuth: { acquire: () => Promise.reject(new Error('not asked here')) },
      cloud: cloudOf(settings),
      clock,
      random,
      log,
      settings: () => settings,
      guard: new TenantGuard(),
      onChange: () => {},
      context: (): EntraContext => {
        throw new Error('nobody is signed in')
      },
      appGraph: createGraphClient({
        cloud: cloudOf(settings),
        fetch,
        clock,
        random,
        getToken: () => Promise.resolve(''),
      }),
      record: () => last,
      reloadRecord: async () => {
        last = await readProvisioningRecord(database)
      },
      watches,
      raise: (alert) => alerts.push(alert),
      onSecretChanged: () => {},
    })
    await care.start()
    return care
  }
  return { clock, database, secrets, log, alerts, open }
}

test.each([
  [61, 'ok'],
  [60.01, 'ok'],
  [60, 'soon'],
  [15.5, 'soon'],
  [15, 'urgent'],
  [0.01, 'urgent'],
  [0, 'expired'],
  [-3, 'expired'],
])('with %d days left the level is %s', (days, level) => {
  expect(levelOf(daysLeft(secretOf(days), new Date(start)))).toBe(level)
})

test('an alert comes at 60, 30, 15, 7 and 1 days and at the end, each once', async () => {
  const { clock, alerts, open } = await setUp(recordOf(70))
  const care = await open()
  const days: number[] = []
  for (let day = 0; day <= 75; day += 1) {
    await clock.advance(DAY_MS)
    while (days.length < alerts.length) days.push(Math.round(70 - day - 1))
  }
  expect(days).toEqual([60, 30, 15, 7, 1, 0])
  expect(new Set(alerts.map((alert) => alert.id)).size).toBe(6)
  expect(alerts.map((alert) => alert.title)).toEqual([
    'The client secret expires in 60 days',
    'The client secret expires in 30 days',
    'The client secret expires in 15 days',
    'The client secret expires in 7 days',
    'The client secret expires within a day',
    'The client secret has expired',
  ])
  expect(alerts.every((alert) => alert.page === 'application')).toBe(true)
  await care.stop()
  expect(clock.pending).toBe(0)
})

test('a restart does not repeat what was said', async () => {
  const { alerts, log, open } = await setUp(recordOf(29))
  await (await open()).stop()
  await (await open()).stop()
  expect(alerts).toHaveLength(1)
  expect(log.entries.filter((entry) => entry.area === 'secret')).toHaveLength(1)
})

test('of several alerts missed while switched off only the most urgent comes', async () => {
  const { clock, alerts, open } = await setUp(recordOf(70))
  await (await open()).stop()
  await clock.advance(65 * DAY_MS)
  await (await open()).stop()
  expect(alerts.map((alert) => alert.id)).toEqual(['secret-key-1-7'])
})

test('after a sleep it looks at once: a timer that was set long ahead would not fire', async () => {
  const { clock, open, alerts } = await setUp(recordOf(70))
  const care = await open()
  expect(clock.nextInMs).toBeLessThanOrEqual(10 * 60_000)
  await clock.advance(10 * DAY_MS)
  expect(alerts).toHaveLength(1)
  await care.stop()
})

test('a short command raises nothing, so that the tray still does', async () => {
  const { alerts, clock, open } = await setUp(recordOf(29))
  await (await open({ watches: false })).stop()
  expect(alerts).toEqual([])
  expect(clock.pending).toBe(0)
  await (await open()).stop()
  expect(alerts).toHaveLength(1)
})

test('another secret has its own alerts', async () => {
  const { database, alerts, open } = await setUp(recordOf(10))
  await (await open()).stop()
  await writeProvisioningRecord(database, recordOf(0, { clientSecret: secretOf(10, 'key-2') }))
  await (await open()).stop()
  expect(alerts.map((alert) => alert.id)).toEqual(['secret-key-1-15', 'secret-key-2-15'])
})

test('a secret that a policy gave a month is not announced the moment it is made', async () => {
  const young = { ...secretOf(30), startDateTime: start }
  const { alerts, clock, open } = await setUp(recordOf(0, { clientSecret: young }))
  const care = await open()
  expect(alerts).toEqual([])
  expect(care.state().nextAlertAt).toBe('2026-03-17T09:00:00.000Z')
  await clock.advance(15 * DAY_MS)
  expect(alerts.map((alert) => alert.id)).toEqual(['secret-key-1-15'])
  await care.stop()
})

test('while a new secret waits, the alerts are about the old one, which is still in use', async () => {
  const rotation = {
    phase: 'handing-over' as const,
    startedAt: start,
    displayName: 'EMI Tray 2',
    newSecret: secretOf(700, 'key-2'),
    oldSecret: secretOf(6, 'key-1'),
  }
  const record = recordOf(0, { clientSecret: secretOf(700, 'key-2'), rotation })
  const { alerts, open } = await setUp(record)
  const care = await open()
  expect(alerts.map((alert) => alert.id)).toEqual(['secret-key-1-7'])
  expect(alerts[0]?.text).toMatch(/waits to be entered.*never delete it/)
  expect(care.state()).toMatchObject({
    current: { keyId: 'key-2', state: 'current' },
    daysLeft: 700,
    rotation: { oldSecret: { keyId: 'key-1', state: 'previous' } },
  })
  await care.stop()
})

test('a damaged memory of alerts, or none that can be read, does not keep the app from opening', async () => {
  const { database, alerts, open } = await setUp(recordOf(29))
  await database.writeRecord('secret-alerts', ['nonsense'])
  await (await open()).stop()
  expect(alerts).toHaveLength(1)
  database.readRecord = (name) =>
    name === 'secret-alerts'
      ? Promise.reject(new Error('unreadable'))
      : MemoryDatabase.prototype.readRecord.call(database, name)
  const care = await open()
  expect(care.state().daysLeft).toBe(29)
  await care.stop()
})

test('what cannot be done now is refused with what to do', async () => {
  const { open } = await setUp(recordOf(29))
  const care = await open()
  expect(() => care.confirm()).toThrow(expect.objectContaining({ code: 'rotation-unfinished' }))
  expect(() => care.abandon()).toThrow(expect.objectContaining({ code: 'rotation-unfinished' }))
  await care.stop()
  const unfinished = await setUp(recordOf(29, { completedAt: null }))
  const early = await unfinished.open()
  expect(() => early.rotate()).toThrow(expect.objectContaining({ code: 'not-set-up' }))
  await early.stop()
})

test('without a secret there is nothing to say', async () => {
  const { alerts, open } = await setUp(recordOf(0, { clientSecret: null }))
  const care = await open()
  expect(care.state()).toMatchObject({
    current: null,
    daysLeft: null,
    level: 'none',
    nextAlertAt: null,
  })
  expect(alerts).toEqual([])
  await care.stop()
})
