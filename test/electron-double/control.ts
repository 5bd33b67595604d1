// The line to the test that started the app: runs what the test sends, and ends the app when the test is gone.
import { runInThisContext } from 'node:vm'
import { shareChromium } from './chromium.ts'
import { implemented } from './electron.ts'
import { exit } from './quit.ts'
import { double } from './records.ts'
import { strict } from './strict.ts'

/** What the test sends: a function as text, and its argument. */
export interface Question {
  id: number
  source: string
  argument: unknown
}

/** What the app sends. */
export type FromApp =
  | { kind: 'answer'; id: number; value?: unknown }
  | { kind: 'failure'; id: number; message: string }
  | { kind: 'chromium'; endpoint: string }

/** Listens to the test, if one started this process. */
export function obeyDriver(): void {
  if (!process.send) return
  shareChromium((endpoint) => send({ kind: 'chromium', endpoint }))
  process.on('message', (question: Question) => void answer(question))
  // Without this the app and its Chromium would outlive a test runner that was killed.
  process.on('disconnect', () => exit(0))
}

async function answer({ id, source, argument }: Question): Promise<void> {
  try {
    const run: unknown = runInThisContext(`(${source})`)
    if (typeof run !== 'function') throw new Error('evaluate takes a function')
    const electron = strict('electron', { ...implemented, double })
    const value: unknown = await Reflect.apply(run, undefined, [electron, argument])
    send({ kind: 'answer', id, value })
  } catch (error) {
    send({ kind: 'failure', id, message: error instanceof Error ? error.message : String(error) })
  }
}

function send(message: FromApp): void {
  // A test that has just gone away needs no answer.
  if (process.connected) process.send?.(message)
}
