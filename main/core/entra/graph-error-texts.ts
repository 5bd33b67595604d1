// What Graph's refusals mean: in the table's words where it knows them, else in general ones by HTTP status.
import type { ErrorCode } from '../../contract/errors.ts'
import { textsByCode, textsByMessage } from './graph-error-table.ts'

interface Meaning {
  code: ErrorCode
  message: string
  nextStep: string
}

/** What an answer outside 2xx means. `codes` are all of Graph's codes, the outermost first. */
export function describeGraphError({
  status,
  codes,
  message,
}: {
  status: number
  codes: string[]
  message: string
}): Meaning {
  const byStatus = describeStatus(status, codes)
  const known =
    textsByMessage.find(({ pattern }) => pattern.test(message))?.text ??
    // The innermost code that is known says most.
    [...codes]
      .reverse()
      .map((one) => textsByCode[one.toLowerCase()])
      .find((one) => one !== undefined)
  if (!known) return byStatus
  return { code: byStatus.code, message: known.message, nextStep: known.nextStep }
}

function describeStatus(status: number, codes: string[]): Meaning {
  if (status === 401) {
    return {
      code: 'sign-in-required',
      message: 'Microsoft Graph no longer accepts the sign-in.',
      nextStep: 'Sign in again, then repeat the step.',
    }
  }
  if (status === 403) {
    return {
      code: 'graph-forbidden',
      message:
        'Microsoft Graph refused the request: a permission or an administrator role is missing.',
      nextStep:
        'Check the roles of the account and the consent of the application, then try again.',
    }
  }
  if (status === 404) {
    return {
      code: 'graph-not-found',
      message: 'Microsoft Graph does not know the object that was asked for.',
      nextStep: 'It may have been deleted, or it is not everywhere yet. Try again in a minute.',
    }
  }
  if (status === 409) {
    return {
      code: 'graph-conflict',
      message: 'Microsoft Graph says that such an object exists already.',
      nextStep:
        'Try again. If it stays so, look for a second installation that uses the same application.',
    }
  }
  if (status === 429) {
    return {
      code: 'graph-throttled',
      message: 'Microsoft Graph is asked too often at the moment and wants us to wait.',
      nextStep: 'Wait a few minutes, then try again.',
    }
  }
  if (status >= 500) {
    return {
      code: 'graph-unavailable',
      message: 'Microsoft Graph has a problem of its own at the moment.',
      nextStep: 'Wait a few minutes, then try again. See status.cloud.microsoft for outages.',
    }
  }
  return {
    code: 'graph-rejected',
    message: `Microsoft Graph rejected the request${codes.length ? ` (${codes.at(-1) ?? ''})` : ''}.`,
    nextStep: 'Try again. If it happens again, give the details to whoever supports you.',
  }
}
