// Says in the files that the updater reads how many per cent of the installations are offered a version:
// `node build/run.js rollout <percent> <folder or file>`. The files may be changed again after the release.
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The file of a channel, such as latest.yml, beta-mac.yml or latest-linux-arm64.yml. */
const UPDATE_FILE = /^(?:latest|beta|alpha)(?:-mac|-linux(?:-\w+)?)?\.yml$/

/** Sets stagingPercentage in the text of an update file. Throws for anything but whole numbers from 0 to 100. */
export function withRollout(text: string, percent: number): string {
  if (!Number.isInteger(percent) || percent < 0 || percent > 100) {
    throw new Error(`A rollout is a whole number from 0 to 100, not ${percent}.`)
  }
  const lines = text.split('\n').filter((line) => line !== '' && !/^stagingPercentage:/.test(line))
  return [...lines, `stagingPercentage: ${percent}`, ''].join('\n')
}

/** Sets it in one update file, or in all of a folder; returns their paths. Throws where there is none. */
export async function setRollout(path: string, percent: number): Promise<string[]> {
  const isFolder = (await stat(path)).isDirectory()
  const names = isFolder ? (await readdir(path)).filter((name) => UPDATE_FILE.test(name)) : []
  const files = isFolder ? names.map((name) => join(path, name)) : [path]
  if (files.length === 0) throw new Error(`There is no file for the updater in ${path}.`)
  for (const file of files)
    await writeFile(file, withRollout(await readFile(file, 'utf8'), percent))
  return files
}

if (process.argv[1] === import.meta.filename) {
  const [percent = '', path = 'dist'] = process.argv.slice(2)
  for (const file of await setRollout(path, percent === '' ? NaN : Number(percent))) {
    console.log(`${file}: offered to ${percent} % of the installations`)
  }
}
