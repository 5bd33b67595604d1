// What MSAL's clients for people and for the application have in common: settings, errors, reading tokens.
import { AuthError, type Configuration, LogLevel } from '@azure/msal-node'
import type { Cloud } from '../contract/models/connection.ts'
import { AppError } from '../core/app-error.ts'
import type { Clock } from '../core/ports/clock.ts'
import type { SecretStore } from '../core/ports/secret-store.ts'
import { type Asker, errorOfRefusal, numberIn } from './entra-errors.ts'
import type { NetworkFindings } from './msal-network.ts'

export interface MsalAuthOptions {
  cloud: Cloud
  /** Client id of the public client that signs the administrator in. */
  bootstrapClientId: string
  secrets: SecretStore
  clock?: Clock
  fetch?: typeof globalThis.fetch
}

/** MSAL's own log may name accounts; ours says what matters. */
export const SILENT = {
  loggerCallback: () => {},
  piiLoggingEnabled: false,
  logLevel: LogLevel.Error,
}

/** Who asks, and which hosts are Entra's. */
export function configuration(
  cloud: Cloud,
  auth: Configuration['auth'],
): Pick<Configuration, 'auth'> {
  // A host that Microsoft does not list is trusted because the settings name it.
  const knownAuthorities = cloud.id === 'custom' ? [new URL(cloud.loginHost).host] : []
  return { auth: { ...auth, knownAuthorities } }
}

/** The claims of a token, unchecked: it came from Entra over TLS, and only Graph may judge it. */
export function readClaims(token: string): Record<string, unknown> {
  const payload = token.split('.')[1] ?? ''
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
    return typeof claims === 'object' && claims !== null ? { ...claims } : {}
  } catch {
    // A token may have any form; then nothing is known about its roles.
    return {}
  }
}

/** The texts of a claim that is a list. */
export function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}

/** What really went wrong, which MSAL may not know. */
export function errorOf(
  error: unknown,
  { findings, asker }: { findings: NetworkFindings; asker: Asker },
): AppError {
  if (error instanceof AppError) return error
  if (findings.unreachable) return findings.unreachable
  if (findings.refusal) return errorOfRefusal(findings.refusal, asker, error)
  if (error instanceof AuthError) {
    const { errorCode, errorMessage } = error
    const number = numberIn(errorMessage)
    return errorOfRefusal(
      { error: errorCode, description: errorMessage, number, status: 0 },
      asker,
      error,
    )
  }
  return new AppError('sign-in-failed', {
    message: 'The sign-in did not work.',
    nextStep: 'Try again. If it happens again, give the details to whoever supports you.',
    details: error instanceof Error ? `${error.name}: ${error.message}` : typeof error,
    cause: error,
  })
}

/** Entra said yes and sent nothing. */
export function noToken(): AppError {
  return new AppError('sign-in-failed', {
    message: 'Microsoft answered without a token.',
    nextStep: 'Try again.',
  })
}
