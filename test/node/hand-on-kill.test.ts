import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { CloudEvent } from '../../main/core/hand-on/event.ts'
import { startReceiver, type Receiver } from '../core/hand-on/receiver.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** EMI_KILLS=50 is what the bench asks for. */
const KILLS = Number(process.env['EMI_KILLS'] ?? 8)
const PATIENCE_MS = 30_000 + KILLS * 8_000
const KEY = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

let folder: string
const undo: (() => unknown)[] = []

beforeEach(() => {
  folder = temporaryFolder()
})

afterEach(async () => {
  for (const one of undo.splice(0)) await one()
})

test(
  'every notification that was stored arrives, in order per chat, although the process is killed again and again',
  async () => {
    const receiver = await startReceiver(() => Promise.resolve(KEY))
    undo.push(() => receiver.close())
    const stored = await runKilled(receiver.url, () => receiver.received.length)
    expect(receiver.forged).toBe(0)
    expect(receiver.received.length).toBeGreaterThanOrEqual(stored.length)
    expectInOrder(stored, eventsOf(receiver))
    // Each repetition has the id of the first.
    const ids = new Map<string, string>()
    for (const { id, subject = '' } of eventsOf(receiver)) {
      expect(ids.get(subject) ?? id).toBe(id)
      ids.set(subject, id)
    }
  },
  PATIENCE_MS,
)

test(
  'the same holds for the file',
  async () => {
    const file = path.join(folder, 'hand-on', 'events.jsonl')
    const written = () => {
      try {
        return readFileSync(file, 'utf8').split('\n')
      } catch {
        return []
      }
    }
    const stored = await runKilled('file', () => written().length)
    const events = written().flatMap((line) => {
      try {
        return [JSON.parse(line) as CloudEvent]
      } catch {
        // Half a line of a process that was killed; the event follows again.
        return []
      }
    })
    expectInOrder(stored, events)
  },
  PATIENCE_MS,
)

/** Runs children that store and hand on, kills them in the middle, lets the last one finish; gives what was stored. */
async function runKilled(url: string, progress: () => number): Promise<string[]> {
  const stored: string[] = []
  for (let round = 0; round <= KILLS; round += 1) {
    const isLast = round === KILLS
    const script = path.resolve(import.meta.dirname, 'hand-on-kill-child.ts')
    const stores = isLast ? '5' : '100000'
    const child = spawn(process.execPath, [script, folder, url, KEY, String(round), stores], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    undo.push(() => child.kill('SIGKILL'))
    const ended = new Promise<number | null>((resolve) => {
      child.on('close', resolve)
    })
    const killAt = stored.length + 40 + round * 23
    const before = progress()
    createInterface({ input: child.stdout }).on('line', (line) => {
      // The kill may have cut the last one off.
      if (!line.endsWith(' .')) return
      stored.push(...line.split(' ').slice(0, -1))
      // In the middle of both: enough stored, and something handed on.
      if (!isLast && stored.length >= killAt && progress() > before) child.kill('SIGKILL')
    })
    expect(await ended).toBe(isLast ? 0 : null)
  }
  return stored
}

function expectInOrder(stored: string[], events: CloudEvent[]): void {
  const arrived = [...new Set(events.map(({ subject = '' }) => subject))]
  const known = new Set(stored)
  for (let chat = 0; chat < 4; chat += 1) {
    const of = (list: string[]) => list.filter((one) => one.startsWith(`chats('chat-${chat}')`))
    expect(of(stored).length).toBeGreaterThan(KILLS * 10)
    // A commit whose acknowledgement the kill cut off may have been stored all the same.
    expect(of(arrived).filter((one) => known.has(one))).toEqual(of(stored))
  }
}

function eventsOf(receiver: Receiver): CloudEvent[] {
  return receiver.received.map(({ event }) => event)
}
