// Whether an installation updates itself; pure rules.
import path from 'node:path'
import type { ReadPolicy } from './managed-policy.ts'

/** What decides whether an installation updates itself. */
export interface Installation {
  platform: NodeJS.Platform
  env: NodeJS.ProcessEnv
  isPackaged: boolean
  /** The running program. */
  program: string
  /** What app-update.yml says; null where the package has none. */
  updateFile: string | null
  policy: ReadPolicy
}

/** Why an installation does not update itself, as a sentence; null where it does. */
export function whyOff(installation: Installation): string | null {
  const { platform, env, isPackaged, program, updateFile, policy } = installation
  if (!isPackaged) return 'This runs from its sources, which are updated where they come from.'
  if (!policy.ok) return `${policy.reason} Nothing is updated until it is.`
  if (!policy.policy.updates) return 'Your organization brings new versions to this computer.'
  if (platform === 'linux' && !env['APPIMAGE']) {
    return 'This computer’s package manager brings new versions.'
  }
  if (updateFile === null) return 'This package knows no update server.'
  if (platform !== 'win32') return null
  if (isForEverybody(program, env)) {
    return 'It is installed for everybody on this computer, so an administrator updates it.'
  }
  // electron-updater verifies no signature then.
  // https://github.com/electron-userland/electron-builder/blob/master/packages/electron-updater/src/NsisUpdater.ts
  return namesPublisher(updateFile)
    ? null
    : 'This package does not say who publishes its updates, so none is trusted.'
}

function isForEverybody(program: string, env: NodeJS.ProcessEnv): boolean {
  const folders = [env['ProgramFiles'], env['ProgramFiles(x86)'], env['ProgramW6432']]
  const normal = (text: string) => path.win32.normalize(text).toLowerCase()
  return folders.some((one) => one && normal(program).startsWith(normal(`${one}\\`)))
}

/** Whether an app-update.yml says who has to have signed an update. */
export function namesPublisher(text: string): boolean {
  return /^publisherName:[^\S\n]*(?:\r?\n[^\S\n]*-[^\S\n]*\S|[^\s])/m.test(text)
}
