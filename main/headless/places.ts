// Where the program finds its own parts, bundled in out/main as well as run from its sources.
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Version of the app, as its package says. */
export function readVersion(): string {
  const text = readFileSync(fileURLToPath(new URL('../../package.json', import.meta.url)), 'utf8')
  const parsed: unknown = JSON.parse(text)
  const version =
    typeof parsed === 'object' && parsed && 'version' in parsed ? parsed.version : undefined
  return typeof version === 'string' ? version : 'unknown'
}

/** Folder of the built pages: beside the bundle, or in out/ of the project. */
export function findPagesFolder(): string {
  const [bundled, ofProject] = ['../renderer/', '../../out/renderer/'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  )
  return bundled && existsSync(`${bundled}index.html`) && existsSync(`${bundled}assets`)
    ? bundled
    : (ofProject ?? '')
}
