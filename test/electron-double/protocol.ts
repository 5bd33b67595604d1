// Custom schemes: which are registered, who answers them, and the https address under which Chromium sees them.
import type { CustomScheme, Protocol } from 'electron'
import { needNotReady, needReady } from './readiness.ts'
import { strict } from './strict.ts'

type Handler = Parameters<Protocol['handle']>[1]

const privileged = new Map<string, CustomScheme['privileges']>()
const handlers = new Map<string, Handler>()
const mappedHost = /^https:\/\/([^/]+)\.([a-z0-9+-]+)\.scheme\.invalid(?=[/?#]|$)(.*)$/i

/**
 * The address Chromium is given for one of a custom scheme: a secure origin of its own, so that content security
 * policy, storage and secure contexts are Chromium's.
 */
export function toChromiumUrl(url: string): string {
  if (!URL.canParse(url)) return url
  const parsed = new URL(url)
  const scheme = parsed.protocol.slice(0, -1)
  if (!handlers.has(scheme)) return url
  const { host, pathname, search, hash } = parsed
  return `https://${host || 'no-host'}.${scheme}.scheme.invalid${pathname}${search}${hash}`
}

/** The address the app knows for one of Chromium's. */
export function toAppUrl(url: string): string {
  const match = mappedHost.exec(url)
  if (!match) return url
  const [, host = '', scheme = '', rest = ''] = match
  return `${scheme}://${host === 'no-host' ? '' : host}${rest}`
}

/** The origin the app sees; URL itself has none for custom schemes. */
export function originOf(url: string): string {
  if (!URL.canParse(url)) return 'null'
  const { protocol, host, origin } = new URL(url)
  return privileged.get(protocol.slice(0, -1))?.standard ? `${protocol}//${host}` : origin
}

/** A policy that names a custom scheme, in the words Chromium needs here. */
export function toChromiumPolicy(policy: string): string {
  return policy.replace(
    /(^|[\s;])([a-z][a-z0-9+-]*):(?:\/\/([^\s;/]+))?(\S*?)(?=[\s;]|$)/gi,
    (whole, before: string, scheme: string, host: string | undefined, path: string) =>
      handlers.has(scheme)
        ? `${before}https://${host ?? '*'}.${scheme}.scheme.invalid${path}`
        : whole,
  )
}

/** Who answers for the scheme of this address, if anybody does. */
export function handlerFor(url: string): Handler | undefined {
  return handlers.get(url.slice(0, Math.max(url.indexOf(':'), 0)))
}

export function registerSchemesAsPrivileged(schemes: CustomScheme[]): void {
  needNotReady('protocol.registerSchemesAsPrivileged should be called before app is ready')
  for (const { scheme, privileges } of schemes) privileged.set(scheme, privileges ?? {})
}

/** `protocol` of the default session. */
export const protocol = strict('protocol', {
  registerSchemesAsPrivileged,
  handle(scheme, handler) {
    needReady('protocol can only be used after app is ready')
    if (handlers.has(scheme)) throw new Error(`Failed to register protocol: ${scheme}`)
    if (!privileged.get(scheme)?.standard) {
      // Its addresses have no host and no origin; there is nothing here that could stand in for that.
      throw new Error(`The test double handles standard schemes only; '${scheme}' is not one.`)
    }
    handlers.set(scheme, handler)
  },
  unhandle(scheme) {
    if (!handlers.delete(scheme)) throw new Error(`Failed to unhandle protocol: ${scheme}`)
  },
  isProtocolHandled: (scheme) => handlers.has(scheme),
} satisfies Partial<Protocol>)
