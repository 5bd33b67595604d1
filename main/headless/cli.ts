// Entry of the emi-tray command: looks at the Node version, then runs the command line.
import { keepHeapSmall } from '../node/small-heap.ts'

const neededMajor = 24

const major = Number(process.versions.node.split('.')[0])
if (major < neededMajor) {
  process.stderr.write(
    `EMI Tray needs Node ${neededMajor} or newer; this is Node ${process.versions.node}. ` +
      'From a clone, use “npm run cli --”, which brings its own.\n',
  )
  process.exit(1)
}
keepHeapSmall()
// Only now: older versions lack modules that the rest imports.
const { runInTerminal } = await import('./terminal-host.ts')
await runInTerminal(process.argv.slice(2))

export {}
