// Builds the hosts, the preload script and the pages into out/, when their sources have changed.
import { createHash } from 'node:crypto'
import { readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'vite'
import { projectRoot } from './child.ts'

const stampFile = join(projectRoot, 'out', '.sources')
const configs = ['main', 'preload', 'renderer'] as const
const sources = [
  'main',
  'preload',
  'renderer',
  'build/icons',
  ...configs.map((name) => `build/vite.${name}.ts`),
  'package.json',
  'package-lock.json',
]

/** Builds all three in parallel. Skips that when out/ was built from exactly these sources, unless forced. */
export async function buildAll({ force = false } = {}): Promise<'built' | 'up-to-date'> {
  const print = await fingerprint(sources.map((path) => join(projectRoot, path)))
  if (!force && (await readStamp()) === print) return 'up-to-date'
  await rm(stampFile, { force: true })
  await Promise.all(configs.map((name) => build({ configFile: configFile(name) })))
  // Taken before the build: what changed meanwhile is noticed the next time.
  await writeFile(stampFile, print)
  return 'built'
}

/** The Vite configuration of one of the three builds. */
export function configFile(name: (typeof configs)[number]): string {
  return join(projectRoot, 'build', `vite.${name}.ts`)
}

/** Changes when a file is added, removed or changed; reads no file. */
export async function fingerprint(paths: string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const path of paths) {
    for (const file of (await filesBelow(path)).sort()) {
      const { size, mtimeMs } = await stat(file)
      hash.update(`${file} ${size} ${mtimeMs}\n`)
    }
  }
  return hash.digest('hex')
}

async function filesBelow(path: string): Promise<string[]> {
  const info = await stat(path).catch(() => undefined)
  if (!info) return []
  if (!info.isDirectory()) return [path]
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

async function readStamp(): Promise<string | undefined> {
  // Missing after a clone, and after a build that failed.
  return readFile(stampFile, 'utf8').catch(() => undefined)
}

if (process.argv[1] === import.meta.filename) await buildAll({ force: true })
