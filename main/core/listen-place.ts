// Where the webhook listens on this computer, and for whom.
import type { ConnectionSettings } from '../contract/models/settings.ts'
import type { ListenPlace } from './ports/http-server.ts'

const LOOPBACK = '127.0.0.1'

/**
 * The place for the settings. Only the provider of an own public address may listen elsewhere or speak TLS: what
 * connects from this computer itself needs neither.
 */
export function listenPlaceOf(settings: ConnectionSettings): ListenPlace {
  const { webhookPort: port, localTls, listenAddress, trustedProxies } = settings
  const publicHost = publicHostOf(settings)
  // http leads to this computer itself, without anything in between.
  if (settings.tunnelProvider !== 'static' || !settings.publicUrl.startsWith('https:')) {
    return { host: LOOPBACK, port, proxies: trustedProxies }
  }
  const hasTls = localTls.certificateFile !== '' || localTls.keyFile !== ''
  return {
    host: listenAddress,
    port,
    proxies: trustedProxies,
    ...(hasTls && { tls: localTls }),
    // A proxy that does not pass the name on asks for the address that it was told.
    ...(publicHost && { hostNames: [publicHost, 'localhost', LOOPBACK, '[::1]', listenAddress] }),
  }
}

/** An address as it stands in a URL: IPv6 in brackets. */
export function hostInUrl(address: string): string {
  return address.includes(':') && !address.startsWith('[') ? `[${address}]` : address
}

function publicHostOf({ publicUrl }: ConnectionSettings): string | null {
  return URL.canParse(publicUrl) ? new URL(publicUrl).hostname : null
}
