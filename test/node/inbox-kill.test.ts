import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createInterface } from 'node:readline'
import { afterEach, expect, test } from 'vitest'
import { NOTIFICATION_PATH } from '../../main/core/webhook-paths.ts'
import { openDatabase } from '../../main/node/database.ts'
import { seededRandom } from '../fakes/memory-ports.ts'

/** EMI_KILLS=50 is what the bench asks for. */
const KILLS = Number(process.env['EMI_KILLS'] ?? 10)
/** Decides when the kills come; EMI_KILL_SEED repeats a run. */
const seed = Number(process.env['EMI_KILL_SEED'] ?? Date.now() % 2 ** 31)
const SENDERS = 16
const LATEST_KILL_MS = 400
const ITEMS_PER_POST = 3
const SUBSCRIPTION_ID = '7f105c7d-2dc5-4530-97cd-4e7ae6534c07'

const folder = mkdtempSync(path.join(tmpdir(), 'emi-kill-'))
const killed: (() => void)[] = []

afterEach(() => {
  for (const kill of killed.splice(0)) kill()
  rmSync(folder, { recursive: true, force: true })
})

test(
  `after each of ${KILLS} kill -9 every notification that was acknowledged is in the inbox once (seed ${seed})`,
  async () => {
    const file = path.join(folder, 'emi.db')
    const random = seededRandom(seed + 1)
    const acknowledged = new Set<string>()
    const unanswered: string[] = []
    for (let kill = 0; kill < KILLS; kill += 1) {
      const child = await startWebhook(file)
      // Graph sends again what it has no answer for; some of that was stored just before the kill.
      const again = unanswered.splice(0)
      const senders = Array.from({ length: SENDERS }, async (_, sender) => {
        for (let index = 0; ; index += 1) {
          const ids = again.length
            ? again.splice(0, ITEMS_PER_POST)
            : Array.from(
                { length: ITEMS_PER_POST },
                (_, item) => `${kill}-${sender}-${index}-${item}`,
              )
          if ((await post(child, ids)) !== 202) {
            unanswered.push(...ids)
            return
          }
          for (const id of ids) acknowledged.add(id)
          // Not before something was acknowledged; then at a moment that nothing depends on.
          child.killOnceAfter(random.fraction() * LATEST_KILL_MS)
        }
      })
      await Promise.all(senders)
      await child.ended
      unanswered.push(...again)

      const stored = readResourceIds(file)
      expect(new Set(stored).size).toBe(stored.length)
      const known = new Set(stored)
      expect([...acknowledged].filter((id) => !known.has(id))).toEqual([])
      // What is more than was acknowledged had no answer yet.
      const open = new Set(unanswered)
      expect(stored.filter((id) => !acknowledged.has(id) && !open.has(id))).toEqual([])
    }
    expect(acknowledged.size).toBeGreaterThan(KILLS * ITEMS_PER_POST)
    const database = await openDatabase(file)
    expect(await database.countDeliveries()).toBeGreaterThanOrEqual(acknowledged.size)
    await database.close()
  },
  30_000 + KILLS * 6_000,
)

interface Child {
  port: number
  clientState: string
  /** Kills it after so many milliseconds; only the first call counts. */
  killOnceAfter: (ms: number) => void
  ended: Promise<void>
}

async function startWebhook(file: string): Promise<Child> {
  const script = path.resolve(import.meta.dirname, 'inbox-kill-child.ts')
  const child = spawn(process.execPath, [script, file, SUBSCRIPTION_ID], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const kill = () => {
    child.kill('SIGKILL')
  }
  killed.push(kill)
  const ended = new Promise<void>((resolve) => {
    child.on('exit', () => resolve())
  })
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve)
    void ended.then(() => reject(new Error('The webhook ended before it listened.')))
  })
  const { port, clientState } = JSON.parse(line) as { port: number; clientState: string }
  let timer: NodeJS.Timeout | undefined
  const killOnceAfter = (ms: number) => {
    timer ??= setTimeout(kill, ms)
  }
  void ended.then(() => clearTimeout(timer))
  return { port, clientState, killOnceAfter, ended }
}

/** The status of the answer; null when there was none. */
function post({ port, clientState }: Child, resourceIds: string[]): Promise<number | null> {
  const value = resourceIds.map((id) => ({
    subscriptionId: SUBSCRIPTION_ID,
    clientState,
    tenantId: 'tenant',
    changeType: 'created',
    resource: `chats('${id}')`,
    resourceData: { id },
  }))
  return new Promise((resolve) => {
    const request = http.request(
      { host: '127.0.0.1', port, path: NOTIFICATION_PATH, method: 'POST' },
      (response) => {
        response.resume()
        resolve(response.statusCode ?? null)
      },
    )
    request.on('error', () => resolve(null))
    request.end(JSON.stringify({ value }))
  })
}

function readResourceIds(file: string): string[] {
  const sqlite = new DatabaseSync(file)
  try {
    return sqlite
      .prepare('SELECT resource_id AS id FROM deliveries')
      .all()
      .map(({ id }) => String(id))
  } finally {
    sqlite.close()
  }
}
