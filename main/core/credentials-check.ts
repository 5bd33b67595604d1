// Checking pasted credentials with a real token, without an administrator.
import type { CredentialsCheck } from '../contract/models.ts'
import type { AppAuth, Clock, Random } from './ports.ts'
import type { WantedPermissions } from './entra/permissions.ts'

export interface CredentialsCheckDeps {
  appAuth: AppAuth
  wanted: WantedPermissions
  clock: Clock
  random: Random
  signal: AbortSignal
}

/** What a real token says about these credentials. Wrong ones are a result with an error, never a throw. */
export async function checkCredentials(
  input: { tenantId: string; clientId: string; clientSecret: string },
  deps: CredentialsCheckDeps,
): Promise<CredentialsCheck> {
  await Promise.resolve()
  throw new Error(`credentials.verify ${input.tenantId} ${deps.clock.now().toISOString()}`)
}
