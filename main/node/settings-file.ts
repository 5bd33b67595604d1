// The settings file: plain JSON that a person may edit.
import { readFile } from 'node:fs/promises'
import { AppError } from '../core/app-error.ts'
import { errorCode, writeFileAtomically } from './atomic-file.ts'

/** The parsed content; undefined when there is no file. Throws AppError settings-unreadable. */
export async function readSettingsFile(file: string): Promise<unknown> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw unreadable(file, error)
  }
  try {
    // Windows editors like to put a byte order mark in front.
    return JSON.parse(text.replace(/^\uFEFF/, '')) as unknown
  } catch (error) {
    throw unreadable(file, error)
  }
}

/** Replaces the file whole. Throws AppError disk-full, data-folder-unwritable. */
export async function writeSettingsFile(file: string, value: unknown): Promise<void> {
  await writeFileAtomically(file, `${JSON.stringify(value, null, 2)}\n`)
}

function unreadable(file: string, error: unknown): AppError {
  const damaged = error instanceof SyntaxError
  return new AppError('settings-unreadable', {
    message: damaged
      ? `The settings file ${file} is not valid JSON. It was left as it is.`
      : `The settings file ${file} cannot be read.`,
    nextStep: damaged
      ? 'Correct the file in a text editor, or move it away to start with the defaults.'
      : 'Let the user who runs EMI Tray read the file, or move it away to start with the defaults.',
    // The parser's own message quotes the file; where the mistake is helps as much and quotes nothing.
    details: damaged
      ? (/(?:position \d+.*|line \d+.*)$/.exec(error.message)?.[0] ?? 'the end is missing')
      : errorCode(error),
    cause: error,
  })
}
