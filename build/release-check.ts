// Before packages are uploaded: would an installed app verify who published its updates? `node build/run.js release-check`.
import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { namesPublisher } from '../main/node/update-rules.ts'
import { projectRoot } from './child.ts'

/**
 * What is wrong with the packed apps in a folder, as sentences. electron-updater verifies no signature on Windows
 * where app-update.yml names no publisher: https://github.com/electron-userland/electron-builder (NsisUpdater.ts)
 */
export async function releaseProblems(dist: string): Promise<string[]> {
  const problems: string[] = []
  let apps = 0
  for await (const path of glob('{win*,linux*,mac*}/**/app.asar', { cwd: dist })) {
    apps += 1
    const file = join(dist, path, '..', 'app-update.yml')
    const text = await readFile(file, 'utf8').catch(() => '')
    if (text === '') problems.push(`${path} has no app-update.yml: it would never update itself.`)
    else if (path.startsWith('win') && !namesPublisher(text)) {
      problems.push(`${path} names no publisherName: sign it, so that updates are verified.`)
    }
  }
  return apps === 0 ? [`There is no packed app in ${dist}.`] : problems
}

if (process.argv[1] === import.meta.filename) {
  const problems = await releaseProblems(join(projectRoot, 'dist'))
  for (const problem of problems) console.error(problem)
  process.exitCode = problems.length === 0 ? 0 : 1
}
