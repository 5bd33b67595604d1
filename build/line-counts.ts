// From V8's coverage of compiled files to how often each line of the sources ran.
import { readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { convert } from 'ast-v8-to-istanbul'
import { parseSync } from 'vite'
import { projectRoot } from './child.ts'

type Options = Parameters<typeof convert>[0]
export type ScriptCoverage = Options['coverage']

/** A chunk that only hands on what another one exports: of no source, so it has no map. */
const HANDS_ON = /^export \{[^}]*\} from "[^"]+";?\s*$/

/**
 * How often each line ran, by source file relative to the project. A line is one on which a statement starts. Of a
 * script that ran in several processes the counts are added.
 */
export async function lineCounts(
  scripts: ScriptCoverage[],
  folders: string[],
): Promise<Map<string, Map<number, number>>> {
  const out = join(projectRoot, 'out')
  const compiled = Map.groupBy(
    scripts.filter(({ url }) => url.startsWith('file:') && fileURLToPath(url).startsWith(out)),
    ({ url }) => fileURLToPath(url),
  )
  const counts = new Map<string, Map<number, number>>()
  for (const [file, runs] of compiled) {
    const code = await readFile(file, 'utf8')
    if (HANDS_ON.test(code)) continue
    const map = JSON.parse(await readFile(`${file}.map`, 'utf8')) as NonNullable<
      Options['sourceMap']
    >
    // The core is compiled into files of its own.
    const isOurs = map.sources.some((source) => isInside(folders, sourcePath(file, source ?? '')))
    if (!isOurs) continue
    const ast = parseSync(file, code).program as Options['ast']
    for (const coverage of runs) {
      const sources = await convert({ code, sourceMap: map, coverage, ast })
      for (const [path, { statementMap, s }] of Object.entries(sources)) {
        const source = relative(projectRoot, path)
        if (!isInside(folders, source)) continue
        const lines = counts.get(source) ?? new Map<number, number>()
        counts.set(source, lines)
        for (const [id, { start }] of Object.entries(statementMap)) {
          lines.set(start.line, (lines.get(start.line) ?? 0) + (s[id] ?? 0))
        }
      }
    }
  }
  return counts
}

function sourcePath(file: string, source: string): string {
  return relative(projectRoot, join(file, '..', source))
}

function isInside(folders: string[], path: string): boolean {
  return folders.some((folder) => path.startsWith(folder))
}
