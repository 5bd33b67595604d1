// How much JavaScript each page needs before it runs, gzipped, as the build left it.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { pageNames } from '../../renderer/state/navigation.svelte.ts'

/** Bytes by page. Throws where a page has no part of its own. */
export async function pageSizes(folder: string): Promise<Record<string, number>> {
  const assets = join(folder, 'assets')
  const html = await readFile(join(folder, 'index.html'), 'utf8')
  const scripts = (await readdir(assets)).filter((name) => name.endsWith('.js'))
  const read = async (name: string): Promise<string> => readFile(join(assets, name), 'utf8')
  const entries = scripts.filter((name) => html.includes(`assets/${name}`))
  const sizes: Record<string, number> = {}
  for (const page of pageNames) {
    const part = scripts.find((name) => name.toLowerCase().startsWith(`${page}-`))
    if (part === undefined) throw new Error(`The page ${page} has no part of its own.`)
    sizes[page] = 0
    for (const name of await withImports([...entries, part], read)) {
      sizes[page] += gzipSync(await readFile(join(assets, name))).length
    }
  }
  return sizes
}

/** The scripts and everything that they import before they run. */
async function withImports(
  scripts: string[],
  read: (name: string) => Promise<string>,
): Promise<string[]> {
  const found = new Set(scripts)
  for (const name of found) {
    for (const [, imported = ''] of (await read(name)).matchAll(
      /(?:from|import)\s*["'`]\.\/([^"'`]+\.js)["'`]/g,
    )) {
      found.add(imported)
    }
  }
  return [...found]
}
