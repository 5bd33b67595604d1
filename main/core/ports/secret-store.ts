// Where the core keeps secrets, and the names of those that several parts use.

/** Secrets by name, encrypted at rest. Methods throw AppError keychain-… or vault-…. */
export interface SecretStore {
  get(name: string): Promise<string | undefined>
  set(name: string, value: string): Promise<void>
  delete(name: string): Promise<void>
  /** Removes everything, for the clean exit. */
  clear(): Promise<void>
}

/** Where the secret of an installed program is kept in the SecretStore of a connection. */
export const COMMAND_SECRET = 'tunnelCommandSecret'

/** Where the host token of a Dev Tunnel is kept, as JSON of a HostToken. */
export const HOST_TOKEN = 'devTunnelHostToken'

/** The right to host one Dev Tunnel, and what was read from it when it was pasted. */
export interface HostToken {
  token: string
  tunnelId: string
  clusterId: string
  /** null where it does not say. */
  expiresAt: string | null
}

/** Where the proxy's password is kept. */
export const PROXY_PASSWORD = 'proxyPassword'
