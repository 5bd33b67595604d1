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

export interface LoadGenerator {
  /** Sends load to a receiver, and resolves with what came back. */
  load: (options: LoadOptions) => Promise<LoadResult>
  end: () => void
}

/** Starts the load generator. It is warm after its first run, as a receiver is: the first one counts for neither. */
export function startLoad(): LoadGenerator {
  const child = fork(path.join(import.meta.dirname, 'load.ts'))
  return {
    load: async (options) => {
      child.send(options)
      return (await nextMessage(child)) as LoadResult
    },
    end: () => child.disconnect(),
  }
}

function nextMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const came = (message: unknown) => {
      child.off('exit', ended)
      resolve(message)
    }
    const ended = (code: number | null) => {
      child.off('message', came)
      reject(new Error(`A process of the bench ended with ${code}.`))
    }
    child.once('message', came)
    child.once('exit', ended)
  })
}
