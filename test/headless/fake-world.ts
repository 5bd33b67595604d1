// The outside world of the command line as a test plays it: a core that follows a script, and captured output.
import type { ErrorCode, ErrorReport } from '../../main/contract/errors.ts'
import type { LogEntry } from '../../main/contract/models/log.ts'
import type { SetupStep, SetupStepId } from '../../main/contract/models/setup.ts'
import type { AppState } from '../../main/contract/models/state.ts'
import type { Reply } from '../../main/contract/protocol.ts'
import { AppError, cancelled } from '../../main/core/app-error.ts'
import type { CliApp, CliWorld } from '../../main/headless/command-context.ts'
import { runCli } from '../../main/headless/program.ts'
import { statusOf } from '../../main/node/status-file.ts'
import { FakeClock } from '../fakes/fake-clock.ts'
import { seededRandom } from '../fakes/memory-ports.ts'
import { nothingYet } from '../fakes/nothing-yet.ts'

type Script = Record<string, (input: unknown) => unknown>

/** A core whose calls do what the script says; calls without a script succeed. */
export class ScriptedApp implements CliApp {
  state: AppState = { revision: 1, ...nothingYet() }
  readonly calls: string[] = []
  readonly inputs = new Map<string, unknown>()
  script: Script = {}
  isStarted = false
  isStopped = false
  #listeners = new Set<(state: AppState) => void>()
  #logListeners = new Set<(entries: LogEntry[]) => void>()

  start(): Promise<void> {
    this.isStarted = true
    return Promise.resolve()
  }
  stop(): Promise<void> {
    this.isStopped = true
    return Promise.resolve()
  }
  dispatch(name: string, input: unknown): Promise<Reply> {
    this.calls.push(name)
    this.inputs.set(name, input)
    const value = this.script[name]?.(input)
    if (isReport(value)) return Promise.resolve({ ok: false, error: value })
    return Promise.resolve({ ok: true, value })
  }
  onStateChanged(listener: (state: AppState) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
  onLogAppended(listener: (entries: LogEntry[]) => void): () => void {
    this.#logListeners.add(listener)
    return () => this.#logListeners.delete(listener)
  }
  onDeliveriesNamed(): () => void {
    return () => undefined
  }

  get listeners(): number {
    return this.#listeners.size + this.#logListeners.size
  }

  change(change: Partial<AppState>): void {
    this.state = { ...this.state, ...change, revision: this.state.revision + 1 }
    for (const listener of this.#listeners) listener(this.state)
  }

  append(entry: LogEntry): void {
    for (const listener of this.#logListeners) listener([entry])
  }

  /** Sets one step of the set-up, and whatever else of it. */
  setStep(id: SetupStepId, step: Partial<SetupStep>, more: Partial<AppState['setup']> = {}): void {
    const rest = this.state.setup.steps.filter((one) => one.id !== id)
    const whole: SetupStep = {
      id,
      state: 'ready',
      summary: null,
      error: null,
      progress: null,
      ...step,
    }
    this.change({ setup: { ...this.state.setup, ...more, steps: [...rest, whole] } })
  }
}

/** Runs one command line against a scripted core. */
export async function runCommand(
  args: string[],
  app = new ScriptedApp(),
  change: Partial<CliWorld> = {},
) {
  let stdout = ''
  let stderr = ''
  let isClosed = false
  const code = await runCli(args, {
    version: '1.2.3',
    pagesFolder: '/nowhere',
    clock: new FakeClock(),
    random: seededRandom(),
    env: {},
    hasDisplay: false,
    signal: new AbortController().signal,
    stdout: (text) => (stdout += text),
    stderr: (text) => (stderr += text),
    openApp: () =>
      Promise.resolve({
        app,
        logSink: () => undefined,
        close: () => {
          isClosed = true
          return Promise.resolve()
        },
      }),
    readRunningStatus: () => Promise.resolve(null),
    openStored: () => Promise.reject(new Error('No data in this test.')),
    readSecret: () => Promise.resolve(undefined),
    isNew: () => false,
    isHeld: () => false,
    openUnsetNetwork: () => Promise.resolve(null),
    saveDiagnostics: (_common, to) => Promise.resolve(to ?? '/data/diagnostics/a.zip'),
    startPractice: () => Promise.reject(new Error('No practice tenant in this test.')),
    openBrowser: () => Promise.resolve(),
    onNewAddressWanted: () => () => undefined,
    ...change,
  })
  return { code, stdout, stderr, isClosed, json: () => JSON.parse(stdout) as Document }
}

/** A world in which another app, whose process is 4711, holds the data folder and tells its state. */
export function besideApp({ state }: ScriptedApp, told: { pid?: number } = {}): Partial<CliWorld> {
  const inUse = new AppError('data-folder-in-use', {
    ...{ message: 'In use.', nextStep: 'Use its page.', details: 'process 4711' },
  })
  return {
    openApp: () => Promise.reject(inUse),
    readRunningStatus: () =>
      Promise.resolve({
        pid: 4711,
        at: '2026-03-02T09:00:00.000Z',
        status: statusOf(state),
        ...told,
      }),
  }
}

/** What --json prints, as far as tests look at it. */
export interface Document {
  ok: boolean
  error?: ErrorReport
  [name: string]: unknown
}

/** An ErrorReport with this code. */
export function report(code: ErrorCode): ErrorReport {
  return {
    code,
    message: `It failed: ${code}.`,
    nextStep: 'Do something.',
    details: null,
    reference: 'abcd1234',
    at: '2026-03-02T09:00:00.000Z',
  }
}

/** A core that can be set up with the practice tenant: sign-in, plan, apply and verify all succeed. */
export function practiceApp(): ScriptedApp {
  const app = new ScriptedApp()
  const plan: AppState['setup']['plan'] = {
    createdAt: '2026-03-02T09:00:00.000Z',
    redirectUri: 'https://practice.brightpattern.example/agentdesktop/msteamscallback.html',
    rows: [
      {
        object: 'application',
        action: 'create',
        name: 'Enterprise Messenger Integration Server',
        detail: 'Will be created.',
        reason: 'It stands for the EMI Server.',
      },
    ],
    permissions: [
      {
        value: 'User.Read.All',
        kind: 'application',
        reason: 'Finds people.',
        granted: false,
        optional: false,
        link: 'https://learn.microsoft.com/graph/permissions-reference',
      },
    ],
    nothingToDo: false,
  }
  app.script = {
    'connection.choose': (input) => {
      const { mode } = input as { mode: 'practice' | 'microsoft' }
      const person = {
        id: 'p1',
        displayName: 'Nora Lindqvist',
        userPrincipalName: 'nora@contoso.example',
        role: 'global-admin',
        jobTitle: 'Head of IT',
      }
      app.change({
        mode,
        practice:
          mode === 'practice'
            ? {
                tenantDisplayName: 'Contoso practice',
                people: [{ ...person, id: 'p0', role: 'user' }, person],
                chats: [],
                traffic: { on: false, perMinute: 6 },
                faults: [],
                actions: [],
                replicationSeconds: 0,
              }
            : null,
      })
    },
    'practice.signIn': () => {
      queueMicrotask(() => app.change({ signIn: { phase: 'signed-in', account } }))
    },
    'setup.plan': () => {
      app.setStep('plan', { state: 'running' })
      queueMicrotask(() => app.setStep('plan', { state: 'done' }, { plan }))
    },
    'setup.apply': () => {
      app.setStep('apply', { state: 'running' })
      queueMicrotask(() => {
        app.setStep(
          'apply',
          { state: 'running' },
          { applySteps: [{ object: 'application', state: 'done', result: 'Made it.' }] },
        )
        app.setStep('verify', { state: 'done' }, { verified, plan: null })
        app.setStep('apply', { state: 'done' })
      })
    },
    'setup.verify': () => {
      app.setStep('verify', { state: 'running' })
      queueMicrotask(() => app.setStep('verify', { state: 'done' }, { verified }))
    },
    'setup.cancel': () => {
      for (const { id, state } of app.state.setup.steps) {
        if (state === 'running') app.setStep(id, { state: 'stopped', error: report('cancelled') })
      }
    },
    'clientSecret.reveal': () => ({ secretText: 'the-secret-value' }),
  }
  return app
}

/** A core whose set-up is finished. */
export function readyApp(): ScriptedApp {
  const app = practiceApp()
  app.change({
    mode: 'practice',
    handover: {
      ready: true,
      form: '5.19',
      values: [
        value('name', 'Name', 'Microsoft Teams'),
        value('object-id', 'Object ID', 'object-1'),
        value('tenant-id', 'Directory (Tenant) ID', 'tenant-1'),
        value('client-id', 'Client ID', 'client-1'),
        { ...value('client-secret', 'Client Secret', null), secret: true },
        value('expires-at', 'Expires at', '2028-03-02T09:00:00.000Z'),
      ],
      redirectUri: null,
      secretExpiresAt: '2028-03-02T09:00:00.000Z',
      secretHint: 'the',
    },
  })
  app.setStep('apply', { state: 'done' })
  app.setStep('verify', { state: 'done' }, { verified })
  return app
}

const verified = {
  at: '2026-03-02T09:00:05.000Z',
  roles: ['User.Read.All'],
  missingRoles: [],
  delegatedGranted: true,
  delegatedSeen: true,
}

/** The reason with which the real terminal aborts. */
export const interruption = cancelled('The command')

const account = {
  username: 'nora@contoso.example',
  displayName: 'Nora Lindqvist',
  tenantId: 'tenant-1',
  tenantDisplayName: 'Contoso practice',
  tenantDomain: 'contoso.example',
  roles: ['Global Administrator'],
}

function value(
  field: AppState['handover']['values'][number]['field'],
  label: string,
  text: string | null,
): AppState['handover']['values'][number] {
  return { field, label, value: text, secret: false, readOnly: false, help: '' }
}

function isReport(value: unknown): value is ErrorReport {
  return typeof value === 'object' && value !== null && 'code' in value && 'nextStep' in value
}
