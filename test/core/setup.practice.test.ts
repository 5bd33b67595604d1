// The guided set-up and the other writers: who waits for whom.
import { afterAll, expect, it } from 'vitest'
import type { ConnectionSettings } from '../../main/contract/models/settings.ts'
import { TenantGuard } from '../../main/core/job.ts'
import { noWebhook } from '../../main/core/nothing-yet.ts'
import type { SetupFacts } from '../../main/core/setup-steps.ts'
import { Setup } from '../../main/core/setup.ts'
import { openRig } from './entra/practice-rig.ts'

const SOME_ID = '00000000-1111-4222-8333-444444444444'

const rig = await openRig({ replicationDelayMs: 0 })
afterAll(() => rig.close())

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
  const apply = async () => {
    setup.plan()
    await setup.idle()
    setup.apply()
    await setup.idle()
  }
  await apply()
  await setup.confirmHandover()
  await apply()
  expect(setup.confirmedAt).not.toBeNull()
  use({ tenantUrl: 'other.brightpattern.example' })
  await apply()
  expect(setup.confirmedAt).toBeNull()
  await setup.load()
  expect(setup.confirmedAt).toBeNull()
})

async function open() {
  const context = await rig.context()
  const guard = new TenantGuard()
  let { settings } = context
  const setup = new Setup({
    ...context,
    guard,
    context: (signal) => ({ ...context, settings, signal }),
    refreshSignIn: () => Promise.resolve(),
    verify: () => Promise.reject(new Error('Nothing is verified here.')),
    onApplied: () => {},
    onVerified: () => {},
    onChange: () => {},
  })
  const use = (change: Partial<ConnectionSettings>) => {
    settings = { ...settings, ...change }
  }
  return { setup, guard, use }
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
  }
  return setup.state(facts)
}
