// Applications of the tenant that may already stand for this contact center, also deleted ones; and restoring those.
import type { ApplicationCandidate } from '../../contract/models.ts'
import type { EntraContext } from './context.ts'

/** Everything that matches by unique name, client id, redirect URI or name. Reads only. */
export async function findCandidates(context: EntraContext): Promise<ApplicationCandidate[]> {
  await Promise.resolve(context)
  return []
}

/** Restores a deleted application with its servicePrincipal. Throws AppError admin-role-missing. */
export async function restoreApplication(
  context: EntraContext,
  applicationObjectId: string,
): Promise<void> {
  await Promise.resolve(context)
  throw new Error(`application.restore ${applicationObjectId}`)
}
