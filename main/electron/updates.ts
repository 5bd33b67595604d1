// New versions by electron-updater: whether this installation updates itself, fetching, and the restart into one.
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { app } from 'electron'
import type { AppUpdater } from 'electron-updater'
import { AppError } from '../core/app-error.ts'
import type { Updater } from '../core/ports/machine.ts'
import type { ReadPolicy } from '../node/managed-policy.ts'
import { whyOff } from '../node/update-rules.ts'
import { onRoute } from './update-proxy.ts'

export interface OwnUpdates {
  updater: Updater
  /**
   * Called when everything has stopped: puts the new version in place, starts it and ends this process. False where
   * nobody asked for that, so that the process ends as it always does.
   */
  finishRestart(): boolean
}

/** A new version that did not take over by then is not going to. */
const TAKEOVER_MS = 60_000

/** Updates of this very installation. `quit` ends the app in order; finishRestart() comes at its end. */
export function ownUpdates({ policy, quit }: { policy: ReadPolicy; quit: () => void }): OwnUpdates {
  const file = path.join(process.resourcesPath, 'app-update.yml')
  const off = whyOff({
    platform: process.platform,
    env: process.env,
    isPackaged: app.isPackaged,
    program: app.getPath('exe'),
    updateFile: existsSync(file) ? readFileSync(file, 'utf8') : null,
    policy,
  })
  const channel = policy.ok ? policy.policy.updateChannel : null
  let loaded: Promise<AppUpdater> | undefined
  let ready: AppUpdater | null = null
  let wanted = false
  return {
    updater: {
      off,
      fetch: async (route, onProgress) => {
        loaded ??= loadUpdater(channel)
        const own = await loaded
        const found = await onRoute(own, route, () => fetchNewer(own, onProgress))
        if (found !== null) ready = own
        return found
      },
      restart: () => {
        wanted = true
        quit()
      },
    },
    finishRestart: () => {
      if (!wanted || !ready) return false
      takeOver(ready)
      return true
    },
  }
}

/** The updater of this system, loaded with the first look for a newer version: most starts need none of it. */
async function loadUpdater(channel: string | null): Promise<AppUpdater> {
  const { AppImageUpdater, MacUpdater, NsisUpdater } = await import('electron-updater')
  const kinds: Partial<Record<NodeJS.Platform, new () => AppUpdater>> = {
    win32: NsisUpdater,
    darwin: MacUpdater,
  }
  const updater = new (kinds[process.platform] ?? AppImageUpdater)()
  // The core logs what matters; electron-updater would write to the terminal.
  updater.logger = null
  updater.autoDownload = false
  // Only a person restarts it: a computer that shuts down is no time to install.
  updater.autoInstallOnAppQuit = false
  updater.disableWebInstaller = true
  if (channel !== null) updater.channel = channel
  // Setting a channel allows it.
  updater.allowDowngrade = false
  return updater
}

async function fetchNewer(
  updater: AppUpdater,
  onProgress: (progress: { version: string; percent: number }) => void,
): Promise<string | null> {
  try {
    const result = await updater.checkForUpdates()
    if (!result?.isUpdateAvailable) return null
    const { version } = result.updateInfo
    const tell = ({ percent }: { percent: number }) =>
      onProgress({ version, percent: Math.floor(percent) })
    onProgress({ version, percent: 0 })
    updater.on('download-progress', tell)
    try {
      await updater.downloadUpdate()
    } finally {
      updater.off('download-progress', tell)
    }
    return version
  } catch (error) {
    throw updateError(error)
  }
}

/** Whatever happens, an app runs afterwards: the new version, or this one again. */
function takeOver(updater: AppUpdater): void {
  const startAgain = () => {
    app.relaunch()
    app.exit(0)
  }
  // The new version is started before this one has ended, and must not take it for the first.
  app.releaseSingleInstanceLock()
  updater.once('error', startAgain)
  setTimeout(startAgain, TAKEOVER_MS).unref()
  updater.quitAndInstall(true, true)
}

const REFUSED = new Set(['ERR_CHECKSUM_MISMATCH', 'ERR_UPDATER_INVALID_SIGNATURE'])

function updateError(error: unknown): AppError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const details = `${code} ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : ''}`
  if (REFUSED.has(code)) {
    return new AppError('update-refused', {
      message:
        'A new version did not arrive as its publisher made it, so it was thrown away. This version goes on.',
      nextStep: 'It is tried again later. If this stays, tell whoever runs the update server.',
      details: details.trim(),
      cause: error,
    })
  }
  return new AppError('update-failed', {
    message: 'The update server gave no usable answer. This version goes on.',
    nextStep: 'It is tried again later. Look at the way to the Internet if this stays.',
    details: details.trim(),
    cause: error,
  })
}
