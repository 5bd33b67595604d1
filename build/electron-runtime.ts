// The Electron runtime: where it is, and one short attempt to download it when it is missing.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from './child.ts'

const reachableWithinMs = 4_000
const downloadWithinMs = 180_000

/** Path of the Electron program; undefined when it is not here. */
export function findElectron(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  const folder =
    env.ELECTRON_OVERRIDE_DIST_PATH ?? join(projectRoot, 'node_modules', 'electron', 'dist')
  const program = join(folder, programNames[platform] ?? 'electron')
  return existsSync(program) ? program : undefined
}

/** Downloads the runtime with the electron package's own program. Returns null, or why that did not work. */
export async function downloadElectron(env: NodeJS.ProcessEnv = process.env) {
  if (env.ELECTRON_OVERRIDE_DIST_PATH) return `nothing in ${env.ELECTRON_OVERRIDE_DIST_PATH}`
  const unreachable = await whyUnreachable(env)
  if (unreachable !== null) return unreachable
  process.stderr.write('Fetching the Electron runtime, about 110 MB, once.\n')
  const child = spawn(process.execPath, [join('node_modules', 'electron', 'install.js')], {
    cwd: projectRoot,
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: downloadWithinMs,
  })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(1))
    child.once('close', resolve)
  })
  if (code === 0) return null
  return code === null ? 'the download took too long' : firstLine(errors, 'the download failed')
}

/** A quick look whether a download can work at all, so that nobody waits behind a firewall. */
async function whyUnreachable(env: NodeJS.ProcessEnv): Promise<string | null> {
  // Behind a proxy only the downloader itself can tell.
  if (env.HTTPS_PROXY ?? env.https_proxy ?? env.ELECTRON_GET_USE_PROXY) return null
  const url = env.ELECTRON_MIRROR ?? env.npm_config_electron_mirror ?? 'https://github.com/'
  try {
    await fetch(url, {
      method: 'HEAD',
      redirect: 'manual',
      signal: AbortSignal.timeout(reachableWithinMs),
    })
    return null
  } catch {
    return `${URL.canParse(url) ? new URL(url).host : url} cannot be reached`
  }
}

function firstLine(text: string, otherwise: string): string {
  return text.split('\n').find((line) => line.trim() !== '') ?? otherwise
}

// As in the electron package's own install.js.
const programNames: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'Electron.app/Contents/MacOS/Electron',
  win32: 'electron.exe',
}
