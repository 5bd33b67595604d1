// Name + unknown input → parse → handle → Reply; used by both hosts, which know no call by name.
import * as v from 'valibot'
import type { CallName } from '../contract/calls.ts'
import { parseInput } from '../contract/parse-input.ts'
import type { Reply } from '../contract/protocol.ts'
import { AppError, isAbort, toErrorReport } from './app-error.ts'
import type { Handlers } from './handlers.ts'
import type { Log } from './log.ts'
import type { Clock, Random } from './ports/clock.ts'

/** Makes the function that answers a page's calls. It never rejects: a failure is a value. */
export function createDispatch(options: {
  handlers: Handlers
  clock: Clock
  random: Random
  log: Log
}): (name: string, input: unknown) => Promise<Reply> {
  const { handlers, log } = options
  return async (name, input) => {
    try {
      if (!isCallName(name)) {
        throw new AppError('call-unknown', {
          message: `There is no call named “${name.slice(0, 60)}”.`,
          nextStep: 'Reload the page, so that page and app are of the same version.',
        })
      }
      return { ok: true, value: await handle(handlers, name, input) }
    } catch (error) {
      const report = toErrorReport(error, options)
      if (report.code === 'unexpected') {
        log.error('app', `Call ${name} failed: ${stackOf(error)}`, { reference: report.reference })
      } else if (!isAbort(error)) {
        log.debug('app', `Call ${name} answered ${report.code}: ${report.message}`, {
          reference: report.reference,
        })
      }
      return { ok: false, error: report }
    }
  }
}

function handle(handlers: Handlers, name: CallName, input: unknown): unknown {
  let parsed: unknown
  try {
    parsed = parseInput[name](input)
  } catch (error) {
    if (!v.isValiError(error)) throw error
    throw new AppError('input-invalid', {
      message: `This value was not accepted: ${describeIssue(error.issues[0])}.`,
      nextStep: 'Correct the field and try again.',
    })
  }
  // Parser and handler are found under the same name, so the parsed input is the handler's own.
  const handler = handlers[name] as (input: unknown) => unknown
  return handler(parsed)
}

function isCallName(name: string): name is CallName {
  return Object.hasOwn(parseInput, name)
}

function describeIssue(issue: v.BaseIssue<unknown>): string {
  const field = fieldOf(issue)
  // With a colon after it, a field such as passphrase would read as a secret, and be hidden.
  return field === null ? ruleOf(issue) : `${field} ${ruleOf(issue)}`
}

/** The field's own name in words, such as “application name” for connection.applicationName. */
function fieldOf({ path }: v.BaseIssue<unknown>): string | null {
  const name = path?.findLast(({ key }) => typeof key === 'string')?.key
  if (typeof name !== 'string') return null
  const words = name.replace(/[A-Z]/g, (one) => ` ${one.toLowerCase()}`)
  const place = path?.at(-1)?.key
  return typeof place === 'number' ? `entry ${place + 1} of ${words}` : words
}

/** What the field has to be. Rules with words of their own keep them; valibot's are for programmers. */
function ruleOf({ type, requirement, message, input }: v.BaseIssue<unknown>): string {
  if (!message.startsWith('Invalid ')) return message
  const unit = Array.isArray(input) ? 'entries' : 'characters'
  if (type === 'min_length' && requirement === 1) return 'must not be empty'
  if (type === 'min_length') return `must have at least ${String(requirement)} ${unit}`
  if (type === 'max_length') return `must have at most ${String(requirement)} ${unit}`
  if (type === 'min_value') return `must be at least ${String(requirement)}`
  if (type === 'max_value') return `must be at most ${String(requirement)}`
  if (type === 'number' || type === 'integer') return 'must be a whole number'
  return 'is not what is expected here'
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
