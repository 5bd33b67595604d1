// The set-up after somebody else has been at the application: what the next run says, mends and leaves alone.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findCandidates, restoreApplication } from '../../../../main/core/entra/candidates.ts'
import { readProvisioningRecord } from '../../../../main/core/entra/provisioning-record.ts'
import type { PracticeAction } from '../../../../main/practice/practice-tenant.ts'
import { EXACTLY_ONE_OF_EACH, expectComplete, expectRecovery, run } from './fault-case.ts'
import { type Expected, expectEnding, expectWarnings } from './endings.ts'
import { type Fault, openWorld, type World } from './practice-world.ts'

interface Surprise {
  action: PracticeAction
  /** What the tenant holds after the next run, where it differs. */
  leaves?: Partial<typeof EXACTLY_ONE_OF_EACH>
}

/** What the next run mends by itself, or need not mind. */
const MENDED: Surprise[] = [
  { action: 'revoke-consent' },
  { action: 'revoke-delegated-consent' },
  { action: 'remove-secret' },
  // The expired one stays: it is no danger, and somebody may want to see when it ended.
  { action: 'expire-secret', leaves: { secrets: 2 } },
  // The secret of somebody else stays.
  { action: 'add-surplus', leaves: { secrets: 2 } },
  { action: 'make-similar-applications', leaves: { applications: 4, servicePrincipals: 4 } },
]
/** Faults that only take time; none makes the mending fail. */
const DELAYS: Fault[][] = [[], ['throttling'], ['slow-replication']]

const DISABLED: Expected = {
  at: 'token',
  problems: [
    {
      code: 'sign-in-refused',
      message: /disabled the application in the tenant/,
      nextStep: /Ask your identity team to enable it/,
      ask: null,
    },
  ],
}
const DELETED: Expected = {
  at: 'check',
  problems: [
    {
      code: 'existing-application',
      message: /was deleted: .*keeps a deleted application for 30 days/,
      nextStep: /Restore it here, or delete it permanently/,
      ask: /Could you restore it, or delete it permanently/,
    },
  ],
}

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(async () => {
  expect(world.rig.violations).toEqual([])
  await world.close()
})

describe('something was changed behind our back', () => {
  const cases = MENDED.flatMap((surprise) =>
    DELAYS.map((faults) => ({ ...surprise, faults, under: faults.join() || 'no fault' })),
  )
  it.each(cases)('$action, under $under, ends ready', async ({ action, leaves, faults }) => {
    await setUp()
    world.rig.tenant.control.act(action)
    world.set(faults, true)
    expectEnding(await run(world), 'ready')
    world.set(faults, false)
    const counts = { ...EXACTLY_ONE_OF_EACH, ...leaves }
    await expectComplete(world, counts)
    world.rig.writes.length = 0
    await expectRecovery(world, counts)
    expect(world.rig.writes).toEqual([])
  })

  it('a disabled application is said to be disabled, and works once it is enabled', async () => {
    await setUp()
    world.rig.tenant.control.act('disable-service-principal')
    expectEnding(await run(world), DISABLED)
    const { graph } = await world.rig.context()
    const record = await readProvisioningRecord(world.folder.database)
    const path = `/servicePrincipals/${record?.servicePrincipalId ?? ''}`
    await graph.patch(path, { accountEnabled: true })
    await expectRecovery(world)
  })

  it('a deleted application stops the check, and goes on once it is restored', async () => {
    await setUp()
    world.rig.tenant.control.act('delete-application')
    expectEnding(await run(world), DELETED)
    const context = await world.rig.context(world.folder)
    const [deleted] = await findCandidates(context)
    await restoreApplication(context, deleted?.applicationObjectId ?? '')
    await expectRecovery(world)
  })

  it('a deleted application that is gone for good is made anew', async () => {
    await setUp()
    world.rig.tenant.control.act('delete-application')
    expectEnding(await run(world), DELETED)
    world.rig.tenant.control.emptyDeletedItems()
    await expectRecovery(world)
  })

  it('applications that others made are named before the first run, and left alone', async () => {
    await setUp()
    world.rig.tenant.control.act('make-similar-applications')
    world.rig.tenant.control.act('delete-application')
    world.rig.tenant.control.emptyDeletedItems()
    world.forgetFolder()
    const outcome = await run(world)
    expectEnding(outcome, 'ready')
    expectWarnings(outcome.warnings, [
      {
        name: 'existing-application',
        message: /^3 applications look like the one that is needed/,
        nextStep: /Choose the one to use, or let EMI Tray make one of its own/,
        ask: /Which of them stands for/,
        link: 'entra-app-registrations',
      },
    ])
    await expectComplete(world, { ...EXACTLY_ONE_OF_EACH, applications: 4, servicePrincipals: 4 })
  })
})

async function setUp(): Promise<void> {
  await world.startOver({ approved: true })
  expectEnding(await run(world), 'ready')
}
