// Tokens from Microsoft: the administrator's, by signing in, and the application's own.

/** A delegated token of the administrator. */
export interface AdminToken {
  accessToken: string
  expiresAt: Date
  tenantId: string
  username: string
  displayName: string
  /** `wids`: template ids of the directory roles active when the token was issued. */
  roleTemplateIds: string[]
}

export interface DeviceCode {
  userCode: string
  verificationUri: string
  expiresAt: Date
}

/** The administrator's sign-in with a public client. Throws AppError sign-in-…, network-unreachable and others. */
export interface AdminAuth {
  signInWithBrowser(options: {
    scopes: string[]
    /** Called with the address the system browser must open. */
    onUrl: (url: string) => Promise<void>
    /** A claims challenge of Graph, decoded. */
    claims?: string
    signal: AbortSignal
  }): Promise<AdminToken>
  signInWithDeviceCode(options: {
    scopes: string[]
    onCode: (code: DeviceCode) => void
    /** A claims challenge of Graph, decoded. */
    claims?: string
    signal: AbortSignal
  }): Promise<AdminToken>
  /** A token without a person; null when somebody must sign in (again). */
  acquireSilently(options: {
    scopes: string[]
    forceRefresh?: boolean
    /** A claims challenge of Graph, decoded. */
    claims?: string
  }): Promise<AdminToken | null>
  signOut(): Promise<void>
}

/** The application's own token by client credentials. */
export interface AppToken {
  accessToken: string
  expiresAt: Date
  /** The `roles` claim: application permissions that really are in effect. */
  roles: string[]
}

export interface AppAuth {
  /** Always asks Entra. Throws AppError client-secret-wrong, application-missing, network-unreachable and others. */
  acquire(options: {
    tenantId: string
    clientId: string
    clientSecret: string
    /** Id in Entra, or address, of the service that the token is for; Graph unless given. */
    resource?: string
    signal?: AbortSignal
  }): Promise<AppToken>
}
