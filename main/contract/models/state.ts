// Everything that a page is shown, as one snapshot. In all models: only JSON, times as ISO 8601 strings, never a secret.
import type { ErrorReport } from '../errors.ts'
import type { AccessTrouble, DriftState, SecretCareState } from './application.ts'
import type { Cloud, Mode } from './connection.ts'
import type { HandOnState, LocalSideState } from './contact-center.ts'
import type { GapLog } from './gaps.ts'
import type { ConsentRequest, Handover } from './handover.ts'
import type { Alert, Health, Station } from './health.ts'
import type { NetworkState } from './network.ts'
import type { PracticeState } from './practice.ts'
import type { RemovalState } from './removal.ts'
import type { Settings } from './settings.ts'
import type { SetupState, SignInState } from './setup.ts'
import type { Subscription } from './subscription.ts'
import type { TunnelState } from './tunnel.ts'
import type { MessageWaitState, WebhookState } from './webhook.ts'

/** New versions of the tray app. Nothing is put in place before a person asks for it. */
export type UpdateState =
  /** Something else brings new versions; why, as a sentence. */
  | { phase: 'off'; reason: string }
  /** There is none for this installation; checkedAt is null before the first look. */
  | { phase: 'current'; checkedAt: string | null }
  | { phase: 'checking' }
  | { phase: 'downloading'; version: string; percent: number }
  | { phase: 'ready'; version: string }
  | { phase: 'failed'; error: ErrorReport }

/** What this host can do for a page. */
export interface HostAbilities {
  host: 'electron' | 'headless'
  /** True when the host writes the clipboard itself and clears it. */
  clipboard: boolean
  /** True when the host can open the system browser. */
  openBrowser: boolean
}

/** The whole state shown to people: one snapshot with a revision. */
export interface AppState {
  revision: number
  version: string
  abilities: HostAbilities
  mode: Mode | null
  /** The connection of the last run is being opened; until then the mode is null. */
  opening: boolean
  cloud: Cloud | null
  settings: Settings
  /** Whether the app starts with the person's session; null where the host does not offer it. */
  startsAtLogin: boolean | null
  /** null where the host is not updated by itself, such as a service. */
  update: UpdateState | null
  health: Health
  stations: Station[]
  signIn: SignInState
  setup: SetupState
  handover: Handover
  /** null while nothing is known to be wrong. */
  access: AccessTrouble | null
  drift: DriftState
  secretCare: SecretCareState
  consent: ConsentRequest | null
  removal: RemovalState
  /** The id of the newest entry of the audit trail; 0 without one. */
  auditLastId: number
  /** Alerts that still stand, the newest first. */
  alerts: Alert[]
  webhook: WebhookState
  messageWait: MessageWaitState
  tunnel: TunnelState
  subscriptions: Subscription[]
  handOn: HandOnState
  localSide: LocalSideState
  network: NetworkState
  gaps: GapLog
  practice: PracticeState | null
  /** An error that concerns the whole app, such as a vault that cannot be opened. */
  error: ErrorReport | null
}
