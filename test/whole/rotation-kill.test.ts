// Kills the real command while it rotates the secret; what is handed over always works, and the next run goes on.
import { expect, test } from 'vitest'
import {
  type PracticeExchange,
  type PracticeTenant,
  startPracticeTenant,
} from '../../main/practice/practice-tenant.ts'
import {
  answerSignIn,
  customCloudOptions,
  keyFileIn,
  newDataFolder,
  startCli,
  trustPractice,
} from './cli-process.ts'

/** Half a dozen processes one after the other; a machine that is busy with other tests takes its time. */
const PATIENCE_MS = 300_000

const isAdding = ({ path }: PracticeExchange) => path.endsWith('/addPassword')
const isRemoving = ({ path }: PracticeExchange) => path.endsWith('/removePassword')
const isToken = ({ path }: PracticeExchange) => path.includes('/oauth2/v2.0/token')

// Most of the time each of them waits for the pauses between the proofs of a secret.
test.concurrent.each<[string, 'rotate' | 'confirm', KillAt]>([
  ['before the new secret is made', 'rotate', { is: isAdding, phase: 'received' }],
  ['after it was made, before its text arrives', 'rotate', { is: isAdding, phase: 'handled' }],
  ['while it is tried for the first time', 'rotate', { is: isToken, phase: 'handled', nth: 1 }],
  ['while it is tried for the last time', 'rotate', { is: isToken, phase: 'handled', nth: 5 }],
  ['before the old one is removed', 'confirm', { is: isRemoving, phase: 'received' }],
  ['after the old one was removed', 'confirm', { is: isRemoving, phase: 'handled' }],
])(
  'killed %s, the next run completes',
  async (_moment, step, at) => {
    const { tenant, run, handedOver, finish, killNext } = await setUp()
    const first = await handedOver()
    if (step === 'confirm') expect(await run('rotate', '--yes')).toBe(0)
    const flag = step === 'rotate' ? '--yes' : '--confirm'

    killNext(at)
    expect(await run('rotate', flag)).toBe(null)

    const meanwhile = await handedOver()
    expect(tenant.control.isSecretValid(meanwhile.clientId, meanwhile.secret)).toBe(true)
    expect(await run('rotate', flag)).toBe(0)
    if (step === 'rotate') expect(await run('rotate', '--confirm')).toBe(0)
    const last = await handedOver()
    expect(last.secret).not.toBe(first.secret)
    expect(tenant.control.isSecretValid(last.clientId, last.secret)).toBe(true)
    expect(tenant.control.isSecretValid(first.clientId, first.secret)).toBe(false)
    expect(tenant.control.counts().secrets).toBe(1)
    await finish()
  },
  PATIENCE_MS,
)

/** The nth such exchange from the making of the new secret on; before it, the administrator's token is renewed. */
interface KillAt {
  is: (exchange: PracticeExchange) => boolean
  phase: PracticeExchange['phase']
  nth?: number
}

/** A set-up application in a fresh tenant, and the command to go on with. */
async function setUp(): Promise<{
  tenant: PracticeTenant
  /** Kills the next command at the nth such exchange. */
  killNext: (at: KillAt) => void
  /** Runs the command to its end: its exit code, null when it was killed. */
  run: (...args: string[]) => Promise<number | null>
  handedOver: () => Promise<{ clientId: string; secret: string }>
  finish: () => Promise<void>
}> {
  const folder = await newDataFolder()
  let killAt: KillAt | null = null
  let kill = () => {}
  let seen = 0
  let isMade = false
  const tenant = await startPracticeTenant({
    replicationDelayMs: 0,
    tap: (exchange) => {
      if (isAdding(exchange) && exchange.phase === 'received') isMade = true
      if (!isMade || killAt?.phase !== exchange.phase || !killAt.is(exchange)) return
      seen += 1
      if (seen < (killAt.nth ?? 1)) return
      killAt = null
      kill()
    },
  })
  trustPractice(tenant)
  const environment = await keyFileIn(folder.path)
  const common = ['--json', '--data', folder.path]
  const start = (args: string[]) => {
    const started = startCli([...args, ...common], environment)
    kill = () => started.child.kill('SIGKILL')
    return started
  }
  const setup = start(['setup', ...(await customCloudOptions(tenant, folder.path)), '--yes'])
  await answerSignIn(setup, tenant)
  if ((await setup.exited) !== 0) throw new Error(setup.stderr())
  return {
    tenant,
    killNext: (at) => {
      killAt = at
      seen = 0
      isMade = at.is === isRemoving
    },
    run: async (...args) => {
      const started = start(args)
      const code = await started.exited
      if (code !== 0 && code !== null) throw new Error(`${started.stderr()}${started.stdout()}`)
      return code
    },
    handedOver: async () => {
      const shown = start(['handover', '--show-secret'])
      if ((await shown.exited) !== 0) throw new Error(shown.stderr())
      const { values } = JSON.parse(shown.stdout()) as {
        values: { field: string; value: string | null }[]
      }
      const value = (field: string) => values.find((one) => one.field === field)?.value ?? ''
      return { clientId: value('client-id'), secret: value('client-secret') }
    },
    finish: async () => {
      await tenant.close()
      await folder.remove()
    },
  }
}
