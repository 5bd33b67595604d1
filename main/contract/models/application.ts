// The application as it should be and as it is: drift and its repair, its secrets and their rotation.
import type { JobState } from './job.ts'

export type DriftObject =
  | 'application'
  | 'sign-in-audience'
  | 'redirect-uri'
  | 'service-principal'
  | 'required-resource-access'
  | 'client-secret'
  | 'delegated-grant'
  | 'app-role-assignments'

export type DriftStateName = 'ok' | 'missing' | 'different' | 'surplus' | 'unknown'

/** One thing as it should be and as it is. */
export interface DriftRow {
  object: DriftObject
  state: DriftStateName
  name: string
  expected: string
  found: string
  /** What a person should know about it: who notices, what repair would do. */
  detail: string
  /** Names it in drift.repair's `removals`; null for what is not surplus. */
  removalId: string | null
}

/** One permission as required by the settings, configured on the application, and granted. */
export interface DriftPermission {
  value: string
  kind: 'delegated' | 'application'
  required: boolean
  configured: boolean
  granted: boolean
  /** True for an extra that is off by default. */
  optional: boolean
  state: 'ok' | 'missing' | 'surplus'
  removalId: string | null
}

/** One secret of the application. Only hint and ids: Microsoft never shows a value again. */
export interface SecretInfo {
  keyId: string
  displayName: string
  hint: string
  startDateTime: string
  endDateTime: string
  expired: boolean
  /** `current` is handed over; `next` and `previous` belong to a rotation; EMI Tray does not know `foreign` ones. */
  state: 'current' | 'next' | 'previous' | 'foreign'
  removalId: string | null
}

export interface DriftReport {
  at: string
  applicationObjectId: string
  appId: string
  displayName: string
  /** True when nothing is missing or different; surplus does not matter for that. */
  inOrder: boolean
  rows: DriftRow[]
  permissions: DriftPermission[]
  secrets: SecretInfo[]
}

export interface DriftState {
  job: JobState
  report: DriftReport | null
  /** True where all that the report found wrong is known to be in order since, such as from a token. */
  outdated: boolean
}

/** What keeps the application from doing its work in the tenant: the first cause, not what follows from it. */
export interface AccessTrouble {
  /** `agents` is about connecting to Teams only; messages go on arriving. */
  cause: 'gone' | 'switched-off' | 'refused' | 'secret' | 'consent' | 'agents'
  /** `failed` where nothing is left that works. */
  light: 'failed' | 'warning'
  sentence: string
  /** The same in a few words. */
  short: string
  nextStep: string
  /** Since when Microsoft has answered so; null where a comparison found it, which tells no beginning. */
  since: string | null
}

export type RotationPhase = 'adding' | 'proving' | 'handing-over' | 'removing'

/** A rotation that is under way: add new, prove it, hand it over, remove the old one on confirmation. */
export interface RotationState {
  phase: RotationPhase
  startedAt: string
  newSecret: SecretInfo | null
  oldSecret: SecretInfo | null
  /** How many times in a row the new secret has worked. */
  proofs: number
  proofsNeeded: number
}

export interface SecretCareState {
  current: SecretInfo | null
  /** Whole days until it expires, rounded up; 0 or less when it has expired. */
  daysLeft: number | null
  level: 'none' | 'ok' | 'soon' | 'urgent' | 'expired'
  /** When the next alert is due; null without a secret. */
  nextAlertAt: string | null
  rotation: RotationState | null
  job: JobState
}
