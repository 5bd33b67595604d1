// Secrets that were left behind and that somebody has removed in Entra itself: the list does without them.
import { orNull } from './application.ts'
import type { EntraContext } from './context.ts'
import { APPLICATION_SELECT, readApplication } from './graph-objects.ts'
import { isSameSecret, type LeftBehind } from './left-behind.ts'

/**
 * What is left, without the secrets that Entra no longer has; one read for each application. `signedIn` gives a context
 * of the tenant or throws where nobody is signed in: then, and where Entra does not answer, all stay. Nothing is
 * forgotten: an answer may be older than a secret. Throws only the reason of an aborted signal.
 */
export async function withoutGoneSecrets(
  left: LeftBehind[],
  signedIn: () => EntraContext,
): Promise<LeftBehind[]> {
  if (!left.some(({ secrets }) => secrets.length > 0)) return left
  let context: EntraContext
  try {
    context = signedIn()
  } catch {
    // The list needs nobody.
    return left
  }
  const found = [...left]
  try {
    for (const [index, one] of left.entries()) found[index] = await withoutGone(context, one)
  } catch {
    context.signal.throwIfAborted()
    // Whatever the reason, such as a role that is missing, a click on an item tells it; the next one would fare alike.
  }
  return found
}

async function withoutGone(
  { graph, signal, account }: EntraContext,
  left: LeftBehind,
): Promise<LeftBehind> {
  const { tenantId, applicationObjectId, secrets } = left
  if (secrets.length === 0 || tenantId !== account.tenantId) return left
  const query = { $select: APPLICATION_SELECT }
  const application = await orNull(async () =>
    readApplication(
      // Nobody is to wait long for what a list can do without.
      await graph.get(`/applications/${applicationObjectId}`, { query, signal, attempts: 1 }),
    ),
  )
  // One that was deleted can come back with its secrets.
  if (!application) return left
  const there = application.passwordCredentials.map(({ keyId, displayName }) => ({
    ...{ keyId, displayName: displayName ?? '', hint: '', endDateTime: '' },
  }))
  return { ...left, secrets: secrets.filter((one) => there.some((it) => isSameSecret(it, one))) }
}
