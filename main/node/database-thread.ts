// The Database port on a thread of its own: while a commit is flushed, the main thread reads sockets and answers pages.
import { setImmediate as nextTick } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { AppError } from '../core/app-error.ts'
import type { Database } from '../core/ports.ts'
import type { OpenDatabaseOptions } from './database.ts'
import type { FromThread, Opening, PlainError } from './database-worker.ts'

export interface DatabaseThreadOptions extends OpenDatabaseOptions {
  /** The program of the thread. */
  program?: URL
}

// Beside this file, in the sources as in what is built from them.
const PROGRAM = new URL(
  import.meta.url.endsWith('.ts') ? './database-worker.ts' : './database-worker.js',
  import.meta.url,
)

/** Its garbage is short-lived; a small nursery keeps the whole process small. */
const NURSERY_MB = 4

/**
 * Opens the database as openDatabase does, with the same errors, on a thread. A thread that ends unexpectedly fails
 * what is under way and everything after it with AppError database-unreadable.
 */
export async function openDatabaseThread(
  file: string,
  { program = PROGRAM, eraseDeliveries, ...options }: DatabaseThreadOptions = {},
): Promise<Database> {
  const thread = new DatabaseThread(program, { file, options })
  const methods = await thread.opened
  const call = (name: string) => [name, (...args: unknown[]) => thread.call(name, args)] as const
  // The thread names the methods of a Database, so that none can be forgotten here.
  const database = Object.fromEntries(methods.map(call)) as unknown as Database
  return {
    ...database,
    // The sockets are read here.
    nextTurn: () => nextTick(),
    erase: async (what) => {
      if (what !== 'records') await eraseDeliveries?.()
      await database.erase(what)
    },
    close: () => thread.close(),
  }
}

interface Waiting {
  resolve: (value: unknown) => void
  reject: (error: Error) => void
}

class DatabaseThread {
  /** Resolves with the names of the methods; rejects with why the database cannot be opened. */
  readonly opened: Promise<string[]>
  #worker: Worker
  #waiting = new Map<number, Waiting>()
  #calls = 0
  #closing: Promise<void> | undefined
  /** Why nothing can be called any more. */
  #over: Error | undefined

  constructor(program: URL, workerData: Opening) {
    // Nothing of this process's environment and options is its business.
    this.#worker = new Worker(program, {
      workerData,
      env: {},
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: NURSERY_MB },
    })
    const { promise, resolve, reject } = Promise.withResolvers<string[]>()
    this.opened = promise
    this.#worker.on('message', (message: FromThread) => {
      if ('methods' in message) {
        resolve(message.methods)
        this.#letGo()
      } else if ('refused' in message) reject(toError(message.refused))
      else this.#settle(message)
    })
    // What goes wrong ends the thread; 'exit' follows.
    let reason: unknown
    this.#worker.on('error', (error: unknown) => {
      reason = error
    })
    this.#worker.on('exit', () => {
      this.#over ??= ended(reason)
      reject(this.#over)
      for (const { reject: fail } of this.#waiting.values()) fail(this.#over)
      this.#waiting.clear()
    })
  }

  call(name: string, args: unknown[]): Promise<unknown> {
    if (this.#over) return Promise.reject(this.#over)
    return new Promise((resolve, reject) => {
      this.#calls += 1
      this.#worker.postMessage({ id: this.#calls, name, args })
      this.#waiting.set(this.#calls, { resolve, reject })
      if (this.#waiting.size === 1) this.#worker.ref()
    })
  }

  /** Lets what was called before end, folds the log into the file, and ends the thread. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    // A thread that is gone has closed its files.
    if (this.#over) return
    const closed = this.call('close', [])
    this.#over = new Error('The database is closed.')
    try {
      await closed
    } finally {
      await this.#worker.terminate()
    }
  }

  #settle(message: Exclude<FromThread, { methods: string[] } | { refused: PlainError }>): void {
    const waiting = this.#waiting.get(message.id)
    this.#waiting.delete(message.id)
    this.#letGo()
    if ('error' in message) waiting?.reject(toError(message.error))
    else waiting?.resolve(message.value)
  }

  /** An idle thread does not keep the process alive. */
  #letGo(): void {
    if (this.#waiting.size === 0) this.#worker.unref()
  }
}

function toError({ known, error }: PlainError): Error {
  return known ? new AppError(known.code, { ...known, cause: error }) : error
}

function ended(reason: unknown): AppError {
  return new AppError('database-unreadable', {
    message: 'The part of EMI Tray that stores notifications has ended unexpectedly.',
    nextStep:
      'Quit EMI Tray and start it again. Nothing is lost: Microsoft sends again for four hours what could not be stored.',
    details: reason instanceof Error ? reason.message : undefined,
    cause: reason,
  })
}
