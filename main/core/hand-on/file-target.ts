// Writes each event as one line of JSON to a file, for a contact center that fetches instead of listening.
import { AppError } from '../app-error.ts'
import type { HandOnFile } from '../ports/hand-on.ts'
import type { Target } from './target.ts'

/** Lines that are written at the same time share one flush to the disk. */
const PARALLEL_LANES = 64

/** The file as a target. */
export function fileTarget(file: HandOnFile): Target {
  return {
    lanes: PARALLEL_LANES,
    send: async (event) => {
      try {
        await file.append(`${JSON.stringify(event)}\n`)
        return { kind: 'taken', status: 0 }
      } catch (error) {
        return {
          kind: 'failed',
          retryAfterMs: null,
          aboutThisEvent: false,
          holdAll: false,
          error:
            error instanceof AppError
              ? error
              : new AppError('hand-on-unreachable', {
                  message: 'The file that events are handed on to cannot be written.',
                  nextStep: 'Check the folder and the free space of the disk.',
                  details: error instanceof Error ? error.message : typeof error,
                  cause: error,
                }),
        }
      }
    },
  }
}
