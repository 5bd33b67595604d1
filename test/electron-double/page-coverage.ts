// Which lines of the preload ran, in the form in which Node writes coverage; only where a coverage run asks for it.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { CDPSession, Page } from 'playwright-core'
import { isolatedWorldUrl } from './page-source.ts'
import { beforeExit } from './quit.ts'

/** Node writes this process's own coverage to the same folder at its end. */
const folder = process.env.NODE_V8_COVERAGE

let nextFile = 1

/** The preload, and the script that it is part of. */
interface InjectedPreload {
  path: string
  text: string
  script: string
}

/** Counts from the next document on. Returns what has to be done before the page goes away; it never throws. */
export async function countPreload(
  { page, cdp }: { page: Page; cdp: CDPSession },
  preload: InjectedPreload,
): Promise<() => Promise<void>> {
  if (folder === undefined || preload.text === '') return () => Promise.resolve()
  const start = preload.script.indexOf(preload.text)
  const place = (offset: number) => Math.min(Math.max(offset - start, 0), preload.text.length)
  await cdp.send('Profiler.enable')
  await cdp.send('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  // A page that crashed never answers again.
  let isGone = false
  page.on('crash', () => (isGone = true))
  const take = async () => {
    if (isGone) return
    try {
      const { result } = await cdp.send('Profiler.takePreciseCoverage')
      const scripts = result
        .filter(({ url }) => url === isolatedWorldUrl)
        .map(({ scriptId, functions }) => ({
          scriptId,
          url: pathToFileURL(preload.path).href,
          functions: functions
            .map((one) => ({
              ...one,
              ranges: one.ranges
                .map(({ startOffset, endOffset, count }) => ({
                  startOffset: place(startOffset),
                  endOffset: place(endOffset),
                  count,
                }))
                // What lies before or after the preload is the double's own.
                .filter(({ startOffset, endOffset }) => endOffset > startOffset),
            }))
            .filter(({ ranges }) => ranges.length > 0),
        }))
      const file = join(folder, `coverage-page-${process.pid}-${nextFile++}.json`)
      await writeFile(file, JSON.stringify({ result: scripts }))
    } catch {
      // A page that went away by itself took its counts along.
    }
  }
  beforeExit(take)
  return take
}
