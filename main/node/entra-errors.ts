// Entra's refusals (AADSTS numbers) as AppErrors: what happened and what to do next, for people and for the application.
import { AppError } from '../core/app-error.ts'
import {
  busy,
  down,
  meanings,
  meaningsByOAuthError,
  meaningsForApplication,
  unknown,
} from './entra-error-table.ts'

/** An error answer of Entra, as far as it could be read. */
export interface EntraRefusal {
  /** OAuth's error, such as access_denied. */
  error: string
  description: string
  /** AADSTS number; null where there is none. */
  number: number | null
  status: number
}

/** Who asked for the token. */
export type Asker = 'person' | 'application'

/** The error for a refusal by Entra. */
export function errorOfRefusal(refusal: EntraRefusal, asker: Asker, cause?: unknown): AppError {
  const { number, error, status } = refusal
  const known =
    (number !== null && asker === 'application' ? meaningsForApplication[number] : undefined) ??
    (number === null ? undefined : meanings[number]) ??
    (status === 429 ? busy : status >= 500 ? down : undefined) ??
    meaningsByOAuthError[error] ??
    unknown
  const { code, message, nextStep } = known
  return new AppError(code, { message, nextStep, details: detailsOf(refusal), cause })
}

/** The AADSTS number in a text; null when there is none. */
export function numberIn(text: string): number | null {
  const digits = /AADSTS(\d+)/.exec(text)?.[1]
  return digits === undefined ? null : Number(digits)
}

/** Numbers and ids only: Entra's own sentences may name people. */
function detailsOf({ error, description, number, status }: EntraRefusal): string {
  const ids = description.match(
    /(Trace ID|Correlation ID|Timestamp): [\w:. -]+?(?=\s+(?:Trace ID|Correlation ID|Timestamp):|\s*$)/g,
  )
  return [
    number === null ? `Entra ${error}` : `AADSTS${number} ${error}`,
    status > 0 ? `status ${status}` : '',
    ...(ids ?? []),
  ]
    .filter(Boolean)
    .join(', ')
}
