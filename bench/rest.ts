// What it costs to rest: set up and listening, no window, no page, nothing arriving.
import { fork } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { projectRoot } from '../build/child.ts'
import { launch } from '../test/electron-double/driver.ts'
import { compileCache, residentBytesOf, startProgram } from './program.ts'
import { rounded } from './statistics.ts'

const MEGABYTE = 1024 * 1024
/** The work of starting is not rest. */
const SETTLE_MS = 15_000

/**
 * Both hosts beside each other, each measured by its own processor time, which others at work do not change. The tray
 * app runs on the double, which is larger than Node alone; how much is measured with a program that does nothing.
 */
export async function measureRest({ seconds }: { seconds: number }) {
  const double = await measureDouble()
  const [headless, tray] = await Promise.all([
    measureHost('headless', seconds),
    measureHost('double', seconds),
  ])
  return {
    seconds,
    needed: { residentMegabytes: 120, percentOfOneCore: 0.5 },
    headless,
    tray: {
      ...tray,
      ofTheDoubleMegabytes: double,
      residentMegabytesWithoutTheDouble: tray.residentMegabytes - double,
    },
  }
}

async function measureHost(host: 'headless' | 'double', seconds: number) {
  const program = await startProgram(host)
  try {
    await pass(SETTLE_MS)
    const startedAt = performance.now()
    const processorMs = program.processorMs()
    await pass(seconds * 1_000)
    const share = (program.processorMs() - processorMs) / (performance.now() - startedAt)
    return {
      residentMegabytes: Math.round(program.residentBytes() / MEGABYTE),
      percentOfOneCore: rounded(100 * share),
    }
  } finally {
    await program.close()
  }
}

/** Megabytes that the double adds to Node, where nothing runs on it. */
async function measureDouble(): Promise<number> {
  const folder = path.join(projectRoot, 'out', 'bench')
  const program = path.join(folder, 'nothing.js')
  await mkdir(folder, { recursive: true })
  await writeFile(program, 'setInterval(() => {}, 1_000_000)\n')
  const node = fork(program)
  await pass(1_000)
  const ofNode = residentBytesOf(node.pid ?? 0)
  node.kill()
  let ofDouble = 0
  // The first start reads the TypeScript of the double, the second one finds it read.
  for (let start = 0; start < 2; start += 1) {
    const app = await launch({ args: [program], env: { ...process.env, ...compileCache } })
    await app.evaluate(({ app: own }) => own.whenReady())
    await pass(1_000)
    ofDouble = residentBytesOf(app.process().pid ?? 0)
    await app.close()
  }
  return Math.round((ofDouble - ofNode) / MEGABYTE)
}

function pass(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
