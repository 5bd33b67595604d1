// SQLite's and the file system's errors → AppError with what to do next.
import path from 'node:path'
import { AppError } from '../core/app-error.ts'

// Primary result codes, https://sqlite.org/rescode.html
const BUSY = 5
const LOCKED = 6
const READONLY = 8
const CORRUPT = 11
const FULL = 13
const CANTOPEN = 14
const NOTADB = 26

const FULL_CODES = ['ENOSPC', 'EDQUOT']
const UNWRITABLE_CODES = ['EACCES', 'EPERM', 'EROFS', 'EISDIR', 'ENOTDIR', 'EEXIST', 'ENOENT']

/** The AppError for anything that the database throws. */
export function databaseError(error: unknown, file: string): Error {
  if (error instanceof AppError || !(error instanceof Error)) return asError(error)
  const text = { details: detailsOf(error), cause: error }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const folder = path.dirname(file)
  if (primaryCode(error) === FULL || FULL_CODES.includes(code)) {
    return new AppError('disk-full', {
      message: `The disk that holds ${folder} is full, so nothing can be stored.`,
      nextStep:
        'Free some space. Nothing is lost: Microsoft sends again for four hours what could not be stored.',
      ...text,
    })
  }
  switch (primaryCode(error)) {
    case BUSY:
    case LOCKED:
      return new AppError('data-folder-in-use', {
        message: `Another program is using ${file}.`,
        nextStep: 'Close the other EMI Tray that uses this data folder, then try again.',
        ...text,
      })
    case CORRUPT:
    case NOTADB:
      return unreadable(file, detailsOf(error), error)
    case READONLY:
    case CANTOPEN:
      return unwritable(folder, text)
  }
  return UNWRITABLE_CODES.includes(code) ? unwritable(folder, text) : error
}

/** The file is no database, or a damaged one. */
export function unreadable(file: string, details: string, cause?: unknown): AppError {
  return new AppError('database-unreadable', {
    message: `The database ${file} is damaged or is not a database of EMI Tray.`,
    nextStep:
      'Quit EMI Tray, move this file and the files beside it that begin with its name to another folder, and start again. The set-up then finds the application in Microsoft Entra again.',
    details,
    cause,
  })
}

/** The file was written by a version that knows more than this one. */
export function tooNew(file: string): AppError {
  return new AppError('database-unreadable', {
    message: `The database ${file} was made by a newer version of EMI Tray.`,
    nextStep: 'Install the newer version again. Nothing was changed.',
  })
}

function unwritable(folder: string, text: { details: string; cause: unknown }): AppError {
  return new AppError('data-folder-unwritable', {
    message: `EMI Tray may not write to its data folder ${folder}.`,
    nextStep:
      'Give your user write permission for this folder and the files in it, then try again.',
    ...text,
  })
}

/** node:sqlite gives SQLite's extended code, whose lowest byte is the primary one. */
function primaryCode(error: Error): number | undefined {
  return 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : undefined
}

function detailsOf(error: Error): string {
  const errcode = 'errcode' in error ? ` ${String(error.errcode)}` : ''
  return `SQLite${errcode}: ${error.message}`
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
