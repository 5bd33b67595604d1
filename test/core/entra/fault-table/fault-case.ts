// One case of the fault table: a run under faults, then one without them, and what must hold in every case.
import { expect } from 'vitest'
import { readProvisioningRecord } from '../../../../main/core/entra/provisioning-record.ts'
import type { EntraContext } from '../../../../main/core/entra/provision.ts'
import { type Expected, expectEnding } from './endings.ts'
import type { Begin } from './faults.ts'
import { type Outcome, runAsPerson } from './person-run.ts'
import type { Fault, World } from './practice-world.ts'

/** What the tenant holds after the set-up, however it came about. */
export const EXACTLY_ONE_OF_EACH = {
  applications: 1,
  servicePrincipals: 1,
  grants: 1,
  appRoleAssignments: 3,
  secrets: 1,
  subscriptions: 0,
}

/** A person gives up on a run that takes longer, on the clock of the run. */
const LONGEST_RUN_MS = 12 * 60_000

/** Sets up under these faults, then without any: the first ends as expected, the second ready, with one of each. */
export async function expectCase(
  world: World,
  { faults, begin, expected }: { faults: readonly Fault[]; begin: Begin; expected: Expected },
): Promise<Outcome> {
  await world.startOver({ approved: !faults.includes('consent-refused') })
  const outcome = await run(world, {
    before: (stage) => {
      if (stage === begin) world.set(faults, true)
      if (stage === 'apply' && faults.includes('token-endpoint-down')) world.hurry()
    },
  })
  expectEnding(outcome, expected)
  world.set(faults, false)
  await expectRecovery(world)
  return outcome
}

/** One run that must not hang, and must not tell a secret. */
export async function run(
  world: World,
  options: { before?: (stage: string) => void; changes?: Partial<EntraContext> } = {},
): Promise<Outcome> {
  const { rig, folder } = world
  world.restartClock()
  const startedAt = rig.clock.now().getTime()
  const outcome = await runAsPerson(rig, { folder, ...options })
  expect(rig.clock.now().getTime() - startedAt).toBeLessThan(LONGEST_RUN_MS)
  expectNoSecrets(world, outcome)
  return outcome
}

/** The next run, without faults: it ends ready, and nothing was made twice. */
export async function expectRecovery(
  world: World,
  counts: typeof EXACTLY_ONE_OF_EACH = EXACTLY_ONE_OF_EACH,
): Promise<void> {
  expectEnding(await run(world), 'ready')
  await expectComplete(world, counts)
}

/** What the tenant, the record and the vault hold fits together. */
export async function expectComplete(
  { rig, folder }: World,
  counts: typeof EXACTLY_ONE_OF_EACH = EXACTLY_ONE_OF_EACH,
): Promise<void> {
  const { control } = rig.tenant
  expect(control.counts()).toEqual(counts)
  const record = await readProvisioningRecord(folder.database)
  expect(record?.pendingSecret).toBeNull()
  expect(record?.completedAt).not.toBeNull()
  const text = folder.secrets.values.get('clientSecret') ?? ''
  expect(text.length).toBeGreaterThan(20)
  expect(control.isSecretValid(record?.appId ?? '', text)).toBe(true)
}

function expectNoSecrets({ overheard, folder }: World, { texts }: Outcome): void {
  expect(overheard.size).toBeGreaterThan(0)
  const held = folder.secrets.values.get('clientSecret')
  if (held !== undefined) expect(overheard).toContain(held)
  const told = [...overheard].filter((secret) => texts.includes(secret))
  // Counted, so that a failing test does not print them either.
  expect(told).toHaveLength(0)
}
