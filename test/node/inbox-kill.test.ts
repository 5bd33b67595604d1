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

const ROUNDS = 5
const SENDERS = 8
const SUBSCRIPTION_ID = '7f105c7d-2dc5-4530-97cd-4e7ae6534c07'

const folder = mkdtempSync(path.join(tmpdir(), 'emi-kill-'))
const killed: (() => void)[] = []

afterEach(() => {
  for (const kill of killed.splice(0)) kill()
  rmSync(folder, { recursive: true, force: true })
})

test('every notification that was acknowledged is in the inbox after kill -9', async () => {
  const file = path.join(folder, 'emi.db')
  const acknowledged: string[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const child = await startWebhook(file)
    const stopAfter = acknowledged.length + 15 + round * 20
    // Each sender posts until its connection breaks, as Graph would; the kill falls into the middle of it.
    const senders = Array.from({ length: SENDERS }, async (_, sender) => {
      for (let index = 0; ; index += 1) {
        const ids = Array.from({ length: 3 }, (_, item) => `${round}-${sender}-${index}-${item}`)
        if ((await post(child, ids)) !== 202) return
        acknowledged.push(...ids)
        if (acknowledged.length >= stopAfter) child.kill()
      }
    })
    await Promise.all(senders)
    await child.ended

    const stored = new Set(readResourceIds(file))
    expect(acknowledged.filter((id) => !stored.has(id))).toEqual([])
  }
  expect(acknowledged.length).toBeGreaterThan(ROUNDS * 15)
  const database = await openDatabase(file)
  expect(await database.countDeliveries()).toBeGreaterThanOrEqual(acknowledged.length)
  await database.close()
})

interface Child {
  port: number
  clientState: string
  kill: () => void
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
  return { port, clientState, kill, ended }
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
