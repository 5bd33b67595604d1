// `session.fromPartition`: sessions beside the default one, for requests of the main process alone.
import { EventEmitter } from 'node:events'
import type { Session } from 'electron'
import { needReady } from './readiness.ts'
import { double } from './records.ts'
import { strict } from './strict.ts'

const partitions = new Map<string, Session>()

/** The session of a partition, the same for the same name. It has no pages, and so no handlers for them. */
export function fromPartition(partition: string): Session {
  needReady('Session can only be received when app is ready')
  const known = partitions.get(partition)
  if (known) return known
  const members = {
    isPersistent: () => partition.startsWith('persist:'),
    resolveProxy: () => Promise.resolve(double.proxy),
    closeAllConnections: () => Promise.resolve(),
    clearCache: () => Promise.resolve(),
  } satisfies Partial<Session>
  const session = strict(
    'session',
    Object.assign(new EventEmitter(), members),
  ) as unknown as Session
  partitions.set(partition, session)
  return session
}
