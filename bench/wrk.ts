// The other load generator: wrk, a C program that takes so little of the machine that the receivers are what limits.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { findProgram } from '../build/child.ts'
import { NOTIFICATION_PATH } from '../main/core/webhook-paths.ts'
import { postOf } from './items.ts'
import type { LoadOptions, LoadResult } from './load.ts'

const run = promisify(execFile)

/** Stands where the id of each message goes. */
const PLACEHOLDER = '0000000000000'

/** Whether wrk is installed. */
export function hasWrk(): boolean {
  return findProgram('wrk') !== undefined
}

/** As many posts as go, all different; resolves with what came back. */
export async function loadByWrk(options: Omit<LoadOptions, 'rate' | 'by'>): Promise<LoadResult> {
  const folder = mkdtempSync(path.join(tmpdir(), 'emi-wrk-'))
  try {
    const script = path.join(folder, 'posts.lua')
    nextId += MOST_POSTS
    writeFileSync(script, scriptOf(options.clientState))
    const { stdout } = await run('wrk', [
      ...['--threads', '1', '--connections', String(options.connections)],
      ...['--duration', `${options.seconds}s`, '--script', script],
      `http://127.0.0.1:${options.port}${NOTIFICATION_PATH}`,
    ])
    return JSON.parse(stdout.slice(stdout.lastIndexOf('{'))) as LoadResult
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** More than one run can send: so none repeats what an earlier one has stored, nor what autocannon sent. */
const MOST_POSTS = 10_000_000

/** Message ids are the milliseconds of their time. */
let nextId = Date.now()

function scriptOf(clientState: string): string {
  const parts = postOf({ clientState, id: PLACEHOLDER })
    .split(PLACEHOLDER)
    .map((part) => JSON.stringify(part))
  return `
local parts = { ${parts.join(', ')} }
local id = ${nextId}
local headers = { ['content-type'] = 'application/json' }
request = function()
  id = id + 1
  return wrk.format('POST', nil, headers, table.concat(parts, string.format('%d', id)))
end
done = function(summary, latency)
  local failed = summary.errors
  local others = failed.status + failed.connect + failed.read + failed.write + failed.timeout
  io.write(string.format('{"perSecond":%f,"p50Ms":%f,"p99Ms":%f,"accepted":%d,"others":%d}',
    summary.requests / summary.duration * 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    summary.requests - failed.status, others))
end
`
}
