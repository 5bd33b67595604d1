// The guided set-up and the other writers: who waits for whom.
import { afterAll, expect, it } from 'vitest'
import type { ConnectionSettings } from '../../main/contract/models/settings.ts'
import type { VerifyResult } from '../../main/contract/models/setup.ts'
import { TenantGuard } from '../../main/core/job.ts'
import { noWebhook } from '../../main/core/nothing-yet.ts'
import type { SetupFacts } from '../../main/core/setup-steps.ts'
import { Setup } from '../../main/core/setup.ts'
import { readProvisioningRecord } from '../../main/core/entra/provisioning-record.ts'
import { type Stop, StoppingPorts } from '../fakes/stopping-ports.ts'
import { openRig } from './entra/practice-rig.ts'

const SOME_ID = '00000000-1111-4222-8333-444444444444'

const rig = await openRig({ replicationDelayMs: 0 })
afterAll(() => rig.close())

const verified: VerifyResult = {
  ...{ at: '', roles: [], missingRoles: [] },
  ...{ delegatedGranted: true, delegatedSeen: true },
}

it('says so when an application is to be restored while a plan is made, and leaves the tenant free', async () => {
  const { setup, guard } = await open()
  setup.plan()
  expect(() => setup.restoreApplication(SOME_ID)).toThrow(
    expect.objectContaining({ code: 'busy', message: 'Making the plan is still running.' }),
  )
  await setup.idle()
  const leave = guard.enter('The rotation')
  leave()
})

it('restores only what the check has found among the deleted applications', async () => {
  const { setup, guard } = await open()
  setup.plan()
  await setup.idle()
  expect(() => setup.restoreApplication(SOME_ID)).toThrow(
    expect.objectContaining({ code: 'not-found' }),
  )
  guard.enter('The rotation')()
})

it('drops a plan that is being made when the settings change, and makes the next one by the new ones', async () => {
  const { setup, use } = await open()
  setup.plan()
  use({ applicationName: 'Another name' })
  await setup.dropPlan(['applicationName'])
  expect(setup.isRunning).toBe(false)
  expect(planOf(setup)).toBeNull()
  await setup.dropPlan(['secretLifetimeMonths'])
  expect(stateOf(setup).outdatedBy).toEqual(['applicationName', 'secretLifetimeMonths'])
  setup.plan()
  await setup.idle()
  expect(planOf(setup)?.rows[0]?.name).toBe('Another name')
  expect(stateOf(setup).outdatedBy).toEqual([])
})

it('says of no setting that it outdated a plan that never was', async () => {
  const { setup } = await open()
  await setup.dropPlan(['tenantUrl'])
  expect(stateOf(setup).outdatedBy).toEqual([])
})

it('asks to hand over anew once another application or secret is in use', async () => {
  const { setup, use } = await open()
  await applied(setup)
  await setup.confirmHandover()
  await applied(setup)
  expect(setup.confirmedAt).not.toBeNull()
  use({ tenantUrl: 'other.brightpattern.example' })
  await applied(setup)
  expect(setup.confirmedAt).toBeNull()
  await setup.load()
  expect(setup.confirmedAt).toBeNull()
})

it.each<[string, (opened: Opened) => Promise<void> | void]>([
  ['another application', ({ use }) => use({ tenantUrl: 'moved.brightpattern.example' })],
  ['another secret', ({ ports }) => ports.secrets.delete('clientSecret')],
])(
  'killed at any write while it changes to %s, never shows it as handed over',
  async (_, change) => {
    const ports = new StoppingPorts()
    const opened = await open(ports)
    const { setup, found } = opened
    found.verified = verified
    await applied(setup)
    await setup.confirmHandover()
    const confirmed = await valuesOf(ports)
    await change(opened)
    ports.begin()
    found.verified = null
    await applied(setup)
    expect(setup.record?.completedAt).not.toBeNull()
    const shown = await Promise.all(
      ports.stops.map(async (stop) => {
        const { setup: next } = await open(stop)
        await next.load()
        const now = await valuesOf(stop)
        // A value that is lost changes nothing on the other side.
        const text = now.text ?? confirmed.text
        const isOther = JSON.stringify({ ...now, text }) !== JSON.stringify(confirmed)
        return { isOther, done: next.confirmedAt !== null, verified: next.verified !== null }
      }),
    )
    expect(shown.filter(({ isOther }) => isOther).length).toBeGreaterThan(1)
    expect(shown.filter(({ isOther, done, verified }) => isOther && (done || verified))).toEqual([])
    expect(shown[0]).toEqual({ isOther: false, done: true, verified: true })
    expect(shown.at(-1)).toEqual({ isOther: true, done: false, verified: false })
  },
)

it('keeps the mark of an earlier version only where the secret was there before it', async () => {
  const { setup, ports } = await open()
  await applied(setup)
  const startAt = Date.parse(setup.record?.clientSecret?.startDateTime ?? '')
  const confirmedAt = (ms: number) => new Date(startAt + ms).toISOString()
  const markedAt = async (at: string) => {
    await ports.database.writeRecord('handover', at)
    const { setup: next } = await open(ports)
    await next.load()
    return next.confirmedAt
  }
  expect(await markedAt(confirmedAt(60_000))).toBe(confirmedAt(60_000))
  expect(await markedAt(confirmedAt(-60_000))).toBeNull()
  expect(await ports.database.readRecord('handover')).toBeUndefined()
})

it('stays verified with a secret that a rotation has proven, and receives on with any', async () => {
  const { setup, found, ports } = await open(new StoppingPorts())
  found.verified = verified
  await applied(setup)
  await setup.confirmHandover()
  const { record } = setup
  const taken = async (proven: boolean) => {
    const clientSecret = record?.clientSecret && { ...record.clientSecret, keyId: 'new', proven }
    await ports.database.writeRecord('provisioning', { ...record, clientSecret })
    await setup.reloadRecord()
    return [setup.verified !== null, setup.isComplete, setup.confirmedAt]
  }
  expect(await taken(true)).toEqual([true, true, null])
  expect(await taken(false)).toEqual([false, true, null])
})

it('has nothing to confirm before the set-up', async () => {
  const { setup } = await open()
  await expect(setup.confirmHandover()).rejects.toMatchObject({ code: 'not-set-up' })
})

type Opened = Awaited<ReturnType<typeof open>>

async function applied(setup: Setup): Promise<void> {
  setup.plan()
  await setup.idle()
  setup.apply()
  await setup.idle()
}

/** What a person would enter in Bright Pattern. */
async function valuesOf({ database, secrets }: Stop) {
  const record = await readProvisioningRecord(database)
  const text = await secrets.get('clientSecret')
  return { appId: record?.appId, keyId: record?.clientSecret?.keyId, text }
}

async function open(ports: Stop = new StoppingPorts()) {
  const { database, secrets } = ports
  const context = await rig.context({ database, secrets })
  const guard = new TenantGuard()
  let { settings } = context
  const found: { verified: VerifyResult | null } = { verified: null }
  const setup = new Setup({
    ...context,
    guard,
    context: (signal) => ({ ...context, settings, signal }),
    refreshSignIn: () => Promise.resolve(),
    verify: () =>
      found.verified
        ? Promise.resolve(found.verified)
        : Promise.reject(new Error('Nothing is verified here.')),
    onApplied: () => {},
    onVerified: () => {},
    onChange: () => {},
  })
  const use = (change: Partial<ConnectionSettings>) => {
    settings = { ...settings, ...change }
  }
  return { setup, guard, use, ports, found }
}

function planOf(setup: Setup) {
  return stateOf(setup).plan
}

function stateOf(setup: Setup) {
  const facts: SetupFacts = {
    signIn: { phase: 'signed-out' },
    signInError: null,
    webhook: noWebhook,
    subscriptions: [],
    access: null,
  }
  return setup.state(facts)
}
