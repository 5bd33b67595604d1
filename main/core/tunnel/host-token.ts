// The host token of a Dev Tunnel, as `devtunnel token --scopes host` prints it: which tunnel it is for, and until when.
import { decodeJwt } from 'jose/jwt/decode'
import { AppError } from '../app-error.ts'
import type { HostToken } from '../ports/secret-store.ts'

/** What a person pasted, which may be all that the program printed. Throws AppError input-invalid, without the token. */
export function parseHostToken(text: string): HostToken {
  const token = /eyJ[\w-]+\.[\w-]+\.[\w-]+/.exec(text)?.[0]
  const claims = token === undefined ? null : claimsOf(token)
  if (token === undefined || claims === null) throw invalid('This is no token of a Dev Tunnel.')
  const { tunnelId, clusterId, scp, exp } = claims
  if (typeof tunnelId !== 'string' || typeof clusterId !== 'string') {
    throw invalid('This token does not say which Dev Tunnel it is for.')
  }
  if (typeof scp !== 'string' || !scp.split(' ').includes('host')) {
    throw invalid('This token does not allow to host the tunnel, only something else.')
  }
  return {
    ...{ token, tunnelId, clusterId },
    expiresAt: typeof exp === 'number' ? new Date(exp * 1_000).toISOString() : null,
  }
}

function claimsOf(token: string): Record<string, unknown> | null {
  try {
    return decodeJwt(token)
  } catch {
    return null
  }
}

function invalid(message: string): AppError {
  return new AppError('input-invalid', {
    message,
    nextStep:
      'Paste what the command “devtunnel token TUNNEL-ID --scopes host” prints. The token kept before is unchanged.',
  })
}
