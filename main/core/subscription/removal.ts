// Deleting every subscription of this installation, for the clean exit; those of other servers stay.
import type { ConnectionSettings } from '../../contract/models/settings.ts'
import { AppError } from '../app-error.ts'
import type { GraphClient } from '../entra/graph-client.ts'
import type { Database } from '../ports/database.ts'
import { LIFECYCLE_PATH, NOTIFICATION_PATH } from '../webhook-paths.ts'
import type { ClientStates } from '../webhook/client-states.ts'
import { hostOf, pointsHere, readSubscription } from './graph-subscription.ts'
import { statusOf } from './problems.ts'
import { SubscriptionRecords } from './records.ts'

/** Without the secret nobody can ask; a removal that was stopped may have ended it already. */
const NO_TOKEN: AppError['code'][] = ['client-secret-wrong', 'secret-unknown', 'not-set-up']

/**
 * Deletes what is noted as ours or posts to our address, and forgets it; what is gone already is fine. Nothing may
 * keep the subscriptions meanwhile. Throws what the Graph client throws.
 */
export async function removeSubscriptions({
  graph,
  database,
  clientStates,
  settings,
  signal,
}: {
  /** Speaks in the application's own name: only that may delete them. */
  graph: Pick<GraphClient, 'list' | 'delete'>
  database: Database
  clientStates: Pick<ClientStates, 'forget'>
  settings: ConnectionSettings
  signal: AbortSignal
}): Promise<void> {
  const records = new SubscriptionRecords(database)
  await records.load()
  const noted = new Set(records.all.map(({ subscriptionId }) => subscriptionId))
  const publicUrl = settings.publicUrl.replace(/\/+$/, '')
  const urls = {
    notificationUrl: publicUrl + NOTIFICATION_PATH,
    lifecycleNotificationUrl: publicUrl + LIFECYCLE_PATH,
  }
  // Also one whose creation was never answered: it is in no record, but it posts to us.
  const ours = (await listAll(graph, { hasRecords: noted.size > 0, signal })).filter(
    (found) => noted.has(found.id) || (publicUrl !== '' && pointsHere(found, urls)),
  )
  for (const found of ours) {
    const { resource, expirationDateTime } = found
    const before = { resource, expirationDateTime, notificationHost: hostOf(found) }
    const note = { object: 'subscription', name: resource, before, after: null }
    try {
      await graph.delete(`/subscriptions/${encodeURIComponent(found.id)}`, { signal, note })
    } catch (error) {
      if (statusOf(error) !== 404) throw error
    }
  }
  await forgetSubscriptions({ database, clientStates })
}

/** Forgets what is noted of them: they are deleted, or have ended with their application. */
export async function forgetSubscriptions({
  database,
  clientStates,
}: {
  database: Database
  clientStates: Pick<ClientStates, 'forget'>
}): Promise<void> {
  const records = new SubscriptionRecords(database)
  await records.load()
  for (const { key } of records.all) {
    await records.delete(key)
    await clientStates.forget(key)
  }
}

/** This application's subscriptions; none where it is gone, or where nobody can ask and none is noted. */
async function listAll(
  graph: Pick<GraphClient, 'list'>,
  { hasRecords, signal }: { hasRecords: boolean; signal: AbortSignal },
) {
  try {
    const found = await graph.list('/subscriptions', { signal })
    return found.flatMap((value) => readSubscription(value) ?? [])
  } catch (error) {
    const code = error instanceof AppError ? error.code : null
    const isTokenRefused = code !== null && NO_TOKEN.includes(code)
    if (code === 'application-missing' || (isTokenRefused && !hasRecords)) return []
    throw error
  }
}
