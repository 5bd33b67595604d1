// The whole app on the real Node platform with the practice tenant, in a folder that is gone after each test.
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect } from 'vitest'
import type { ErrorCode } from '../../main/contract/errors.ts'
import type { SetupStepId } from '../../main/contract/models/setup.ts'
import type { AppState } from '../../main/contract/models/state.ts'
import { EmiApp } from '../../main/core/app.ts'
import { openNodePlatform, type NodePlatform } from '../../main/node/platform.ts'
import { until } from '../fakes/fitting-state.ts'

/** Gives the tests of a file an app to start, again and again on the same data. */
export function platformApp() {
  let folder = ''
  let keyFile = ''
  let running: { app: EmiApp; platform: NodePlatform } | null = null
  let firstState: AppState | undefined

  const open = (env: NodeJS.ProcessEnv): Promise<NodePlatform> =>
    openNodePlatform({
      dataFolder: folder,
      host: 'headless',
      version: '0.0.0',
      env: { EMI_KEY_FILE: keyFile, EMI_PRACTICE_REPLICATION_MS: '20', ...env },
      openBrowser: () => Promise.resolve(),
      copyText: null,
    })

  const stop = async (): Promise<void> => {
    const last = running
    running = null
    await last?.app.stop()
    await last?.platform.close()
  }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'emi-platform-'))
    // Beside the folder, whose files tests read; a passphrase costs each start half a second of work.
    keyFile = `${folder}.key`
    await writeFile(keyFile, randomBytes(32).toString('base64'), { mode: 0o600 })
  })

  afterEach(async () => {
    await stop()
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
    await rm(keyFile)
  })

  return {
    /** A file of the data folder. */
    inFolder: (name: string) => join(folder, name),
    /** What a host does first; takes the data folder. */
    open,
    start: async (env: NodeJS.ProcessEnv = {}): Promise<EmiApp> => {
      const platform = await open(env)
      const app = await EmiApp.create(platform)
      running = { app, platform }
      firstState = app.state
      await app.start()
      return app
    },
    stop,
    /** What a window shows that comes before the connection. */
    firstState: () => firstState,
  }
}

/** Why a call fails, or that it does not. */
export async function codeOf(
  app: EmiApp,
  name: string,
  input?: unknown,
): Promise<ErrorCode | 'ok'> {
  const reply = await app.dispatch(name, input)
  return reply.ok ? 'ok' : reply.error.code
}

/** A step of the guided run. */
export const step = (state: AppState, id: SetupStepId) =>
  state.setup.steps.find((one) => one.id === id)

/** One click on a person of the practice tenant. */
export async function signInAs(app: EmiApp, role: string): Promise<void> {
  const person = app.state.practice?.people.find((one) => one.role === role)
  expect(await codeOf(app, 'practice.signIn', { personId: person?.id })).toBe('ok')
}

/** The guided run in the practice tenant, to its verification. */
export async function setUp(app: EmiApp, webhookPort: number): Promise<void> {
  await codeOf(app, 'connection.choose', { mode: 'practice' })
  await codeOf(app, 'settings.update', { connection: { webhookPort } })
  await signInAs(app, 'global-admin')
  await until(app, (state) => state.setup.plan !== null)
  expect(await codeOf(app, 'setup.apply')).toBe('ok')
  await until(app, (state) => step(state, 'verify')?.state === 'done')
}
