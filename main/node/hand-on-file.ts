// The file that events are handed on to: JSON lines, flushed before they count as handed on, rotating by size.
import { chmod, mkdir, open, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import type { HandOnFile } from '../core/ports/hand-on.ts'
import { diskError, errorCode } from './atomic-file.ts'

/** The file that is written to; older ones are events.1.jsonl, events.2.jsonl and so on. */
export const HAND_ON_FILE_NAME = 'events.jsonl'

export interface HandOnFileOptions {
  folder: string
  /** A file above this size is put aside. */
  maxBytes: number
  /** How many files are kept, the current one included. */
  files: number
}

interface Waiting {
  lines: string
  resolve: () => void
  reject: (error: unknown) => void
}

/** The file and its older ones; made on the first line, readable by this user alone. */
export function createHandOnFile(options: HandOnFileOptions): HandOnFile & {
  /** Deletes every file, since they hold messages. */
  erase(): Promise<void>
} {
  const { folder, maxBytes, files } = options
  const nameOf = (index: number) =>
    path.join(
      folder,
      index === 0 ? HAND_ON_FILE_NAME : HAND_ON_FILE_NAME.replace('.jsonl', `.${index}.jsonl`),
    )
  let handle: FileHandle | null = null
  let size = 0
  let waiting: Waiting[] = []
  let writing: Promise<void> | null = null

  const openFile = async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const opened = await open(nameOf(0), 'a', 0o600)
    await chmod(nameOf(0), 0o600)
    size = (await stat(nameOf(0))).size
    // A process that was killed may have left half a line: the next one starts on a line of its own.
    if (size > 0 && !(await endsWithNewline(nameOf(0), size))) {
      await opened.writeFile('\n')
      size += 1
    }
    handle = opened
    return opened
  }
  const closeFile = async () => {
    const opened = handle
    handle = null
    await opened?.close()
  }
  const rotate = async () => {
    await closeFile()
    await rm(nameOf(files - 1), { force: true })
    for (let index = files - 2; index >= 0; index -= 1) {
      await moveIfThere(nameOf(index), nameOf(index + 1))
    }
  }
  const write = async (lines: string) => {
    const bytes = Buffer.from(lines)
    let target = handle ?? (await openFile())
    if (size > 0 && size + bytes.length > maxBytes) {
      await rotate()
      target = await openFile()
    }
    const before = size
    try {
      await target.writeFile(bytes)
      await target.datasync()
    } catch (error) {
      // Half a line must not stay: it would run into the next one.
      await target.truncate(before).catch(() => {
        // A disk that refuses this too: the next attempt opens the file anew.
      })
      await closeFile()
      throw error
    }
    size = before + bytes.length
  }
  const writeAll = async () => {
    while (waiting.length > 0) {
      const group = waiting
      waiting = []
      try {
        await write(group.map(({ lines }) => lines).join(''))
        for (const { resolve } of group) resolve()
      } catch (error) {
        const failure = diskError(error, nameOf(0))
        for (const { reject } of group) reject(failure)
      }
    }
    writing = null
  }
  return {
    path: nameOf(0),
    append: (lines) =>
      new Promise((resolve, reject) => {
        waiting.push({ lines, resolve, reject })
        writing ??= writeAll()
      }),
    close: async () => {
      await writing
      await closeFile()
    },
    erase: async () => {
      await writing
      await closeFile()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function endsWithNewline(file: string, size: number): Promise<boolean> {
  const opened = await open(file, 'r')
  try {
    const { buffer } = await opened.read({ buffer: Buffer.alloc(1), position: size - 1 })
    return buffer.toString() === '\n'
  } finally {
    await opened.close()
  }
}

async function moveIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
}
