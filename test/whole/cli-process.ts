// Runs the compiled emi-tray command as a process of its own, against a practice tenant that the test holds.
import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls from 'node:tls'
import { signInAs } from '../../main/practice/browser-person.ts'
import type { PracticeTenant } from '../../main/practice/practice-tenant.ts'

const program = join(import.meta.dirname, '../../out/main/cli.js')
/** Of the vault; the canary test looks for it too. */
export const PASSPHRASE = 'correct horse battery staple of this test'

export interface CliRun {
  child: ChildProcess
  /** Everything written so far. */
  stdout: () => string
  stderr: () => string
  /** The exit code; null when it was killed. */
  exited: Promise<number | null>
}

/** Starts `emi-tray` with a passphrase in its environment and nothing else of this machine's. */
export function startCli(args: string[], env: NodeJS.ProcessEnv = {}): CliRun {
  if (!existsSync(program)) throw new Error('The compiled command is missing: npm run build')
  const child = spawn(process.execPath, [program, ...args], {
    env: { PATH: process.env['PATH'], HOME: tmpdir(), EMI_PASSPHRASE: PASSPHRASE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (part: string) => (stdout += part))
  child.stderr.setEncoding('utf8').on('data', (part: string) => (stderr += part))
  const exited = new Promise<number | null>((resolve) => {
    child.once('close', (code) => resolve(code))
  })
  return { child, stdout: () => stdout, stderr: () => stderr, exited }
}

/** Resolves with the first match in what the process writes. Rejects when it ends without. */
export async function waitForOutput(run: CliRun, pattern: RegExp): Promise<RegExpExecArray> {
  const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>()
  const look = () => {
    const match = pattern.exec(run.stdout() + run.stderr())
    if (match) resolve(match)
  }
  run.child.stdout?.on('data', look)
  run.child.stderr?.on('data', look)
  look()
  void run.exited.then((code) =>
    reject(new Error(`ended with ${String(code)} before ${String(pattern)}: ${run.stderr()}`)),
  )
  return promise
}

/** A fresh data folder; `remove` takes it away again. */
export async function newDataFolder(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'emi-whole-'))
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) }
}

/**
 * Names a new vault key file instead of the passphrase, for tests of many runs: the key of a passphrase takes each
 * run half a second of work.
 */
export async function keyFileIn(dataFolder: string): Promise<NodeJS.ProcessEnv> {
  const path = join(dataFolder, 'vault.key')
  await writeFile(path, randomBytes(32).toString('base64'), { mode: 0o600 })
  return { EMI_KEY_FILE: path, EMI_PASSPHRASE: undefined }
}

/** Lets this process trust one more practice tenant, beside those of tests that run at the same time. */
export function trustPractice({ caPem }: PracticeTenant): void {
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), caPem])
}

/** The options that point `setup` at a practice tenant as a custom cloud. */
export async function customCloudOptions(
  tenant: PracticeTenant,
  dataFolder: string,
): Promise<string[]> {
  const caFile = join(dataFolder, 'ca.pem')
  await writeFile(caFile, tenant.caPem)
  return [
    ...['--cloud', 'custom', '--login-host', tenant.loginHost, '--graph-host', tenant.graphHost],
    ...['--ca-file', caFile, '--tenant-url', 'acme.brightpattern.example'],
  ]
}

/** Answers the sign-in page of a running command as one of the practice people. */
export async function answerSignIn(run: CliRun, tenant: PracticeTenant): Promise<void> {
  const [, authorizeUrl] = await waitForOutput(run, /(https?:\/\/localhost:\d+\/\S+authorize\?\S+)/)
  const person = tenant.people.find((one) => one.role === 'global-admin')
  if (!person || !authorizeUrl) throw new Error('no administrator, or no address')
  await signInAs({ authorizeUrl, person })
}
