// A way to be reached from the Internet, as the core asks a platform for it.
import type { ConnectionSettings, SshSettings } from '../../contract/models/settings.ts'
import type { SshHostKey, TunnelProviderId } from '../../contract/models/tunnel.ts'
import type { AppError } from '../app-error.ts'
import type { SecretStore } from './secret-store.ts'

/** A way to be reached from the Internet. One open() is one connection, without any retry inside. */
export interface TunnelProvider {
  id: TunnelProviderId
  /** Who else can read the traffic, in words for the page; empty if nobody. */
  readableBy: string
  /**
   * Opens one session. Throws AppError with a tunnel-…, proxy-… or public-url-… code; only `tunnel-transient`,
   * `tunnel-limit`, `proxy-unreachable` and `proxy-refused` are worth another attempt.
   */
  open(options: TunnelOpenOptions): Promise<TunnelSession>
}

export interface TunnelOpenOptions {
  settings: ConnectionSettings
  secrets: SecretStore
  local: { host: string; port: number }
  signal: AbortSignal
  /**
   * A token of the application for another service than Graph, by that service's id in Entra. Left out where there is
   * no application at Microsoft. Throws as AppAuth does.
   */
  getAppToken?: ((resource: string, signal: AbortSignal) => Promise<string>) | undefined
}

export interface TunnelSession {
  /** https address without a trailing slash. */
  publicUrl: string
  /** Resolves once, with the reason, when the session ends; also after close(). */
  closed: Promise<AppError>
  /** After this time it cannot be opened again without a person; left out where that has no end. */
  validUntil?: string | undefined
  close(): Promise<void>
}

/** What the ssh provider can do besides tunnelling. */
export interface SshTools {
  /** Connects far enough to see the gateway's host key. Throws AppError tunnel-transient. */
  readHostKey(
    options: Pick<SshSettings, 'host' | 'port'> & { signal: AbortSignal },
  ): Promise<SshHostKey>
  /** The public key in OpenSSH's one-line form; makes the key pair on first use and keeps it in the vault. */
  getPublicKey(secrets: SecretStore): Promise<string>
}
