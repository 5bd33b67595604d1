// `session.fromPartition`: sessions beside the default one, for requests of the main process alone.
import { EventEmitter } from 'node:events'
import type { Session } from 'electron'
import { needReady } from './readiness.ts'
import { SessionProxy } from './session-proxy.ts'
import { strict } from './strict.ts'

const partitions = new Map<string, Session>()
const proxies = new WeakMap<Session, SessionProxy>()

/** The session of a partition, the same for the same name. It has no pages, and so no handlers for them. */
export function fromPartition(partition: string): Session {
  needReady('Session can only be received when app is ready')
  const known = partitions.get(partition)
  if (known) return known
  const proxy = new SessionProxy()
  const members = {
    isPersistent: () => partition.startsWith('persist:'),
    setProxy(config) {
      proxy.set(config)
      return Promise.resolve()
    },
    resolveProxy: (url) => Promise.resolve(proxy.resolve(url)),
    clearAuthCache() {
      proxy.forgetSignIns()
      return Promise.resolve()
    },
    closeAllConnections: () => Promise.resolve(),
    clearCache: () => Promise.resolve(),
  } satisfies Partial<Session>
  const session = strict(
    'session',
    Object.assign(new EventEmitter(), members),
  ) as unknown as Session
  partitions.set(partition, session)
  proxies.set(session, proxy)
  return session
}

/** The proxy of a session that a request names; that of the default one where it names none. */
export function proxyOf(session: Session | undefined): SessionProxy {
  return (session && proxies.get(session)) ?? defaultProxy
}

const defaultProxy = new SessionProxy()
