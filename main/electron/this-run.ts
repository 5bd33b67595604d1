// What holds for this run: who the app is to the system, the folder that it was given, and where crashes are kept.
import { homedir } from 'node:os'
import { redactText } from '../core/redact.ts'
import type { CrashPlace } from '../node/crash-records.ts'
import { defaultDataFolder } from '../node/data-folder.ts'

/** The same as in electron-builder.yml; Windows knows shortcuts and pop-ups by it. */
export const APP_ID = 'app.emitray.desktop'

/** The folder that `--data` names, or undefined. */
export const givenDataFolder = option('--data')

/** Where everything of this run is kept. */
export const dataFolder =
  givenDataFolder ?? defaultDataFolder(process.env, process.platform, homedir())

export const crashPlace: CrashPlace = {
  folder: dataFolder,
  now: () => new Date(),
  redact: redactText,
}

/** The value of a command line option such as `--data <folder>`. */
function option(name: string): string | undefined {
  const at = process.argv.indexOf(name)
  return at === -1 ? undefined : process.argv[at + 1]
}
