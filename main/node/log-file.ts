// The log on disk: JSON lines in a file that starts anew when it is full, with a few older ones beside it.
import { closeSync, fstatSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import type { LogEntry } from '../contract/models/log.ts'
import { diskError } from './atomic-file.ts'

/** The file that is written to; older ones are emi-tray.1.log, emi-tray.2.log and so on. */
export const LOG_FILE_NAME = 'emi-tray.log'
const LOG_FILE = /^emi-tray(\.\d+)?\.log$/

export interface LogFileSink {
  (entry: LogEntry): void
  close(): Promise<void>
  /** Deletes every log file and goes on in a new one. Throws AppError data-folder-unwritable. */
  erase(): Promise<void>
}

export interface LogFileOptions {
  folder: string
  /** A file above this size is put aside. */
  maxBytes: number
  /** How many files are kept, the current one included. */
  files: number
}

/** A log sink that never throws: a full disk costs log lines, not notifications. */
export function logFileSink({ folder, maxBytes, files }: LogFileOptions): LogFileSink {
  const nameOf = (index: number) =>
    path.join(folder, index === 0 ? LOG_FILE_NAME : LOG_FILE_NAME.replace('.log', `.${index}.log`))
  let descriptor: number | null = null
  let size = 0
  let lost = 0

  const open = () => {
    descriptor = openSync(nameOf(0), 'a', 0o600)
    size = fstatSync(descriptor).size
    return descriptor
  }
  const close = () => {
    if (descriptor !== null) closeSync(descriptor)
    descriptor = null
  }
  const rotate = () => {
    close()
    rmSync(nameOf(files - 1), { force: true })
    for (let index = files - 2; index >= 0; index -= 1)
      moveIfThere(nameOf(index), nameOf(index + 1))
  }
  const write = (value: object) => {
    const line = Buffer.from(`${JSON.stringify(value)}\n`)
    let target = descriptor ?? open()
    if (size > 0 && size + line.length > maxBytes) {
      rotate()
      target = open()
    }
    // Written at once: what led to a crash is what one wants to read afterwards.
    size += writeSync(target, line)
  }

  const sink = (entry: LogEntry): void => {
    try {
      if (lost > 0) write({ at: entry.at, level: 'warning', area: 'app', message: lostText(lost) })
      lost = 0
      write(entry)
    } catch {
      // The sink is the last to complain to. The next entry tries again, and says how many are missing.
      lost += 1
      try {
        close()
      } catch {
        descriptor = null
      }
    }
  }
  return Object.assign(sink, {
    close: (): Promise<void> => {
      close()
      return Promise.resolve()
    },
    erase: async (): Promise<void> => {
      close()
      const ours = (await readdir(folder)).filter((name) => LOG_FILE.test(name))
      try {
        // Also those that an earlier version kept more of.
        for (const name of ours) rmSync(path.join(folder, name), { force: true })
        open()
      } catch (error) {
        throw diskError(error, nameOf(0))
      }
      lost = 0
    },
  })
}

function lostText(lost: number): string {
  return `${lost} ${lost === 1 ? 'line' : 'lines'} could not be written to the log file.`
}

function moveIfThere(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
}
