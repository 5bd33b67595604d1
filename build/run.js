// Starts one of the build programs on the Node version that they need, whichever Node this is.
// Plain JavaScript, because older versions of Node cannot read TypeScript.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const neededMajor = 24
const root = join(import.meta.dirname, '..')
const [name = '', ...args] = process.argv.slice(2)

if (Number(process.versions.node.split('.')[0]) >= neededMajor) {
  process.argv.splice(1, 2, join(import.meta.dirname, `${name}.ts`))
  await import(`./${name}.ts`)
} else {
  const own = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node')
  if (!existsSync(own) || process.env.EMI_OWN_NODE) {
    console.error(
      `EMI Tray needs Node ${neededMajor}; this is Node ${process.versions.node}. ` +
        `Run “npm ci” first, which brings one for most systems, or install Node ${neededMajor}.`,
    )
    process.exit(1)
  }
  const result = spawnSync(own, [import.meta.filename, name, ...args], {
    stdio: 'inherit',
    env: { ...process.env, EMI_OWN_NODE: '1' },
    shell: process.platform === 'win32',
  })
  process.exit(result.status ?? 1)
}
