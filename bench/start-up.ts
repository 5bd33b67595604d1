// How long a person waits for the first window: from the start of the process to the first paint, on the Electron double.
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectRoot } from '../build/child.ts'
import { pageSizes } from '../test/app/page-sizes.ts'
import { launch } from '../test/electron-double/driver.ts'
import { median, rounded } from './statistics.ts'

const doubleFolder = join(projectRoot, 'test', 'electron-double')

/**
 * Wall time: only a quiet machine gives the product's own. The double starts Chromium, and loads what drives it, while
 * the app starts; in Electron Chromium is the process itself. So the parts are told apart.
 */
export async function measureStartUp({ rounds }: { rounds: number }) {
  const cache = await compiledDouble()
  const runs: Awaited<ReturnType<typeof startOnce>>[] = []
  // The first one warms the disk's cache.
  for (let round = 0; round <= rounds; round += 1) runs.push(await startOnce(cache))
  await rm(cache, { recursive: true, force: true })
  const measured = runs.slice(1)
  const middle = (part: keyof (typeof runs)[number]) =>
    Math.round(median(measured.map((run) => run[part])))
  const sizes = Object.values(await pageSizes(join(projectRoot, 'out', 'renderer')))
  return {
    needed: { firstPaintMs: 1_200, scriptKilobytes: 120 },
    firstPaintMs: middle('paintedMs'),
    parts: {
      untilWindowMs: middle('windowMs'),
      processorUntilWindowMs: middle('processorMs'),
      restOfChromiumOfTheDoubleMs: middle('chromiumMs'),
      pageMs: middle('pageMs'),
    },
    scriptKilobytesOfLargestPage: rounded(Math.max(...sizes) / 1_024),
  }
}

/**
 * Node's cache of compiled code with what the double itself is made of, TypeScript and Playwright, as another app left
 * it: the measured app's own code is compiled at each start, as in the product.
 */
async function compiledDouble(): Promise<string> {
  const cache = await mkdtemp(join(tmpdir(), 'emi-start-up-double-'))
  const app = await launch({
    args: [join(doubleFolder, 'sample-app')],
    env: { ...process.env, NODE_COMPILE_CACHE: cache },
  })
  await app.firstWindow()
  await app.close()
  return cache
}

async function startOnce(cacheOfDouble: string) {
  const folder = await mkdtemp(join(tmpdir(), 'emi-start-up-'))
  const cache = join(folder, 'compiled')
  await cp(cacheOfDouble, cache, { recursive: true })
  const startedAt = Date.now()
  const app = await launch({
    args: [join(projectRoot, 'out', 'main', 'electron.js'), '--data', join(folder, 'data')],
    env: {
      ...process.env,
      NODE_COMPILE_CACHE: cache,
      EMI_PASSPHRASE: 'correct horse battery staple',
    },
  })
  try {
    const made = app.evaluate(
      ({ app: own }) =>
        new Promise<{ at: number; processorMs: number }>((resolve) => {
          own.once('browser-window-created', () => {
            const { user, system } = process.cpuUsage()
            resolve({ at: Date.now(), processorMs: (user + system) / 1_000 })
          })
        }),
    )
    const page = await app.firstWindow()
    const { origin, paint } = await page.evaluate(
      () =>
        new Promise<{ origin: number; paint: number }>((resolve) => {
          new PerformanceObserver((list) => {
            const first = list.getEntriesByName('first-contentful-paint')[0]
            if (first) resolve({ origin: performance.timeOrigin, paint: first.startTime })
          }).observe({ type: 'paint', buffered: true })
        }),
    )
    const { at, processorMs } = await made
    return {
      windowMs: at - startedAt,
      processorMs,
      chromiumMs: origin - at,
      pageMs: paint,
      paintedMs: origin + paint - startedAt,
    }
  } finally {
    await app.close()
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}
