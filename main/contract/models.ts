// The plain data shown to people: everything a page may know. Only JSON, times as ISO 8601 strings, never a secret.
import type { ErrorReport, PageName } from './errors.ts'

/** What the app is connected to. `null` before the first choice. */
export type Mode = 'microsoft' | 'practice'

/** The national clouds of Microsoft, and a custom one. */
export type CloudId = 'global' | 'us-gov-l4' | 'us-gov-l5' | 'china' | 'custom'

/** Where sign-in and Graph are, without a trailing slash. */
export interface Cloud {
  id: CloudId
  displayName: string
  loginHost: string
  graphHost: string
}

/** A link the app may open in the system browser. Pages name it; the address is the core's. */
export type LinkName =
  | 'sign-in'
  | 'device-code'
  | 'graph-permissions'
  | 'entra-application'
  | 'entra-app-registrations'
  | 'entra-deleted-applications'
  | 'entra-user-settings'
  | 'entra-app-management-policies'
  | 'entra-permission-grants'
  | 'pim-my-roles'
  | 'admin-consent'
  | 'integration-account-help'

// ---- the one light ----

export type Light = 'not-set-up' | 'working' | 'ok' | 'warning' | 'failed'

/** What the button beside the light does: open a page, or make one call that needs no input. */
export type Fix =
  | { label: string; kind: 'page'; page: PageName }
  | {
      label: string
      kind: 'call'
      call: 'webhook.start' | 'tunnel.restart' | 'subscription.ensure' | 'signIn.start'
    }

/** Is Teams reaching the contact center, and if not, why and what to do. */
export interface Health {
  light: Light
  sentence: string
  /** Since when it has been so; null when that is of no interest. */
  since: string | null
  fix: Fix | null
}

export type StationName = 'microsoft' | 'subscriptions' | 'tunnel' | 'webhook' | 'contact-center'

/** One link of the chain on the overview page. `off` is not used yet, or switched off on purpose. */
export interface Station {
  name: StationName
  light: 'ok' | 'working' | 'warning' | 'failed' | 'off'
  sentence: string
}

// ---- sign-in ----

export interface AdminAccount {
  username: string
  displayName: string
  tenantId: string
  tenantDisplayName: string
  /** The tenant's default or initial domain. */
  tenantDomain: string
  /** Names of the directory roles that were active when the token was issued. */
  roles: string[]
}

export type SignInState =
  | { phase: 'signed-out' }
  | { phase: 'waiting-for-browser'; url: string; expiresAt: string }
  | { phase: 'waiting-for-code'; userCode: string; verificationUri: string; expiresAt: string }
  | { phase: 'signed-in'; account: AdminAccount }

// ---- set-up ----

export type SetupStepId =
  'sign-in' | 'check' | 'plan' | 'apply' | 'verify' | 'connect-webhook' | 'hand-over'

export type StepState = 'waiting' | 'ready' | 'running' | 'done' | 'attention' | 'failed'

/** One step of the guided run. `ready` is the step to take next. */
export interface SetupStep {
  id: SetupStepId
  state: StepState
  /** One line of what it did, with names and ids; null before it ran. */
  summary: string | null
  error: ErrorReport | null
  progress: Progress | null
}

/** Real progress of a running step. */
export interface Progress {
  /** 1-based. */
  current: number
  total: number
  /** What is being done or waited for. */
  doing: string
  /** How long it usually takes, in seconds; null if unknown. */
  usuallySeconds: number | null
  startedAt: string
}

export type CheckName =
  | 'tenant'
  | 'account'
  | 'roles'
  | 'app-registration'
  | 'secret-policy'
  | 'existing-application'
  | 'graph'
  | 'clock'

/** One finding of the preflight: what, why, what to do, and a sentence for the team that can change it. */
export interface CheckResult {
  name: CheckName
  state: 'ok' | 'warning' | 'failed'
  /** What was found. */
  message: string
  /** Why it matters; null where nothing is wrong. */
  reason: string | null
  nextStep: string | null
  /** A ready text to send to those who can change it; null where nobody need be asked. */
  askText: string | null
  /** Where in Microsoft's portal it is changed. */
  link: LinkName | null
}

/** An application of the tenant that may already stand for this contact center. */
export interface ApplicationCandidate {
  applicationObjectId: string
  appId: string
  displayName: string
  createdAt: string | null
  redirectUris: string[]
  /** Sign-in names or names of its owners. */
  owners: string[]
  matchedBy: ('unique-name' | 'client-id' | 'redirect-uri' | 'name')[]
  /** Set for one in deletedItems: it must be restored before it can be used. */
  deletedAt: string | null
  /** True for the one that the plan is about. */
  chosen: boolean
}

export type PlanAction = 'create' | 'change' | 'leave'

export type PlanObject =
  | 'application'
  | 'service-principal'
  | 'redirect-uri'
  | 'required-resource-access'
  | 'client-secret'
  | 'delegated-grant'
  | 'app-role-assignments'

/** What will happen to one object of the tenant, and why. */
export interface PlanRow {
  object: PlanObject
  action: PlanAction
  /** The object's name or value. */
  name: string
  /** What exists, what will be there afterwards. */
  detail: string
  reason: string
}

export interface PlanPermission {
  value: string
  kind: 'delegated' | 'application'
  reason: string
  granted: boolean
  /** True for extras that are off by default. */
  optional: boolean
  link: string
}

export interface Plan {
  createdAt: string
  redirectUri: string
  rows: PlanRow[]
  permissions: PlanPermission[]
  /** True when nothing would be written. */
  nothingToDo: boolean
}

/** One visible step of applying the plan. */
export interface ApplyStep {
  object: PlanObject | 'token'
  state: 'waiting' | 'running' | 'done' | 'failed'
  /** What it made or found, with ids. */
  result: string | null
}

export interface VerifyResult {
  at: string
  /** Application roles found in a real client-credentials token. */
  roles: string[]
  missingRoles: string[]
  delegatedGranted: boolean
}

export interface SetupState {
  steps: SetupStep[]
  checks: CheckResult[]
  plan: Plan | null
  applySteps: ApplyStep[]
  verified: VerifyResult | null
  /** Applications that look like ours, found by the preflight. */
  candidates: ApplicationCandidate[]
}

/** Long work outside the guided run: whether it runs, how far it is, how it failed. */
export interface JobState {
  running: boolean
  progress: Progress | null
  error: ErrorReport | null
}

// ---- drift and repair ----

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
}

// ---- secret care ----

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

/** What an alert is about; each kind can be kept from popping up. */
export type AlertKind =
  | 'app'
  | 'tunnel'
  | 'subscription'
  | 'taken-over'
  | 'access'
  | 'secret'
  | 'slow-webhook'
  | 'hand-on'
  | 'gap'

/** Something that should reach a person even with the window closed; hosts show it as an OS pop-up. */
export interface Alert {
  /** The same alert is raised once. */
  id: string
  at: string
  kind: AlertKind
  severity: 'info' | 'warning' | 'critical'
  title: string
  text: string
  page: PageName
}

// ---- two people ----

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

// ---- clean exit ----

export type RemovalKind =
  | 'subscriptions'
  | 'app-role-assignments'
  | 'delegated-grant'
  | 'client-secret'
  | 'redirect-uri'
  | 'required-resource-access'
  | 'service-principal'
  | 'application'
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

// ---- audit trail ----

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

// ---- hand-over ----

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

// ---- webhook ----

/** Our answers over Graph's window of ten minutes. */
export interface WebhookLatency {
  answered: number
  p50Ms: number
  p99Ms: number
  /** Share of answers that took more than ten seconds, 0 to 1. */
  slowShare: number
  /** Above this share Graph delays what is new; above the other it drops it. */
  delayLimit: number
  dropLimit: number
}

export interface WebhookState {
  running: boolean
  /** True when the person paused it. */
  paused: boolean
  localAddress: string | null
  publicUrl: string | null
  notificationUrl: string | null
  lifecycleNotificationUrl: string | null
  received: number
  /** Items whose clientState or subscription is not ours. Counted, never stored. */
  refused: number
  /** Items with content, since the start: how many Microsoft was proven to have sent, and how many not. */
  content: { proven: number; refused: number }
  /** Items that Graph sent again. Answered, but stored once. */
  duplicates: number
  lastReceivedAt: string | null
  /** null when nothing was answered in the last ten minutes. */
  latency: WebhookLatency | null
  error: ErrorReport | null
}

export type TunnelProviderId = 'static' | 'ssh' | 'hosted-ssh' | 'devtunnels' | 'command'
export type TunnelPhase = 'stopped' | 'connecting' | 'up' | 'degraded' | 'failed'

export interface TunnelState {
  provider: TunnelProviderId
  phase: TunnelPhase
  publicUrl: string | null
  since: string | null
  /** When the next attempt is due. */
  nextAttemptAt: string | null
  attempt: number
  lastProbe: ProbeResult | null
  error: ErrorReport | null
  /** Until when the way in that is used now can be opened again; null where that has no end. */
  validUntil: string | null
  /** That end is near. */
  endsSoon: boolean
}

/** One end-to-end test through the public URL. */
export interface ProbeResult {
  at: string
  /** Set where not this program answered but another EMI Tray. */
  answeredBy?: 'another-emi-tray'
  ok: boolean
  /** Each hop with its own result; milliseconds from the start of the hop. */
  hops: { name: string; ok: boolean; durationMs: number; message: string }[]
}

/** A test notification through the public URL, hop by hop. */
export interface TestNotificationResult extends ProbeResult {
  /** In the inbox; null where it did not come so far. */
  deliveryId: number | null
}

/** Waiting for a real Teams message. */
export interface MessageWaitState {
  phase: 'idle' | 'waiting' | 'came' | 'nothing'
  since: string | null
  /** While waiting: when it ends. */
  until: string | null
  came: {
    deliveryId: number
    summary: string
    receivedAt: string
    /** When the person sent it, where that is known. */
    sentAt: string | null
    tookMs: number | null
  } | null
  /** When nothing came: what to look at. */
  advice: string[]
}

export type SubscriptionKey =
  'chats' | 'chat-messages' | 'channel-messages' | 'presence' | `user:${string}`

export type SubscriptionStatus =
  | 'waiting'
  | 'creating'
  | 'active'
  | 'renewing'
  | 'held-elsewhere'
  | 'observed'
  | 'paused'
  | 'refused'
  | 'failed'

/** A way out that the person may choose. */
export type Remedy = 'add-chat-read-all' | 'per-user'

/** A place that is left to another server on purpose. */
export interface Observing {
  host: string
  since: string
  /** True when it was taken from that server first, and then handed back. */
  handedBack: boolean
  /** Ours is made as soon as nobody holds the place any more. */
  takeWhenFree: boolean
}

/** A Graph subscription that is wanted or found. */
export interface Subscription {
  key: SubscriptionKey
  resource: string
  changeTypes: string[]
  status: SubscriptionStatus
  subscriptionId: string | null
  expirationDateTime: string | null
  createdAt: string | null
  renewedAt: string | null
  lastNotificationAt: string | null
  /** Who holds it, when that is not us. */
  heldBy: { host: string; subscriptionId: string; expirationDateTime: string } | null
  /** Set when the place is left to another server on purpose. */
  observing: Observing | null
  /** The host that it was taken from, which it can be handed back to. */
  takenFrom: string | null
  remedies: Remedy[]
  error: ErrorReport | null
}

// ---- local side ----

/** The server for the contact center and for monitoring, beside the webhook. */
export interface LocalSideState {
  /** Where it listens; null while it does not. */
  address: string | null
  /** What addresses of pictures begin with; null while they are not offered. */
  baseUrl: string | null
  error: ErrorReport | null
}

// ---- hand-on ----

/** Where events go after the inbox. */
export type HandOnTarget = 'none' | 'http' | 'file'

/** How the hand-on to the contact center fares. */
export interface HandOnState {
  target: HandOnTarget
  phase: 'off' | 'paused' | 'working' | 'retrying' | 'failing'
  /** Where to: host and path of the address, or the file. */
  place: string | null
  /** Since when nothing was taken any more; null while it works. */
  failingSince: string | null
  waiting: number
  /** Given up after three days of attempts. */
  dead: number
  /** Handed on since the start. */
  handedOn: number
  lastHandedOnAt: string | null
  nextAttemptAt: string | null
  error: ErrorReport | null
}

/** One event that could not be handed on, or still waits. */
export interface HandOnEntry {
  deliveryId: number
  state: 'waiting' | 'dead'
  attempts: number
  nextAttemptAt: string | null
  lastError: string | null
}

// ---- content of messages ----

/** Who wrote a message, or is named in it. */
export interface MessagePerson {
  kind: 'person' | 'guest' | 'application' | 'unknown'
  /** The id in Entra; of a guest without an account, or an application, the id that Teams gave. */
  id: string | null
  name: string | null
  /** Signed, short-lived address of the profile photo; null where the content endpoint is off. */
  photoUrl: string | null
}

/** What a file or card in a message is, whatever Graph calls it. */
export type AttachmentKind =
  | 'file'
  | 'card'
  | 'quoted reply'
  | 'forwarded message'
  | 'code snippet'
  | 'announcement'
  | 'meeting'
  | 'tab'
  | 'image'
  | 'other'

export interface MessageAttachment {
  kind: AttachmentKind
  name: string | null
  /** Where a file lies: a link for the browser of somebody who may see it. Never fetched by EMI Tray. */
  url: string | null
  /** Words of a card, a quoted reply or a code snippet. */
  text: string | null
}

/** Where a picture was taken, by the coordinates inside its file. */
export interface ImageLocation {
  latitude: number
  longitude: number
  /** `geo:` link, for whatever the computer shows maps with. */
  geoUrl: string
  mapUrl: string
}

export interface MessageImage {
  /** Its id in the message; for `delivery.image`. */
  id: string
  description: string | null
  /** Signed, short-lived address of the bytes; null where the content endpoint is off. */
  url: string | null
  location: ImageLocation | null
}

/** A message in one shape, whatever it holds and however it came. */
export interface MessageContent {
  kind: 'message' | 'system event' | 'deleted message'
  id: string
  /** null for what Teams itself says. */
  sender: MessagePerson | null
  /** Topic of the chat or name of the channel, where it is known. */
  placeName: string | null
  sentAt: string | null
  editedAt: string | null
  deletedAt: string | null
  subject: string | null
  text: string
  /** Safe to show: no scripts, styles, forms, pictures or foreign addresses but links. */
  html: string
  importance: 'normal' | 'high' | 'urgent'
  /** Of a reply in a channel: the message that it answers. */
  replyToId: string | null
  mentions: MessagePerson[]
  attachments: MessageAttachment[]
  images: MessageImage[]
  /** What happened, for a system event, as Graph names it, such as `membersAdded`. */
  event: string | null
}

/** A name that became known for a stored notification. */
export interface DeliveryNames {
  deliveryId: number
  senderName: string | null
  placeName: string | null
}

// ---- network ----

export type NetworkTargetId = 'sign-in' | 'graph' | 'tunnel' | 'public-url' | 'hand-on'

/** One hop on the way to an address. */
export interface NetworkHop {
  name: string
  state: 'ok' | 'warning' | 'failed'
  durationMs: number
  message: string
  nextStep: string | null
}

/** An address that has to be reached, and how far one gets; after a failed hop there are no more. */
export interface NetworkTarget {
  id: NetworkTargetId
  name: string
  /** `host:port` */
  address: string
  hops: NetworkHop[]
}

export interface NetworkState {
  job: JobState
  /** Whether a password for the proxy is kept; the password itself is never shown. */
  passwordSet: boolean
  /** When the last check came to its end; null while one runs and before the first. */
  checkedAt: string | null
  targets: NetworkTarget[]
}

// ---- gaps ----

/** Why notifications may have been lost. */
export type GapReason =
  | 'not-running'
  | 'sleep'
  | 'tunnel'
  | 'paused'
  | 'subscription-removed'
  | 'subscription-gone'
  | 'reauthorization'
  | 'missed'
  | 'not-stored'
  | 'silent'

/** `partly`: something could not be read and is named in `lost`; `cannot`: nothing could. */
export type GapPhase = 'open' | 'waiting' | 'catching-up' | 'done' | 'partly' | 'cannot'

/** A time in which notifications may have been lost, and what was read from Graph instead. */
export interface Gap {
  id: number
  since: string
  /** null while it goes on. */
  until: string | null
  reasons: GapReason[]
  phase: GapPhase
  /** Changes that were read and stored. */
  recovered: number
  /** Changes that were read, and had been notified after all. */
  alreadyThere: number
  /** People and channels that were read; null before and after. */
  progress: { done: number; total: number } | null
  /** When it is tried again after a failure. */
  nextAttemptAt: string | null
  /** Why the last attempt failed; null otherwise. */
  error: string | null
  /** What cannot be recovered, and why, as sentences. */
  lost: { what: string; why: string }[]
  endedAt: string | null
}

/** The gap log. */
export interface GapLog {
  /** The newest first; only the latest are kept. */
  entries: Gap[]
  /** True while Graph is read: for a gap, or to find out whether something is missing. */
  checking: boolean
  /** When it was last found, by asking Graph, that nothing is missing. */
  checkedAt: string | null
}

// ---- deliveries and the live log ----

export type DeliveryKind = 'changeNotification' | 'lifecycleNotification'

/** How it came: posted by Graph, read from Graph later because the post was missed, or sent by us as a test. */
export type DeliveryOrigin = 'graph' | 'catch-up' | 'test'

/** One item that Graph posted and that is ours, as it lies in the inbox. */
export interface Delivery {
  id: number
  receivedAt: string
  kind: DeliveryKind
  subscriptionKey: SubscriptionKey | null
  subscriptionId: string
  tenantId: string
  /** In lower case; for a lifecycle notification its lifecycleEvent. */
  changeType: string
  resource: string
  resourceId: string | null
  /** True when the content came encrypted. */
  rich: boolean
  origin: DeliveryOrigin
  /** Entra id of the person who sent the message; null until the content was read. */
  senderId: string | null
}

export interface DeliveryDetail extends Delivery {
  /** The item as JSON text, without clientState, tokens and content. */
  itemJson: string
  /** The chat or channel it is about, as `chat:<chatId>` or `channel:<teamId>/<channelId>`. */
  place: string | null
  /** Of the post, as far as they are kept; null where none were. */
  headers: Record<string, string> | null
}

export type HandOnProgress = 'waiting' | 'done' | 'dead'

/** Which stored notifications are looked for; what is absent does not matter. */
export interface DeliveryFilter {
  /** Received at this time or later. */
  from?: string | undefined
  /** Received before this time. */
  to?: string | undefined
  kind?: DeliveryKind | undefined
  origin?: DeliveryOrigin | undefined
  changeType?: string | undefined
  subscriptionId?: string | undefined
  /** `chat:<chatId>` or `channel:<teamId>/<channelId>`. */
  place?: string | undefined
  senderId?: string | undefined
  /** `none` means that it was never to be handed on. */
  handOn?: HandOnProgress | 'none' | undefined
  /** Of the content; `none` means that it came without. */
  verdict?: 'none' | 'waiting' | 'valid' | 'refused' | undefined
  /** An id of a message, chat, person or subscription, a resource, or a part of a name. */
  text?: string | undefined
}

/** A stored notification in the list of those that were found. */
export interface FoundDelivery extends Delivery {
  /** Such as “New chat message”. */
  summary: string
  place: string | null
  /** Where they are known already. */
  placeName: string | null
  senderName: string | null
  verdict: 'waiting' | 'valid' | 'refused' | null
  handOn: {
    state: HandOnProgress
    attempts: number
    nextAttemptAt: string | null
    doneAt: string | null
    lastError: string | null
  } | null
}

/** JSON lines, or an HTTP archive (HAR 1.2). */
export type DeliveryExportFormat = 'jsonl' | 'har'

export interface DeliveryPage {
  /** The newest first. */
  found: FoundDelivery[]
  /** Search before this id to go on; null when there is nothing older. */
  nextBeforeId: number | null
  /** Set when the search ended before the page was full: it has not looked further back than this. */
  searchedBackTo: string | null
  /** True when more people and places have such a name than were looked for. */
  tooManyNames: boolean
}

export type LogLevel = 'debug' | 'info' | 'warning' | 'error'
export type LogArea =
  | 'app'
  | 'sign-in'
  | 'setup'
  | 'secret'
  | 'webhook'
  | 'subscription'
  | 'tunnel'
  | 'inbox'
  | 'hand-on'
  | 'catch-up'
  | 'practice'

/** One line of the live log. */
export interface LogEntry {
  sequence: number
  at: string
  level: LogLevel
  area: LogArea
  message: string
  /** Redacted plain facts: ids, counts, durations. */
  facts: Record<string, string | number | boolean>
  /** Set when the line stands for a notification. */
  delivery: Delivery | null
}

// ---- settings ----

export type Theme = 'system' | 'light' | 'dark'
export type OptionalPermission =
  'Chat.Read.All' | 'Application.Read.All' | 'Presence.Read.All' | 'Files.Read.All'

export interface SshSettings {
  host: string
  port: number
  username: string
  /** The gateway's public host key as `type base64`; empty until a person confirmed its fingerprint. */
  hostKey: string
  /** Path of a unix socket on the gateway (recommended), or `host:port`. */
  remoteBind: string
}

/** How connections leave this computer. This computer itself is always reached directly. */
export interface ProxySettings {
  /** `system`: as the desktop is set, or HTTPS_PROXY, HTTP_PROXY and NO_PROXY where there is none. */
  kind: 'system' | 'none' | 'address'
  /** `host:port`, or with http:// or https:// in front; used when kind is address. */
  address: string
  /** Hosts that are reached directly in spite of that address, written as in NO_PROXY. */
  bypass: string
  /** For a proxy that asks for a sign-in; the password is in the vault. */
  username: string
}

/** A public service that gives an address to whoever connects by ssh, such as localhost.run. */
export interface HostedSshSettings {
  host: string
  port: number
  /** Not a secret; a service that wants one as the user name is not for this. */
  username: string
  /** The service's public host key as `type base64`; empty until a person confirmed its fingerprint. */
  hostKey: string
  /** The name that is asked for; empty lets the service choose. */
  bindName: string
  /** 80, or 0 where the service wants that. */
  bindPort: number
  /** What is asked of the service after connecting, such as `--output json`; empty for its usual screen. */
  request: string
  /** Regular expression for the address in what the service says; JSON with an `address` is read without it. */
  pattern: string
}

/** How this computer is let in at Microsoft Dev Tunnels. */
export interface DevTunnelSettings {
  /**
   * `application`: by the application's own token, and the tunnel is made and kept here. `host-token`: by a token of
   * a tunnel that a person made, which is in the vault.
   */
  signIn: 'application' | 'host-token'
}

/** A program of somebody else that makes this computer reachable, such as cloudflared. */
export interface CommandSettings {
  /** Name or whole path; it is started without a shell. */
  program: string
  /** {host}, {port} and {publicHost} are filled in. Never secrets: every program can read them. */
  args: string[]
  /**
   * Regular expression for the line of its output that says it is connected; its first group, or what fits, is the
   * public address where none is set.
   */
  pattern: string
  /** Environment variable that the secret in the vault is given as; empty for none. */
  secretVariable: string
}

/** A ready-made choice for one of the two providers above. */
export interface TunnelProfile {
  id: string
  /** The service is for trying out: no service level, or another address at each start. */
  trialOnly: boolean
  /** Its address is fixed by its owner and has to be entered. */
  needsPublicUrl: boolean
  hostedSsh?: HostedSshSettings
  command?: CommandSettings
}

/** Certificate and key of the local server, for a reverse proxy that encrypts anew; PEM files, empty for plain http. */
export interface LocalTlsSettings {
  certificateFile: string
  keyFile: string
}

/** A text to set up a program of somebody else with, holding this installation's own values. */
export interface ConfigSnippet {
  name: 'nginx' | 'caddy' | 'iis' | 'sshd'
  text: string
}

/** What belongs to one connection; the practice tenant has its own. */
export interface ConnectionSettings {
  cloud: CloudId
  /** Used when cloud is custom. */
  customLoginHost: string
  customGraphHost: string
  /** PEM file of an extra certificate authority; empty for none. */
  caFile: string
  proxy: ProxySettings
  /** Client id of the public client that signs the administrator in. */
  bootstrapClientId: string
  /** Host name of the contact center tenant, such as acme.brightpattern.com. */
  tenantUrl: string
  /** Client id of an application that somebody made by hand and that is to be used; empty for EMI Tray's own. */
  adoptedAppId: string
  applicationName: string
  secretLifetimeMonths: number
  optionalPermissions: OptionalPermission[]
  formVersion: FormVersion
  integrationName: string
  /** Port of the local webhook server, on 127.0.0.1. */
  webhookPort: number
  webhookPaused: boolean
  tunnelProvider: TunnelProviderId
  /** https address that reaches the webhook from the Internet; for the static provider and the ssh gateway. */
  publicUrl: string
  /** Address of this computer that the webhook listens on; another than loopback takes localTls and trustedProxies. */
  listenAddress: string
  localTls: LocalTlsSettings
  /** Addresses or networks (10.0.0.0/24) of the reverse proxies that may say on whose behalf they ask. */
  trustedProxies: string[]
  ssh: SshSettings
  hostedSsh: HostedSshSettings
  devTunnels: DevTunnelSettings
  command: CommandSettings
  /** Have Microsoft send the content along, encrypted for this installation. */
  richNotifications: boolean
  handOnTarget: HandOnTarget
  /** https address of the contact center's endpoint; plain http on this computer only. */
  handOnUrl: string
  handOnPaused: boolean
  /** Read messages from Teams and hand their content on as well. */
  sendContent: boolean
  /** Serve pictures of messages and people to the contact center, under signed addresses. */
  contentEndpoint: boolean
  metricsEndpoint: boolean
  /** Address of this computer that the local side listens on; 127.0.0.1 unless others on the network need it. */
  localSideHost: string
  localSidePort: number
  /** What the contact center puts before the addresses of pictures, such as that of a proxy; empty for our own. */
  localSideUrl: string
  /** Days that notifications are kept in the inbox. */
  keepDeliveriesDays: number
  /** User principal names to subscribe one by one, where the tenant-wide subscription is not allowed. */
  perUserSubscriptions: string[]
  /** User principal names of the people whose presence is received while an administrator is signed in. */
  presencePeople: string[]
}

export interface Settings {
  version: 1
  theme: Theme
  /** Kinds of alerts that do not pop up; the pages show them all the same. */
  quietAlerts: AlertKind[]
  /** Keep this computer from falling asleep while the webhook listens; for the tray app. */
  keepAwake: boolean
  mode: Mode | null
  connections: Record<Mode, ConnectionSettings>
}

// ---- practice ----

export interface PracticeState {
  tenantDisplayName: string
  people: {
    id: string
    displayName: string
    userPrincipalName: string
    role: string
    jobTitle: string
  }[]
  chats: { id: string; topic: string; kind: 'chat' | 'channel' }[]
  traffic: { on: boolean; perMinute: number }
  faults: { name: string; group: PracticeGroup; description: string; on: boolean }[]
  /** What can be done once, behind EMI Tray's back. */
  actions: { name: string; description: string }[]
  /** Seconds until a new object, secret or grant is seen everywhere. */
  replicationSeconds: number
}

export type PracticeGroup = 'account' | 'policy' | 'directory' | 'service' | 'webhook'

// ---- updates ----

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

// ---- everything ----

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
