// The program of the database's thread: opens the file, then does what it is called for and answers each call.
import { parentPort, workerData } from 'node:worker_threads'
import type { ErrorCode } from '../contract/errors.ts'
import { AppError } from '../core/app-error.ts'
import type { Database } from '../core/ports.ts'
import { openDatabase, type OpenDatabaseOptions } from './database.ts'

/** What the thread is started with. */
export interface Opening {
  file: string
  options: Omit<OpenDatabaseOptions, 'eraseDeliveries'>
}

/** An error as it crosses; `known` holds what only an AppError has. */
export interface PlainError {
  known: { code: ErrorCode; message: string; nextStep: string; details: string | undefined } | null
  error: Error
}

export type FromThread =
  | { methods: string[] }
  | { refused: PlainError }
  | { id: number; value: unknown }
  | { id: number; error: PlainError }

interface Call {
  id: number
  name: keyof Database
  args: unknown[]
}

const { file, options } = workerData as Opening
try {
  serve(await openDatabase(file, options))
} catch (error) {
  tell({ refused: toPlain(error) })
}

function serve(database: Database): void {
  parentPort?.on('message', ({ id, name, args }: Call) => {
    const methods = database as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>
    methods[name]?.(...args).then(
      (value) => tell({ id, value }),
      (error: unknown) => tell({ id, error: toPlain(error) }),
    )
  })
  tell({ methods: methodsOf(database) })
}

function methodsOf(database: Database): string[] {
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(database))
  return names.filter((name) => name !== 'constructor')
}

function tell(message: FromThread): void {
  parentPort?.postMessage(message)
}

function toPlain(thrown: unknown): PlainError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  if (!(error instanceof AppError)) return { known: null, error }
  const { code, message, nextStep, details, cause } = error
  return {
    known: { code, message, nextStep, details },
    error: cause instanceof Error ? cause : new Error(message),
  }
}
