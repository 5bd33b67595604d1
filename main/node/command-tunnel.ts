// The command provider: a program that the administrator installed, such as cloudflared, makes this computer reachable.
import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { CommandSettings } from '../contract/models/settings.ts'
import { AppError } from '../core/app-error.ts'
import { COMMAND_SECRET, type SecretStore } from '../core/ports/secret-store.ts'
import type { TunnelOpenOptions, TunnelProvider, TunnelSession } from '../core/ports/tunnel.ts'
import { killTree, type ProgramBook } from './program-book.ts'

/** How long a program may take to end by itself when asked to. */
const END_LIMIT_MS = 3_000
/** A program that ends so early did not like how it was started, if its words say so too. */
const EARLY_MS = 5_000
/** A program whose address is known and that says nothing to wait for gets this time to connect. */
const SETTLE_MS = 1_500
const LAST_LINES = 5
const LONGEST_LINE = 2_000

const USAGE =
  /usage|unknown (short |shorthand )?(flag|option|command|argument)|invalid (argument|option|flag|value|config)|not defined|flag needs|requires? (an? |at least )|no such file|not found|cannot parse|unmarshal/i
const REFUSED =
  /unauthori[sz]ed|authentication failed|invalid (auth ?)?token|token .*(invalid|expired)|permission denied|not logged in|logged out/i

/**
 * A tunnel by a program. It gets no shell, no secret among its arguments, and ends with the session, or where this app
 * is killed, when `book` is read the next time.
 */
export function commandTunnel({
  book,
  settleMs = SETTLE_MS,
  endLimitMs = END_LIMIT_MS,
}: {
  book: ProgramBook
  settleMs?: number
  endLimitMs?: number
}): TunnelProvider {
  return {
    id: 'command',
    readableBy: 'whoever runs the service that the program connects to',
    async open({ settings, secrets, local, signal }: TunnelOpenOptions): Promise<TunnelSession> {
      const { command, publicUrl } = settings
      const pattern = patternOf(command, publicUrl)
      const secret = await secretOf(command, secrets)
      await book.endLeftOver()
      signal.throwIfAborted()
      const running = start(command, { local, publicUrl, secret, book })
      const found = announced(running, { pattern, publicUrl, settleMs })
      const onAbort = () => void running.end(endLimitMs)
      signal.addEventListener('abort', onAbort, { once: true })
      try {
        const reason = running.ended.then((why): never => {
          throw why
        })
        const url = await Promise.race([found, reason])
        signal.throwIfAborted()
        return {
          publicUrl: url,
          closed: running.ended,
          close: () => running.end(endLimitMs),
        }
      } catch (error) {
        await running.end(endLimitMs)
        signal.throwIfAborted()
        throw error
      } finally {
        signal.removeEventListener('abort', onAbort)
      }
    },
  }
}

interface Running {
  /** Calls back with every line of the output, also with those that came before. */
  onLine(listener: (line: string) => void): void
  /** Resolves with why the program is over. */
  ended: Promise<AppError>
  /** Ends the program and what it started; resolves when it is gone. */
  end(limitMs: number): Promise<void>
}

function start(
  command: CommandSettings,
  given: {
    local: { host: string; port: number }
    publicUrl: string
    secret: string | null
    book: ProgramBook
  },
): Running {
  const { secret, book } = given
  const startedAt = performance.now()
  const child = spawn(command.program, filled(command.args, given), {
    env: environment(command, secret),
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that what it starts ends with it.
    detached: process.platform !== 'win32',
    windowsHide: true,
  })
  const lines: string[] = []
  const listeners = new Set<(line: string) => void>()
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (raw) => {
      const line = withoutSecret(raw.slice(0, LONGEST_LINE), secret)
      lines.push(line)
      if (lines.length > LAST_LINES) lines.shift()
      for (const listener of listeners) listener(line)
    })
  }
  const { pid } = child
  if (pid !== undefined) void book.note(pid)
  const ended = Promise.withResolvers<AppError>()
  let endedByUs = false
  child.on('error', (error) => ended.resolve(notStarted(command, error)))
  child.on('close', (code, signalName) => {
    if (pid !== undefined) void book.forget(pid)
    const tookMs = performance.now() - startedAt
    const how = signalName ?? `exit code ${code ?? '?'}`
    ended.resolve(
      endedByUs
        ? endedOnRequest()
        : endedByItself(command, { lines, how, isEarly: tookMs < EARLY_MS }),
    )
  })
  return {
    onLine: (listener) => {
      listeners.add(listener)
      for (const line of lines) listener(line)
    },
    ended: ended.promise,
    end: async (limitMs) => {
      endedByUs = true
      killGroup(child, 'SIGTERM')
      const timer = setTimeout(() => killGroup(child, 'SIGKILL'), limitMs)
      await ended.promise
      clearTimeout(timer)
      // What it started may have outlived it.
      killGroup(child, 'SIGKILL')
    },
  }
}

/** Resolves with the public address once the program is connected, as far as can be told. */
function announced(
  running: Running,
  given: { pattern: RegExp | null; publicUrl: string; settleMs: number },
): Promise<string> {
  const { pattern, publicUrl, settleMs } = given
  return new Promise((resolve) => {
    if (!pattern) {
      const timer = setTimeout(() => resolve(publicUrl), settleMs)
      void running.ended.then(() => {
        clearTimeout(timer)
      })
      return
    }
    running.onLine((line) => {
      const match = pattern.exec(line)
      if (!match) return
      const address = publicUrl || originOf(match[1] ?? match[0])
      if (address) resolve(address)
    })
  })
}

function originOf(text: string): string | null {
  const url = /https:\/\/[^\s"'<>|]+/.exec(text)?.[0] ?? `https://${text.trim()}`
  return URL.canParse(url) ? new URL(url).origin : null
}

function patternOf({ program, pattern }: CommandSettings, publicUrl: string): RegExp | null {
  if (!program.trim()) throw config('No program is set for the tunnel.')
  if (!pattern.trim()) {
    if (publicUrl) return null
    throw config('Neither the public address nor how to find it in the program’s output is set.')
  }
  try {
    return new RegExp(pattern)
  } catch (error) {
    throw config(
      `What to look for in the program’s output is no regular expression: ${error instanceof Error ? error.message : pattern}`,
    )
  }
}

async function secretOf(
  { secretVariable }: CommandSettings,
  secrets: SecretStore,
): Promise<string | null> {
  if (!secretVariable) return null
  const secret = await secrets.get(COMMAND_SECRET)
  if (secret !== undefined) return secret
  throw new AppError('tunnel-auth', {
    message: `The program is to get a secret as ${secretVariable}, and none is kept yet.`,
    nextStep: 'Enter the secret on the Webhook page, or clear the name of the variable.',
  })
}

/** The arguments with {host}, {port} and {publicHost} filled in. */
function filled(
  args: string[],
  { local, publicUrl }: { local: { host: string; port: number }; publicUrl: string },
): string[] {
  const values: Record<string, string> = {
    host: local.host,
    port: String(local.port),
    publicHost: URL.canParse(publicUrl) ? new URL(publicUrl).hostname : '',
  }
  return args.map((one) =>
    one.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole),
  )
}

/** This program's own environment without its own secrets, and with that of the program. */
function environment(
  { secretVariable }: CommandSettings,
  secret: string | null,
): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('EMI_'))
  return { ...Object.fromEntries(inherited), ...(secret !== null && { [secretVariable]: secret }) }
}

function withoutSecret(line: string, secret: string | null): string {
  return secret ? line.replaceAll(secret, '[hidden]') : line
}

function killGroup({ pid, exitCode }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined || (process.platform === 'win32' && exitCode !== null)) return
  killTree(pid, signal)
}

function notStarted({ program }: CommandSettings, error: NodeJS.ErrnoException): AppError {
  const why =
    error.code === 'ENOENT'
      ? 'it was not found'
      : error.code === 'EACCES'
        ? 'this user may not run it'
        : (error.code ?? error.message)
  return new AppError('tunnel-config', {
    message: `The program ${program} could not be started: ${why}.`,
    nextStep:
      'Install it, or enter its whole path on the Webhook page. Then press “Connect again”.',
    cause: error,
  })
}

function endedByItself(
  { program }: CommandSettings,
  { lines, how, isEarly }: { lines: string[]; how: string; isEarly: boolean },
): AppError {
  const said = lines.join(' | ')
  const details = `${how}${said && `: ${said}`}`
  if (isEarly && REFUSED.test(said)) {
    return new AppError('tunnel-auth', {
      message: `The service behind ${program} did not let it in.`,
      nextStep: 'Renew the token or sign-in of that program, then press “Connect again”.',
      details,
    })
  }
  if (isEarly && USAGE.test(said)) {
    return new AppError('tunnel-config', {
      message: `${program} did not accept how it was started.`,
      nextStep:
        'Read its last words below, correct the arguments on the Webhook page, and press “Connect again”.',
      details,
    })
  }
  return new AppError('tunnel-transient', {
    message: `${program} has ended (${how}).`,
    nextStep:
      'EMI Tray starts it again by itself. If this goes on, run it by hand and read what it says.',
    details,
  })
}

function config(message: string): AppError {
  return new AppError('tunnel-config', {
    message,
    nextStep: 'Set it on the Webhook page, or choose one of the ready-made programs there.',
  })
}

function endedOnRequest(): AppError {
  return new AppError('cancelled', {
    message: 'The tunnel was closed.',
    nextStep: 'Start the webhook to open it again.',
  })
}
