// What goes to another person: the integration account's values, files, a consent link, pasted credentials.
import type { ErrorReport } from '../errors.ts'

/** A consent link that another administrator was sent. */
export interface ConsentRequest {
  url: string
  phase: 'waiting' | 'granted'
  startedAt: string
  lastCheckedAt: string | null
  /** Application permissions that a real token still lacks. */
  missing: string[]
  error: ErrorReport | null
}

/** A file made for a person to save; it is plain text. */
export interface TextFile {
  name: string
  mediaType: string
  text: string
}

/** What the check of pasted credentials found. */
export interface CredentialsCheck {
  at: string
  ok: boolean
  tenantId: string
  clientId: string
  /** Application permissions in the token. */
  roles: string[]
  missing: string[]
  surplus: string[]
  error: ErrorReport | null
}

export type FormVersion = '5.8' | '5.19'

export type HandoverField =
  'name' | 'object-id' | 'tenant-id' | 'client-id' | 'client-secret' | 'expires-at'

/** One field of the integration account form, in the form's own words and order. */
export interface HandoverValue {
  field: HandoverField
  label: string
  /** Null for the client secret, which only clientSecret.reveal returns, and for what is not known yet. */
  value: string | null
  secret: boolean
  /** True where the form only shows the value. */
  readOnly: boolean
  help: string
}

export interface Handover {
  ready: boolean
  form: FormVersion
  values: HandoverValue[]
  redirectUri: string | null
  secretExpiresAt: string | null
  /** First characters of the secret as Entra shows them. */
  secretHint: string | null
}

/** What a sealed hand-over file turned out to hold; its secret went to the vault. */
export interface OpenedHandover {
  tenantDisplayName: string
  applicationName: string
  appId: string
  createdAt: string
  expiresAt: string
}
