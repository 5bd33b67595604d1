// Where the app lives and keeps things: its package, and the folders `app.getPath` names.
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir, tmpdir } from 'node:os'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import type { App } from 'electron'

type PathName = Parameters<App['getPath']>[0]

export interface AppPackage {
  folder: string
  name: string
  version: string
}

interface PackageFile {
  name?: string
  productName?: string
  version?: string
  main?: string
}

const overridden = new Map<string, string>()

/** The version of the Electron package the app is built for. */
export function electronVersion(): string {
  const file = createRequire(import.meta.url).resolve('electron/package.json')
  return readPackage(file).version ?? ''
}

/** The package whose main is the program that was started; without one, Electron's own defaults. */
export function appPackage(): AppPackage {
  const program = resolve(process.argv[1] ?? '.')
  for (let folder = dirname(program); ; folder = dirname(folder)) {
    const file = join(folder, 'package.json')
    if (existsSync(file)) {
      const { name, productName, version, main } = readPackage(file)
      if (resolve(folder, main ?? 'index.js') === program) {
        return { folder, name: productName ?? name ?? 'Electron', version: version ?? '' }
      }
      break
    }
    if (folder === dirname(folder)) break
  }
  return { folder: dirname(program), name: 'Electron', version: electronVersion() }
}

/** The resources folder of an app that is packed, as the driver was told; undefined for one that is not. */
export function packedResources(): string | undefined {
  return process.env.ELECTRON_DOUBLE_RESOURCES
}

/** The value of a command line switch, or undefined. */
export function switchValue(name: string): string | undefined {
  const start = `--${name}=`
  return process.argv.find((argument) => argument.startsWith(start))?.slice(start.length)
}

/** `app.getPath`. Throws for a name it does not know. */
export function getPath(name: PathName, appName: string): string {
  const path = overridden.get(name) ?? defaultPath(name, appName)
  if (!path) throw new Error(`Failed to get '${name}' path`)
  if (['userData', 'sessionData', 'logs', 'crashDumps'].includes(name)) {
    mkdirSync(path, { recursive: true })
  }
  return path
}

/**
 * `app.setPath`. The folder need not exist: the documentation says it must, the code does not look.
 * https://github.com/electron/electron/blob/main/shell/browser/api/electron_api_app.cc
 */
export function setPath(name: string, path: string): void {
  if (!isAbsolute(path)) throw new Error('Path must be absolute')
  if (defaultPath(name as PathName, '') === undefined) throw new Error('Failed to set path')
  overridden.set(name, path)
}

function defaultPath(name: PathName, appName: string): string | undefined {
  const home = homedir()
  const appData = process.env.XDG_CONFIG_HOME ?? join(home, '.config')
  // --user-data-dir wins, as in every Chromium.
  const userData =
    overridden.get('userData') ?? switchValue('user-data-dir') ?? join(appData, appName)
  const known: Partial<Record<PathName, string>> = {
    home,
    appData,
    userData,
    sessionData: userData,
    logs: join(userData, 'logs'),
    crashDumps: join(userData, 'Crashpad'),
    temp: tmpdir(),
    exe: process.execPath,
    module: process.execPath,
    desktop: join(home, 'Desktop'),
    documents: join(home, 'Documents'),
    downloads: join(home, 'Downloads'),
    music: join(home, 'Music'),
    pictures: join(home, 'Pictures'),
    videos: join(home, 'Videos'),
  }
  return known[name]
}

function readPackage(file: string): PackageFile {
  return JSON.parse(readFileSync(file, 'utf8')) as PackageFile
}
