// status.json: what the app that runs says about itself, for a command that may not open the data it works on.
import { readFile, rm } from 'node:fs/promises'
import * as v from 'valibot'
import type { DriftReport } from '../contract/models/application.ts'
import type { ConnectionSettings } from '../contract/models/settings.ts'
import type { AdminAccount, SetupStep, VerifyResult } from '../contract/models/setup.ts'
import type { AppState } from '../contract/models/state.ts'
import type { Clock } from '../core/ports/clock.ts'
import { writeFileAtomically } from './atomic-file.ts'

/** The file's name in the data folder. */
export const STATUS_FILE_NAME = 'status.json'

/** Changes within this time are written together. */
const WRITE_DELAY_MS = 1_000

/** What an administrator asks for, without the addresses and codes of a sign-in that is under way. */
export interface AppStatus extends Pick<
  AppState,
  | 'version'
  | 'mode'
  | 'cloud'
  | 'health'
  | 'stations'
  | 'handover'
  | 'webhook'
  | 'tunnel'
  | 'subscriptions'
  | 'handOn'
  | 'gaps'
  | 'error'
> {
  account: AdminAccount | null
  steps: SetupStep[]
  verified: VerifyResult | null
  /** The last comparison with the tenant, for the report. */
  drift: DriftReport | null
  settings: ConnectionSettings | null
}

/** What is in the file. */
export interface RunningStatus {
  pid: number
  /** When it was so. */
  at: string
  status: AppStatus
}

/** The part of the state that may be told. */
export function statusOf(state: AppState): AppStatus {
  const { mode, signIn, setup, settings } = state
  return {
    version: state.version,
    mode,
    cloud: state.cloud,
    account: signIn.phase === 'signed-in' ? signIn.account : null,
    health: state.health,
    stations: state.stations,
    steps: setup.steps,
    verified: setup.verified,
    drift: state.drift.report,
    handover: state.handover,
    settings: mode === null ? null : settings.connections[mode],
    webhook: state.webhook,
    tunnel: state.tunnel,
    subscriptions: state.subscriptions,
    handOn: state.handOn,
    gaps: state.gaps,
    error: state.error,
  }
}

/** Keeps the file up to date until it is stopped, which removes it. A file that cannot be written stops nothing. */
export function startStatusFile(options: {
  file: string
  app: { readonly state: AppState; onStateChanged(listener: () => void): () => void }
  clock: Clock
  pid: number
}): { stop(): Promise<void> } {
  const { file, app, clock, pid } = options
  let undoTimer: (() => void) | null = null
  let writing = Promise.resolve()
  const write = () => {
    undoTimer = null
    writing = writing.then(async () => {
      const content: RunningStatus = {
        pid,
        at: clock.now().toISOString(),
        status: statusOf(app.state),
      }
      try {
        await writeFileAtomically(file, `${JSON.stringify(content)}\n`)
      } catch {
        // Without the file a command says that the folder is in use. The next change tries again.
      }
    })
  }
  const unlisten = app.onStateChanged(() => {
    undoTimer ??= clock.after(WRITE_DELAY_MS, write)
  })
  write()
  return {
    stop: async () => {
      unlisten()
      undoTimer?.()
      await writing
      // What is left behind is recognised by its process id.
      await rm(file, { force: true }).catch(() => undefined)
    },
  }
}

/** Reads the file; null when there is none, or none of this version. */
export async function readStatusFile(file: string, version: string): Promise<RunningStatus | null> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'))
    return isRunningStatus(value) && value.status.version === version ? value : null
  } catch {
    // Not there, not readable, or not JSON: nobody says anything.
    return null
  }
}

/** What is read of it; the same version of the app wrote the rest. */
const shape = v.looseObject({
  pid: v.pipe(v.number(), v.integer()),
  at: v.string(),
  status: v.looseObject({
    version: v.string(),
    mode: v.nullable(v.string()),
    cloud: v.nullable(v.looseObject({ displayName: v.string() })),
    health: v.looseObject({
      ...{ light: v.string(), sentence: v.string(), nextStep: v.nullable(v.string()) },
    }),
    steps: v.array(
      v.looseObject({ id: v.string(), state: v.string(), summary: v.nullable(v.string()) }),
    ),
    handover: v.looseObject({ secretExpiresAt: v.nullable(v.string()) }),
    webhook: v.looseObject({ received: v.number(), lastReceivedAt: v.nullable(v.string()) }),
    tunnel: v.looseObject({ phase: v.string(), publicUrl: v.nullable(v.string()) }),
    subscriptions: v.array(v.looseObject({ status: v.string() })),
    handOn: v.looseObject({ phase: v.string() }),
    gaps: v.looseObject({ entries: v.array(v.looseObject({ phase: v.string() })) }),
  }),
})

function isRunningStatus(value: unknown): value is RunningStatus {
  return v.is(shape, value)
}
