// The command line on a real terminal: streams, signals, the data folder, and how the process ends.
import { mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { EmiApp } from '../core/app.ts'
import { cancelled } from '../core/app-error.ts'
import { redactText } from '../core/redact.ts'
import { writeFileAtomically } from '../node/atomic-file.ts'
import { defaultDataFolder, isHeld, isNew, openDataFolder } from '../node/data-folder.ts'
import { recordUncaught } from '../node/crash-records.ts'
import { saveDiagnostics } from '../node/diagnostics.ts'
import { machineAddresses, watchMachine } from '../node/machine-watch.ts'
import { type KeyOptions, openNodePlatform, readSecretBeside } from '../node/platform.ts'
import { startPracticeHost } from '../node/practice-host.ts'
import { readStatusFile, startStatusFile, STATUS_FILE_NAME } from '../node/status-file.ts'
import { systemClock, systemRandom } from '../node/system-clock.ts'
import type { CliWorld, CommonOptions, OpenedApp, RunningPractice } from './command-context.ts'
import { exitCodes } from './exit-codes.ts'
import { findPagesFolder, readVersion } from './places.ts'
import { runCli } from './program.ts'
import { openStoredData } from './stored-data.ts'
import { hasDisplay, openSystemBrowser } from './system-browser.ts'
import { openUnsetNetwork } from './unset-network.ts'

/** Runs the command line with this process's streams and ends the process with its exit code. */
export async function runInTerminal(args: string[]): Promise<void> {
  const stopping = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      // The second time nobody wants to wait for things to end in order.
      if (stopping.signal.aborted) process.exit(exitCodes.interrupted)
      stopping.abort(cancelled('The command'))
    })
  }
  // A reader such as `head` may go away; the work goes on.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  const code = await runCli(args, createWorld(stopping.signal))
  await Promise.all([flushed(process.stdout), flushed(process.stderr)])
  process.exit(code)
}

function createWorld(signal: AbortSignal): CliWorld {
  const version = readVersion()
  return {
    version,
    pagesFolder: findPagesFolder(),
    clock: systemClock,
    random: systemRandom,
    env: process.env,
    hasDisplay: hasDisplay(process.env, process.platform),
    signal,
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
    openApp: (options) => openApp({ ...options, version }),
    readRunningStatus: (common) =>
      readStatusFile(join(dataFolderOf(common), STATUS_FILE_NAME), version),
    openStored: (common) => openStoredData(dataFolderOf(common), { version, clock: systemClock }),
    readSecret: (common, secret) => readSecretBeside(keyOptionsOf(common), secret),
    isNew: (common) => isNew(dataFolderOf(common)),
    isHeld: (common) => isHeld(dataFolderOf(common)),
    openUnsetNetwork: (common) =>
      openUnsetNetwork(dataFolderOf(common), {
        env: process.env,
        readSecret: (name) => readSecretBeside(keyOptionsOf(common), { area: 'microsoft', name }),
      }),
    saveDiagnostics: (common, to) => saveBundle(common, version, to),
    startPractice,
    openBrowser: openSystemBrowser,
    onNewAddressWanted,
  }
}

async function openApp(options: {
  common: CommonOptions
  version: string
  runsWebhook: boolean
  openBrowser: (url: string) => Promise<void>
}): Promise<OpenedApp> {
  const { common } = options
  const platform = await openNodePlatform({
    ...keyOptionsOf(common),
    saveDiagnostics: () => saveBundle(common, options.version),
    host: 'headless',
    version: options.version,
    runsWebhook: options.runsWebhook,
    hasDisplay: hasDisplay(process.env, process.platform),
    openBrowser: options.openBrowser,
    copyText: null,
  })
  try {
    const app = await EmiApp.create(platform)
    const status = options.runsWebhook
      ? startStatusFile({
          file: join(dataFolderOf(common), STATUS_FILE_NAME),
          app,
          clock: systemClock,
          pid: process.pid,
        })
      : null
    const stopRecording = recordUncaught({
      folder: platform.dataFolder,
      now: () => new Date(),
      redact: redactText,
    })
    const watch = options.runsWebhook
      ? watchMachine({
          clock: systemClock,
          steadyMs: () => performance.now(),
          addresses: machineAddresses,
          note: (signal) => app.noteMachine(signal),
        })
      : null
    return {
      app,
      logSink: platform.logSink,
      close: async () => {
        stopRecording()
        watch?.stop()
        await status?.stop()
        await platform.close()
      },
    }
  } catch (error) {
    await platform.close()
    throw error
  }
}

async function startPractice({ data }: CommonOptions): Promise<RunningPractice> {
  // A folder of its own: the app that connects to it has the usual one.
  const folder = await openDataFolder(data ?? join(dataFolderOf({}), 'practice-alone'))
  try {
    await mkdir(folder.file('practice'), { recursive: true, mode: 0o700 })
    const practice = await startPracticeHost({
      file: folder.file(join('practice', 'tenant.json')),
      replicationDelayMs: undefined,
    })
    const { tenant } = practice
    const caFile = folder.file(join('practice', 'ca.pem'))
    await writeFileAtomically(caFile, tenant.caPem)
    return {
      tenantDisplayName: tenant.tenantDisplayName,
      tenantId: tenant.tenantId,
      loginHost: tenant.loginHost,
      graphHost: tenant.graphHost,
      caFile,
      people: tenant.people.map(({ userPrincipalName, displayName, role }) => ({
        userPrincipalName,
        displayName,
        role,
      })),
      close: async () => {
        await practice.close()
        await folder.release()
      },
    }
  } catch (error) {
    await folder.release()
    throw error
  }
}

function saveBundle(common: CommonOptions, version: string, to?: string): Promise<string> {
  const facts = { folder: dataFolderOf(common), version, host: 'headless', now: new Date() }
  return saveDiagnostics({ ...facts, redact: redactText, to })
}

function keyOptionsOf(common: CommonOptions): KeyOptions {
  const { passphraseFile, keyFile } = common
  return { dataFolder: dataFolderOf(common), env: process.env, passphraseFile, keyFile }
}

function dataFolderOf({ data }: CommonOptions): string {
  return data ?? defaultDataFolder(process.env, process.platform, homedir())
}

/** Enter on a terminal, or SIGUSR2 for a service. */
function onNewAddressWanted(listener: () => void): () => void {
  const lines = process.stdin.isTTY ? createInterface({ input: process.stdin }) : null
  lines?.on('line', listener)
  if (process.platform !== 'win32') process.on('SIGUSR2', listener)
  return () => {
    lines?.close()
    process.off('SIGUSR2', listener)
  }
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    // Also called, with an error, when the reader has gone away.
    stream.write('', () => resolve())
  })
}
