// The ways out of this computer, and who vouches for the other end.
import type { ProxySettings } from '../../contract/models/settings.ts'

/** Who vouches for the address at the other end of TLS, as this computer sees it. */
export interface TlsInspection {
  /** Name of the authority that signed the server's certificate, such as `DigiCert Inc`. */
  issuer: string
  /** False when its root is not one of the public roots: a proxy opens the traffic and signs it anew. */
  isPublic: boolean
  /** False when this computer does not trust it. */
  isTrusted: boolean
}

/** Which way connections to an address take, and what says so. */
export interface NetworkRoute {
  /** `host:port` of the proxy; null for a direct connection. */
  proxy: string | null
  from: 'loopback' | 'setting' | 'environment' | 'system'
}

export interface Credentials {
  username: string
  password: string
}

/** A proxy that wants a sign-in. */
export interface ProxyQuestion {
  /** `host:port` of the proxy. */
  proxy: string
  /** What it asks for, such as `basic`. */
  scheme: string
  /** It was given the sign-in a moment ago, and asks again. */
  wasRefused: boolean
}

/** The ways out of this computer: directly or through the proxy, decided anew for each address. */
export interface Network {
  /** As fetch. What a proxy says, and an issuer that is not trusted, come as AppError proxy-… or tls-untrusted. */
  fetch: typeof fetch
  routeTo(host: string, port: number): Promise<NetworkRoute>
  /** The addresses that this computer finds for a name. Rejects as the resolver does. */
  lookUp(host: string, signal: AbortSignal): Promise<string[]>
  /** Connects and closes again. Throws AppError proxy-…, network-unreachable. */
  reach(host: string, port: number, signal: AbortSignal): Promise<void>
  /** Looks at the certificate that an https address shows. Throws AppError proxy-…, network-unreachable. */
  inspectTls: (url: string, signal: AbortSignal) => Promise<TlsInspection>
  /** The sign-in for a proxy that asks somebody else's code. Throws AppError proxy-auth, proxy-unsupported. */
  signInTo: (question: ProxyQuestion) => Promise<Credentials>
  /** Takes changed settings, or another password in the vault, into use for new connections. */
  configure(proxy: ProxySettings): void
}
