// Starts a receiver or the load generator in a process of its own and speaks with it.
import { fork, type ChildProcess } from 'node:child_process'
import path from 'node:path'
import { compiled } from './compiled.ts'
import type { LoadOptions, LoadResult } from './load.ts'
import { SERVICE } from './service.ts'

export type ReceiverKind = 'bare' | 'ours' | 'express' | 'express-wal'

export interface Receiver {
  port: number
  clientState: string
  /** Ends it; resolves with what it had stored and how much memory it had. */
  end: () => Promise<{ stored: number; residentBytes: number }>
}

let receiverProgram: Promise<string> | undefined

/** Starts a receiver whose files go into a folder. */
export async function startReceiver(kind: ReceiverKind, folder: string): Promise<Receiver> {
  receiverProgram ??= compiled('servers.ts')
  const env = { ...process.env, ...SERVICE.environment }
  const asService = kind === 'ours' ? { execArgv: SERVICE.options, env } : {}
  const child = fork(await receiverProgram, [kind, folder], asService)
  const { port, clientState } = (await nextMessage(child)) as { port: number; clientState: string }
  return {
    port,
    clientState,
    end: async () => {
      child.send('end')
      return (await nextMessage(child)) as { stored: number; residentBytes: number }
    },
  }
}

/** Sends load to a receiver, and resolves with what came back. */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const program = path.join(import.meta.dirname, 'load.ts')
  return (await nextMessage(fork(program, [JSON.stringify(options)]))) as LoadResult
}

function nextMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once('message', resolve)
    child.once('exit', (code) => reject(new Error(`A process of the bench ended with ${code}.`)))
  })
}
