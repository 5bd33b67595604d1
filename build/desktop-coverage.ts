// Which lines of main/electron and preload the specs run on the Electron double; too few fail `npm test`.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { lineCounts, type ScriptCoverage } from './line-counts.ts'

const NEEDED_PERCENT = 95
const FOLDERS = ['main/electron/', 'preload/']

/** Reads what the runs left in a folder, prints each file's share, and says whether it is enough. */
export async function isDesktopCovered(folder: string): Promise<boolean> {
  const files = await lineCounts(await readCoverage(folder), FOLDERS)
  const rows = [...files].map(([file, lines]) => {
    const missing = [...lines].filter(([, count]) => count === 0).map(([line]) => line)
    return { file, all: lines.size, ran: lines.size - missing.length, missing }
  })
  const sum = (part: 'all' | 'ran') => rows.reduce((total, row) => total + row[part], 0)
  for (const { file, all, ran, missing } of rows.sort((a, b) => a.file.localeCompare(b.file))) {
    const lines =
      missing.length === 0 ? '' : `  not run: ${missing.sort((a, b) => a - b).join(', ')}`
    console.log(`${percent(ran, all).toFixed(1).padStart(5)} %  ${file}${lines}`)
  }
  const share = percent(sum('ran'), sum('all'))
  console.log(
    `${share.toFixed(1)} % of ${sum('all')} lines of ${FOLDERS.join(' and ')} ran on the Electron double; ` +
      `${NEEDED_PERCENT} % are needed.`,
  )
  return share >= NEEDED_PERCENT
}

/** Nothing at all is no success. */
function percent(ran: number, all: number): number {
  // Rounded down: what is not reached is not shown as reached.
  return all === 0 ? 0 : Math.floor((1000 * ran) / all) / 10
}

async function readCoverage(folder: string): Promise<ScriptCoverage[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json'))
  const scripts: ScriptCoverage[] = []
  // One after the other: each is some megabytes.
  for (const name of names) {
    const text = await readFile(join(folder, name), 'utf8')
    scripts.push(...(JSON.parse(text) as { result: ScriptCoverage[] }).result)
  }
  return scripts
}
