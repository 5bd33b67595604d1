// What the core asks of a platform. The core knows neither Electron nor Node: a host hands these in.
import type { Cloud, Mode } from '../contract/models/connection.ts'
import type { HandOnEntry } from '../contract/models/contact-center.ts'
import type {
  Delivery,
  DeliveryFilter,
  DeliveryKind,
  DeliveryOrigin,
  FoundDelivery,
} from '../contract/models/delivery.ts'
import type { Alert } from '../contract/models/health.ts'
import type { LogEntry } from '../contract/models/log.ts'
import type { PracticeState } from '../contract/models/practice.ts'
import type { AuditEntry } from '../contract/models/removal.ts'
import type { ConnectionSettings, ProxySettings, SshSettings } from '../contract/models/settings.ts'
import type { HostAbilities } from '../contract/models/state.ts'
import type { SubscriptionKey } from '../contract/models/subscription.ts'
import type { SshHostKey, TunnelProviderId } from '../contract/models/tunnel.ts'
import type { AppError } from './app-error.ts'

export interface Clock {
  now(): Date
  /** Calls back once after `ms` milliseconds; returns a function that cancels it. */
  after(ms: number, callback: () => void): () => void
}

export interface Random {
  /** Cryptographically strong bytes. */
  bytes(length: number): Uint8Array<ArrayBuffer>
  uuid(): string
  /** 0 ≤ n < 1, for spreading retries. */
  fraction(): number
}

/** Secrets by name, encrypted at rest. Methods throw AppError keychain-… or vault-…. */
export interface SecretStore {
  get(name: string): Promise<string | undefined>
  set(name: string, value: string): Promise<void>
  delete(name: string): Promise<void>
  /** Removes everything, for the clean exit. */
  clear(): Promise<void>
}

export type NewAuditEntry = Omit<AuditEntry, 'id'>

/** What goes with an item that was read from Graph: which version of the resource it is. */
export interface CaughtUp {
  etag: string | null
  lastModifiedDateTime: string
  /** lastModifiedDateTime by this computer's clock: a notification that came at this time or later told of it. */
  modifiedAt: string
}

export interface NewDelivery {
  receivedAt: string
  kind: DeliveryKind
  subscriptionKey: SubscriptionKey | null
  subscriptionId: string
  tenantId: string
  changeType: string
  resource: string
  resourceId: string | null
  rich: boolean
  /** The item as it came, as JSON, without its clientState. */
  itemJson: string
  /** Equal for items that tell of one and the same change; absent where that cannot be told. */
  identity?: string
  /** Set for an item with content: what it takes to prove and to read that. */
  content?: { sealedTokens: string; certificateId: string }
  /** Set for an item that is to be handed on: it waits there in the order of its lane. */
  handOnLane?: string
  /** `graph` unless given. */
  origin?: DeliveryOrigin
  /** The chat or channel it is about, as KnownName has it; the inbox sets it. */
  place?: string | null
  /** Where it is known before the content was read. */
  senderId?: string | null
  /** Set for an item that was read from Graph: it is stored only where nothing stored tells of this version. */
  caughtUp?: CaughtUp
  /** Of the post, as far as they help to find out what happened on the way; never what proves or authorises. */
  headers?: Record<string, string>
}

/** A notification with what only its detail shows. */
export interface StoredDelivery extends Delivery {
  itemJson: string
  place: string | null
  /** null where none were kept. */
  headers: Record<string, string> | null
}

/** What one text may mean. */
export type DeliveryTerm =
  { resourceId: string } | { subscriptionId: string } | { place: string } | { senderId: string }

export interface DeliveryQuery extends Omit<DeliveryFilter, 'text'> {
  /** At least one of them fits. */
  anyOf?: DeliveryTerm[]
  /** What the resource begins with. */
  resourcePrefix?: string
  /** Only smaller ids. */
  beforeId?: number
  limit: number
  /** About how many rows may be looked at. */
  scan: number
}

export interface DeliveryMatches {
  /** The newest first. */
  found: Omit<FoundDelivery, 'summary' | 'placeName' | 'senderName'>[]
  /** Everything from this id on was looked at; null when nothing older is left. */
  reachedId: number | null
  reachedAt: string | null
}

/** The name of a person (`user:<id>`) or of a place (`chat:<chatId>`, `channel:<teamId>/<channelId>`). */
export interface KnownName {
  key: string
  name: string
  /** When Graph said so. */
  at: string
}

/** Whether Microsoft was proven to have sent an item's content; `waiting` until somebody has looked. */
export type ContentVerdict = 'waiting' | 'valid' | 'refused'

/** An item with content that nobody has judged yet. Items of one post have the same sealed tokens. */
export interface UnjudgedDelivery {
  id: number
  receivedAt: string
  tenantId: string
  subscriptionKey: SubscriptionKey | null
  sealedTokens: string
}

export interface JudgedDeliveries {
  ids: number[]
  verdict: 'valid' | 'refused'
  /** Why it was refused; null for valid ones. */
  reason: string | null
}

/** What the stored notifications take of the disk, in bytes. */
export interface DatabaseSize {
  used: number
  /** Inside the file, for the next ones. */
  free: number
}

/** The next event of a lane that is to be handed on. */
export interface HandOnRow {
  delivery: Delivery
  /** Failed ones so far. */
  attempts: number
  queuedAt: string
  /** null before the first attempt. */
  nextAttemptAt: string | null
}

/** What came of one attempt to hand an event on. */
export type HandOnResult =
  | { deliveryId: number; state: 'done'; at: string }
  | {
      deliveryId: number
      state: 'waiting'
      attempts: number
      nextAttemptAt: string
      lastError: string
    }
  | { deliveryId: number; state: 'dead'; attempts: number; lastError: string }

/** What waits to be handed on, was handed on, or was given up. Within a lane the order is that of the inbox. */
export interface HandOnStore {
  /** Names of lanes in which something waits, those after a name, in the order of names. */
  handOnLanes(after: string, limit: number): Promise<string[]>
  /** The oldest event that waits in a lane. */
  nextHandOn(lane: string): Promise<HandOnRow | undefined>
  /** Notes results in one commit. A loss of power may undo it: what is noted as done is then handed on again. */
  noteHandOn(results: HandOnResult[]): Promise<void>
  countHandOn(): Promise<{ waiting: number; dead: number }>
  /** The oldest first. */
  listHandOn(state: 'waiting' | 'dead', limit: number): Promise<HandOnEntry[]>
  /** Has events wait (again), as if they had been queued at a time. `dead` means all that were given up. Returns how many. */
  queueHandOn(
    what: 'dead' | { deliveryId: number; lane: string }[],
    queuedAt: string,
  ): Promise<number>
  /** Gives up what waits and was queued up to a time. Returns how many. */
  giveUpHandOn(queuedUntil: string, lastError: string): Promise<number>
}

/** Durable storage. What a promise resolved for has been flushed to disk. Throws AppError disk-full and others. */
export interface Database extends HandOnStore {
  /** Small JSON records by name, such as `provisioning`. */
  readRecord(name: string): Promise<unknown>
  writeRecord(name: string, value: unknown): Promise<void>
  deleteRecord(name: string): Promise<void>
  /**
   * Stores items in one commit, and returns with their ids, in order, those that are new: an item whose identity is
   * stored already is left out, as is what was caught up and told of before, or the other way round.
   */
  addDeliveries(items: NewDelivery[]): Promise<Delivery[]>
  /** Those of the items that were read from Graph of whose change nothing stored tells. */
  unseenOf(items: NewDelivery[]): Promise<NewDelivery[]>
  /** Chats and channels that notifications came from, as `chat:…` and `channel:…`: those after a name, in order. */
  knownPlaces(prefix: string, after: string, limit: number): Promise<string[]>
  /** Resolves once what waits in sockets was read: more to store may have come. */
  nextTurn(): Promise<void>
  getDelivery(id: number): Promise<StoredDelivery | undefined>
  /** The newest first. */
  latestDeliveries(limit: number): Promise<Delivery[]>
  countDeliveries(): Promise<number>
  /** Items with content that wait for their verdict and have a greater id, the oldest first. */
  unjudgedDeliveries(afterId: number, limit: number): Promise<UnjudgedDelivery[]>
  /** Notes verdicts in one commit, and forgets the tokens that they were made from. */
  setVerdicts(verdicts: JudgedDeliveries[]): Promise<void>
  /** The verdict on an item's content; undefined where it has none. */
  readVerdict(
    id: number,
  ): Promise<(Pick<JudgedDeliveries, 'reason'> & { verdict: ContentVerdict }) | undefined>
  /** The newest that match. Looks at so many rows at most, and says how far it came. */
  searchDeliveries(query: DeliveryQuery): Promise<DeliveryMatches>
  /** Keys of names that contain a text, in any case. */
  findNames(text: string, limit: number): Promise<string[]>
  /** Places of a channel, whatever its team. */
  findChannels(channelId: string, limit: number): Promise<string[]>
  /** Notes who sent messages, once their content was read. */
  noteSenders(senders: { deliveryId: number; senderId: string }[]): Promise<void>
  /** Those of the keys whose name is known. */
  readNames(keys: string[]): Promise<KnownName[]>
  writeNames(names: KnownName[]): Promise<void>
  /**
   * Looks at the `limit` names after a key, and removes those that were written before a time and that no stored
   * notification uses. `lastKey` is where to go on; null at the end.
   */
  deleteUnusedNames(options: {
    before: string
    afterKey: string
    limit: number
  }): Promise<{ deleted: number; lastKey: string | null }>
  /** True while a stored item is encrypted for this certificate. */
  isCertificateNamed(certificateId: string): Promise<boolean>
  /**
   * Looks at the `limit` oldest notifications with a greater id, and removes those of them that were received before
   * a time and do not wait to be handed on. `lastId` is where to go on; null when none was old enough.
   */
  deleteDeliveries(options: {
    before: string
    afterId: number
    limit: number
  }): Promise<{ deleted: number; lastId: number | null }>
  size(): Promise<DatabaseSize>
  /** Gives up to this many free bytes back to the disk. */
  giveBack(bytes: number): Promise<void>
  /** Adds one line to the audit trail, and returns its id. Lines are never changed. */
  addAuditEntry(entry: NewAuditEntry): Promise<number>
  /** Entries with a greater id, the oldest first. */
  auditEntriesAfter(id: number, limit: number): Promise<AuditEntry[]>
  /** Id of the newest entry; 0 without one. */
  lastAuditId(): Promise<number>
  /** Removes the stored notifications with the names they use, the records with the audit trail, or everything, and frees the space. */
  erase(what: 'deliveries' | 'records' | 'everything'): Promise<void>
  close(): Promise<void>
}

/** A request whose body was read; what the webhook needs of a fetch Request, and much cheaper to make. */
export interface ReceivedRequest {
  method: string
  /** Absolute; its host means nothing. */
  url: string
  headers: { get: (name: string) => string | null }
  bytes: Uint8Array<ArrayBuffer>
  /** Address of whoever asks, as the nearest trusted proxy tells it. */
  client?: () => string
}

/** Where and how to listen, and whom to believe. */
export interface ListenPlace {
  /** A loopback address; another one takes `tls` and `proxies`, and then answers these proxies only. */
  host: string
  /** Lets everybody on the network ask, at any address of this computer: for a handler that guards itself. */
  isOpen?: boolean
  /** 0 takes a free port. */
  port: number
  /** Speaks TLS with the certificate and key of these PEM files, which are read again when they change. */
  tls?: { certificateFile: string; keyFile: string }
  /** Addresses or networks whose X-Forwarded-For and X-Forwarded-Host count; none without. */
  proxies?: string[]
  /** Requests for other host names than these are answered with 421; without it all names are fine. */
  hostNames?: string[]
}

export interface HttpServer {
  /** Throws AppError port-in-use, input-invalid, tunnel-config where the certificate cannot be used. */
  listen(
    options: ListenPlace & {
      /** Bodies above this many bytes are answered with 413 before the handler sees them. */
      maxBodyBytes: number
      handler: (request: ReceivedRequest) => Promise<Response>
    },
  ): Promise<ListeningServer>
}

export interface ListeningServer {
  host: string
  port: number
  /** Stops accepting, lets running requests finish shortly, then closes. */
  close(): Promise<void>
}

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

// ---- Microsoft sign-in ----

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

/** What rich notifications need beyond WebCrypto. Both run off the main thread where that pays. */
export interface RichCrypto {
  /** A self-signed certificate with an RSA key: the certificate base64 DER, the key as PKCS#8 PEM. */
  makeCertificate(options: {
    days: number
  }): Promise<{ certificate: string; privateKeyPem: string }>
  /**
   * OAEP (SHA-1) the data key, HMAC-SHA256 over the ciphertext checked first, then AES-256-CBC. Resolves with the
   * plain text; null when anything does not fit.
   */
  decrypt(options: {
    privateKeyPem: string
    dataKey: string
    data: string
    dataSignature: string
  }): Promise<string | null>
  close(): Promise<void>
}

/** The file that events are handed on to where the contact center fetches them: lines of JSON, rotating. */
export interface HandOnFile {
  path: string
  /** Adds whole lines; they are flushed to disk when this resolves. Throws AppError disk-full and others. */
  append(lines: string): Promise<void>
  close(): Promise<void>
}

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
  /** Takes changed settings, or another password in the vault, into use for new connections. */
  configure(proxy: ProxySettings): void
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

// ---- practice ----

/** What the core may do with the practice tenant; null with Microsoft. */
export interface PracticePort {
  tenantDisplayName: string
  people: {
    id: string
    displayName: string
    userPrincipalName: string
    role: string
    jobTitle: string
  }[]
  chats(): { id: string; topic: string; kind: 'chat' | 'channel' }[]
  traffic(): { on: boolean; perMinute: number }
  setTraffic(traffic: { on: boolean; perMinute: number }): void
  faults(): PracticeState['faults']
  /** Throws AppError not-found for an unknown name. */
  setFault(name: string, on: boolean): void
  actions(): PracticeState['actions']
  /** Does something once behind our back. Throws AppError not-found for an unknown name. */
  act(name: string): Promise<void>
  replicationSeconds(): number
  setReplicationSeconds(seconds: number): void
  say(message: { chatId: string; personId: string; text: string }): Promise<void>
  /** Plays the person at the browser on the real sign-in page. */
  signInAs(personId: string, authorizeUrl: string, signal: AbortSignal): Promise<void>
}

/** What the computer does around the app, as its host hears of it. */
export type MachineSignal =
  'suspend' | 'resume' | 'lock' | 'unlock' | 'network-changed' | 'clock-changed'

/** New versions of this very installation. */
export interface Updater {
  /** Why it does not update itself, as a sentence; null where it does. */
  off: string | null
  /**
   * Looks for a newer version and brings it to this computer, proven to be its publisher's. Resolves with the version,
   * or with null where there is none (for this computer yet). Throws AppError update-failed, update-refused.
   */
  fetch(
    onProgress: (progress: { version: string; percent: number }) => void,
  ): Promise<string | null>
  /** Ends the app in order, then puts the fetched version in place and starts it. */
  restart(): void
}

/** Starting with the person's session. */
export interface LoginItem {
  isOn(): Promise<boolean>
  /** Throws AppError data-folder-unwritable when the system does not take it. */
  set(on: boolean): Promise<void>
}

/** What an OS pop-up says; a click on it opens the page. */
export type PopUp = Pick<Alert, 'title' | 'text' | 'page' | 'severity'>

export interface PopUps {
  show(popUp: PopUp): void
  /** True while a person has the app's window before them. */
  isWatched(): boolean
}

// ---- the whole ----

/** Everything that belongs to one mode: Microsoft or practice. Its data never mixes with the other's. */
export interface Connection {
  cloud: Cloud
  database: Database
  secrets: SecretStore
  adminAuth: AdminAuth
  appAuth: AppAuth
  network: Network
  /** The network's. */
  fetch: typeof fetch
  tunnelProviders: Record<TunnelProviderId, TunnelProvider>
  ssh: SshTools
  richCrypto: RichCrypto
  handOnFile: HandOnFile
  /**
   * Looks at the certificate that an https address shows. null where no public authority could have signed it,
   * such as for the practice tenant on this computer. Throws AppError network-unreachable, proxy-….
   */
  inspectTls(url: string, signal: AbortSignal): Promise<TlsInspection | null>
  practice: PracticePort | null
  close(): Promise<void>
}

export interface Platform {
  version: string
  abilities: HostAbilities
  /** False for short commands, which set up or verify but do not listen. */
  runsWebhook: boolean
  clock: Clock
  random: Random
  httpServer: HttpServer
  /** Opens an https (or loopback) address in the system browser. */
  openBrowser(url: string): Promise<void>
  /** Writes the clipboard and clears it after `clearAfterMs` if it still holds the text; null where a host has none. */
  copyText: ((text: string, clearAfterMs: number | null) => Promise<void>) | null
  /** The settings file as parsed JSON; undefined when there is none. Throws AppError settings-unreadable. */
  readSettings(): Promise<unknown>
  writeSettings(value: unknown): Promise<void>
  /** Opens vault, database and sign-in of one mode; starts the practice tenant for `practice`. */
  openConnection(mode: Mode, settings: ConnectionSettings): Promise<Connection>
  /** Writes the bundle for whoever is asked for help; returns its path. Throws AppError data-folder-unwritable. */
  saveDiagnostics: (() => Promise<string>) | null
  /** null where the host has nothing to start, such as a service. */
  loginItem: LoginItem | null
  /** null where the host is updated otherwise, such as a service. */
  updater: Updater | null
  /** OS pop-ups; null where the host has none. */
  popUps: PopUps | null
  /** Removes log files, and the vault with its key from the keychain when no connection keeps a secret any more. */
  eraseLogsAndKeys(): Promise<void>
  /** The folder that holds everything, to tell people where it is. */
  dataFolder: string
  /** Where log entries go besides memory, such as a rotating file. */
  logSink: (entry: LogEntry) => void
}
