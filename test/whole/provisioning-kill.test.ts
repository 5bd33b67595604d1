// Kills the real command between any two writes of provisioning; the next run must finish the work.
import { expect, test } from 'vitest'
import { startPracticeTenant, type PracticeTenant } from '../../main/practice/practice-tenant.ts'
import type { PracticeExchange } from '../../main/practice/practice-tenant.ts'
import {
  answerSignIn,
  customCloudOptions,
  keyFileIn,
  newDataFolder,
  startCli,
  trustPractice,
} from './cli-process.ts'

/** Application, service principal, secret, grant and three role assignments. */
const WRITES = 7

const isWrite = (exchange: PracticeExchange) =>
  exchange.host === 'graph' && exchange.method !== 'GET' && exchange.path !== '/v1.0/$batch'

test('a whole run makes seven writes, so that the tests below stop between all of them', async () => {
  let count = 0
  const { finish } = await setUp((_kill, write) => {
    if (write.phase === 'received') count += 1
  })
  await finish()
  expect(count).toBe(WRITES)
})

/** Runs `setup` against a fresh tenant; `onWrite` may kill it. Then, if killed, runs it again to the end. */
async function setUp(onWrite: (kill: () => void, write: PracticeExchange) => void): Promise<{
  tenant: PracticeTenant
  codes: (number | null)[]
  handover: { values: { field: string; value: string | null }[] }
  finish: () => Promise<void>
}> {
  const folder = await newDataFolder()
  let kill: (() => void) | null = null
  const tenant = await startPracticeTenant({
    replicationDelayMs: 0,
    tap: (exchange) => {
      if (kill && isWrite(exchange)) onWrite(kill, exchange)
    },
  })
  trustPractice(tenant)
  const environment = await keyFileIn(folder.path)
  const common = ['--json', '--data', folder.path]
  const args = ['setup', ...(await customCloudOptions(tenant, folder.path)), '--yes', ...common]
  const codes: (number | null)[] = []
  for (let attempt = 1; attempt <= 2; attempt += 1) {
    const run = startCli(args, environment)
    kill = attempt === 1 ? () => run.child.kill('SIGKILL') : null
    // The second run finds the sign-in in the vault and asks nobody.
    if (attempt === 1) await answerSignIn(run, tenant)
    const code = await run.exited
    codes.push(code)
    if (code === 0) break
    if (code !== null) throw new Error(`setup ended with ${code}: ${run.stderr()}${run.stdout()}`)
  }
  const shown = startCli(['handover', '--show-secret', ...common], environment)
  if ((await shown.exited) !== 0) throw new Error(shown.stderr())
  return {
    tenant,
    codes,
    handover: JSON.parse(shown.stdout()) as { values: { field: string; value: string | null }[] },
    finish: async () => {
      await tenant.close()
      await folder.remove()
    },
  }
}

for (const phase of ['received', 'handled'] as const) {
  for (let nth = 1; nth <= WRITES; nth += 1) {
    const moment = phase === 'received' ? 'before' : 'after'
    test(`killed ${moment} write ${nth} reaches the tenant’s books, the next run completes`, async () => {
      let seen = 0
      const { tenant, codes, handover, finish } = await setUp((kill, write) => {
        if (write.phase !== phase) return
        seen += 1
        if (seen === nth) kill()
      })
      expect(codes).toEqual([null, 0])
      expect(tenant.control.counts()).toMatchObject({
        applications: 1,
        servicePrincipals: 1,
        secrets: 1,
        grants: 1,
        appRoleAssignments: 3,
      })
      const value = (field: string) =>
        handover.values.find((one) => one.field === field)?.value ?? ''
      expect(tenant.control.isSecretValid(value('client-id'), value('client-secret'))).toBe(true)
      await finish()
    })
  }
}
