// What EMI Tray made and can take away again, and the trail of what it wrote to the tenant.
import type { ErrorReport } from '../errors.ts'
import type { JobState } from './job.ts'

export type RemovalKind =
  | 'subscriptions'
  | 'app-role-assignments'
  | 'delegated-grant'
  | 'client-secret'
  | 'redirect-uri'
  | 'required-resource-access'
  | 'service-principal'
  | 'application'
  | 'former-application'
  | 'left-behind'
  | 'inbox'
  | 'records'
  | 'vault'
  | 'settings'
  | 'logs-and-keys'

/** One thing that EMI Tray made, in the tenant or on this machine. */
export interface RemovalItem {
  /** Names it in removal.start. */
  id: string
  place: 'tenant' | 'this-machine'
  kind: RemovalKind
  name: string
  detail: string
  /** False for what was there before EMI Tray; it is listed but never removed. */
  removable: boolean
  state: 'listed' | 'running' | 'done' | 'failed'
  error: ErrorReport | null
}

export interface RemovalState {
  job: JobState
  listedAt: string | null
  items: RemovalItem[]
}

/** One write to the tenant. Never holds a secret. */
export interface AuditEntry {
  id: number
  at: string
  /** Sign-in name of the administrator, or the application's name for its own writes. */
  account: string
  tenantId: string
  action: 'create' | 'change' | 'remove'
  /** What was written to, in Graph's words: application, servicePrincipal, oauth2PermissionGrant … */
  object: string
  /** A name or id that a person recognizes. */
  name: string
  method: string
  path: string
  /** `unknown` when the answer was lost. */
  outcome: 'done' | 'refused' | 'unknown'
  status: number | null
  requestId: string | null
  clientRequestId: string
  before: unknown
  after: unknown
}
