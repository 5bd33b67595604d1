// Every request a page may make: name → input, output, and the parser of its input.
import * as v from 'valibot'
import { deliveryFilterEntries } from './delivery-filter.ts'
import type {
  AlertKind,
  AppState,
  AuditEntry,
  ConfigSnippet,
  ConnectionSettings,
  CredentialsCheck,
  DeliveryDetail,
  DeliveryExportFormat,
  DeliveryFilter,
  DeliveryPage,
  HandOnEntry,
  HandoverField,
  LinkName,
  LogEntry,
  MessageContent,
  Mode,
  ProbeResult,
  Remedy,
  TestNotificationResult,
  SubscriptionKey,
  TextFile,
  TunnelProfile,
  Theme,
  TunnelProviderId,
} from './models.ts'

/** What a sealed hand-over file turned out to hold; its secret went to the vault. */
export interface OpenedHandover {
  tenantDisplayName: string
  applicationName: string
  appId: string
  createdAt: string
  expiresAt: string
}

/** A change of settings: only what is given changes. */
export interface SettingsChange {
  theme?: Theme | undefined
  quietAlerts?: AlertKind[] | undefined
  keepAwake?: boolean | undefined
  connection?: { [K in keyof ConnectionSettings]?: ConnectionSettings[K] | undefined } | undefined
}

/** The host key that an ssh gateway showed, for a person to compare. */
export interface SshHostKey {
  hostKey: string
  /** SHA-256 in OpenSSH's notation. */
  fingerprint: string
}

/** What came of trying a way to be reached before it is saved. */
export interface TriedOut {
  publicUrl: string
  probe: ProbeResult
}

/** Secrets of tunnel providers that are kept in the vault and never shown again. */
export type TunnelSecret = 'command' | 'devtunnels'

/** One that is kept. */
export interface KeptTunnelSecret {
  secret: TunnelSecret
  /** null where it has no end, or does not say. */
  validUntil: string | null
}

export interface Calls {
  'app.getState': { input: void; output: AppState }
  'app.saveDiagnostics': { input: void; output: { path: string } }
  'app.startAtLogin': { input: { on: boolean }; output: void }
  /** Looks for a newer version of the app; the outcome shows in the state. */
  'update.check': { input: void; output: void }
  /** Ends the app in order and starts the version that is ready. */
  'update.restart': { input: void; output: void }
  'app.openLink': { input: { link: LinkName }; output: void }
  'connection.choose': { input: { mode: Mode }; output: void }
  'connection.leave': { input: void; output: void }
  'signIn.start': { input: { method: 'browser' | 'device-code' }; output: void }
  'signIn.cancel': { input: void; output: void }
  'signIn.signOut': { input: void; output: void }
  'setup.check': { input: void; output: void }
  'setup.plan': { input: void; output: void }
  'setup.apply': { input: void; output: void }
  'setup.verify': { input: void; output: void }
  'setup.cancel': { input: void; output: void }
  'setup.applyRemedy': { input: { remedy: Remedy; userPrincipalNames: string[] }; output: void }
  'application.choose': { input: { appId: string | null }; output: void }
  'application.restore': { input: { applicationObjectId: string }; output: void }
  'drift.check': { input: void; output: void }
  'drift.repair': { input: { removals: string[] }; output: void }
  'drift.cancel': { input: void; output: void }
  'credentials.verify': {
    input: { tenantId: string; clientId: string; clientSecret: string }
    output: CredentialsCheck
  }
  'rotation.start': { input: void; output: void }
  'rotation.confirm': { input: void; output: void }
  'rotation.abandon': { input: void; output: void }
  'rotation.cancel': { input: void; output: void }
  'consent.start': { input: void; output: void }
  'consent.check': { input: void; output: void }
  'consent.stop': { input: void; output: void }
  'package.create': { input: void; output: { files: TextFile[] } }
  'handover.seal': { input: { passphrase: string; validDays: number }; output: TextFile }
  'handover.open': {
    input: { text: string; passphrase: string; replace: boolean }
    output: OpenedHandover
  }
  'handover.export': {
    input: { format: 'env' | 'json' | 'csv'; withSecret: boolean }
    output: TextFile
  }
  'report.create': { input: { format: 'markdown' | 'html' }; output: TextFile }
  'calendar.create': { input: void; output: TextFile }
  'removal.list': { input: void; output: void }
  'removal.start': { input: { ids: string[] }; output: void }
  'removal.cancel': { input: void; output: void }
  'audit.list': { input: { afterId: number }; output: AuditEntry[] }
  'audit.export': { input: { format: 'csv' | 'json' }; output: TextFile }
  'clientSecret.reveal': { input: void; output: { secretText: string } }
  'handover.copy': { input: { field: HandoverField }; output: { clearsInSeconds: number | null } }
  'handover.confirm': { input: void; output: void }
  'webhook.start': { input: void; output: void }
  'webhook.pause': { input: void; output: void }
  'webhook.test': { input: void; output: ProbeResult }
  'webhook.sendTest': { input: void; output: TestNotificationResult }
  'webhook.waitForMessage': { input: void; output: void }
  'webhook.stopWaiting': { input: void; output: void }
  'tunnel.restart': { input: void; output: void }
  'tunnel.readHostKey': { input: { host: string; port: number }; output: SshHostKey }
  'tunnel.getPublicKey': { input: void; output: { publicKey: string } }
  'tunnel.snippets': { input: void; output: ConfigSnippet[] }
  'tunnel.profiles': { input: void; output: TunnelProfile[] }
  'tunnel.tryOut': { input: Pick<SettingsChange, 'connection'>; output: TriedOut }
  'tunnel.setSecret': { input: { secret: TunnelSecret; text: string }; output: void }
  'tunnel.keptSecrets': { input: void; output: KeptTunnelSecret[] }
  'subscription.ensure': { input: void; output: void }
  'subscription.takeOver': { input: { subscriptionId: string }; output: void }
  'subscription.observe': { input: { key: SubscriptionKey; takeWhenFree: boolean }; output: void }
  'subscription.handBack': { input: { key: SubscriptionKey }; output: void }
  'subscription.takePlace': { input: { key: SubscriptionKey }; output: void }
  'handOn.test': { input: void; output: { status: number; durationMs: number } }
  'handOn.revealKey': { input: void; output: { key: string } }
  'handOn.newKey': { input: void; output: void }
  'handOn.list': { input: { state: 'waiting' | 'dead' }; output: HandOnEntry[] }
  'handOn.redeliver': { input: { deliveryIds: number[] }; output: { count: number } }
  /** The message that a notification is about; null where it is about something else. */
  'delivery.content': { input: { id: number }; output: MessageContent | null }
  /** One picture of that message, as an address that a page may show. */
  'delivery.image': { input: { id: number; imageId: string }; output: { dataUrl: string } }
  'gaps.check': { input: void; output: void }
  'delivery.get': { input: { id: number }; output: DeliveryDetail }
  'delivery.search': {
    input: DeliveryFilter & { beforeId?: number | undefined; limit: number }
    output: DeliveryPage
  }
  'delivery.export': {
    input: DeliveryFilter & { format: DeliveryExportFormat }
    output: TextFile & { count: number; isCut: boolean }
  }
  'log.list': { input: { afterSequence: number }; output: LogEntry[] }
  'network.check': { input: void; output: void }
  'network.cancel': { input: void; output: void }
  'network.setProxyPassword': { input: { password: string }; output: void }
  'network.firewallRequest': { input: { provider: TunnelProviderId }; output: TextFile }
  'settings.update': { input: SettingsChange; output: void }
  'practice.signIn': { input: { personId: string }; output: void }
  'practice.setTraffic': { input: { on: boolean; perMinute: number }; output: void }
  'practice.say': { input: { chatId: string; personId: string; text: string }; output: void }
  'practice.setFault': { input: { name: string; on: boolean }; output: void }
  'practice.act': { input: { name: string }; output: void }
  'practice.setReplication': { input: { seconds: number }; output: void }
}

export type CallName = keyof Calls
export type Input<N extends CallName> = Calls[N]['input']
export type Output<N extends CallName> = Calls[N]['output']

const nothing = v.pipe(
  v.nullish(v.unknown()),
  v.transform(() => undefined),
)
const shortText = v.pipe(v.string(), v.trim(), v.maxLength(300))
const guid = v.pipe(v.string(), v.trim(), v.toLowerCase(), v.uuid('must be a GUID'))
const filePath = v.pipe(v.string(), v.trim(), v.maxLength(4096))
const ids = v.pipe(v.array(v.pipe(shortText, v.minLength(1))), v.maxLength(500))
const subscriptionKey = v.custom<SubscriptionKey>(
  (value) =>
    typeof value === 'string' &&
    value.length < 400 &&
    /^(chats|chat-messages|channel-messages|presence|user:.+)$/.test(value),
  'must name a subscription',
)
const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535))
const host = v.pipe(
  v.string(),
  v.trim(),
  v.regex(/^[A-Za-z0-9._:-]*$/, 'must be a host name'),
  v.maxLength(253),
)

const ssh = v.object({
  host,
  port,
  username: shortText,
  hostKey: v.pipe(v.string(), v.maxLength(4000)),
  remoteBind: shortText,
})

const proxy = v.object({
  kind: v.picklist(['system', 'none', 'address']),
  address: v.pipe(
    shortText,
    v.regex(
      /^((https?:\/\/)?([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?\/?)?$/,
      'must be the address of a proxy, such as proxy.example.com:8080, without user name and password',
    ),
  ),
  bypass: v.pipe(v.string(), v.trim(), v.maxLength(2000)),
  username: shortText,
})

const hostedSsh = v.object({
  host,
  port,
  username: shortText,
  hostKey: v.pipe(v.string(), v.maxLength(4000)),
  bindName: shortText,
  bindPort: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535)),
  request: shortText,
  pattern: shortText,
})
const devTunnels = v.object({ signIn: v.picklist(['application', 'host-token']) })
const command = v.object({
  program: filePath,
  args: v.pipe(v.array(v.pipe(v.string(), v.maxLength(1000))), v.maxLength(50)),
  pattern: shortText,
  secretVariable: v.pipe(
    v.string(),
    v.trim(),
    v.regex(/^([A-Za-z_]\w*)?$/, 'must be the name of an environment variable'),
    v.maxLength(100),
  ),
})

/** The shape of one connection's settings; also used to read the settings file. */
export const connectionSettingsSchema = v.object({
  cloud: v.picklist(['global', 'us-gov-l4', 'us-gov-l5', 'china', 'custom']),
  customLoginHost: shortText,
  customGraphHost: shortText,
  caFile: filePath,
  proxy,
  bootstrapClientId: v.pipe(v.string(), v.trim(), v.uuid('must be a client id (a GUID)')),
  tenantUrl: shortText,
  adoptedAppId: v.union([
    v.literal(''),
    v.pipe(v.string(), v.trim(), v.toLowerCase(), v.uuid('must be a client id (a GUID)')),
  ]),
  applicationName: v.pipe(shortText, v.minLength(1), v.maxLength(120)),
  secretLifetimeMonths: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(24)),
  optionalPermissions: v.array(
    v.picklist(['Chat.Read.All', 'Application.Read.All', 'Presence.Read.All', 'Files.Read.All']),
  ),
  formVersion: v.picklist(['5.8', '5.19']),
  integrationName: v.pipe(shortText, v.minLength(1)),
  webhookPort: port,
  webhookPaused: v.boolean(),
  tunnelProvider: v.picklist(['static', 'ssh', 'hosted-ssh', 'devtunnels', 'command']),
  publicUrl: shortText,
  listenAddress: v.pipe(v.string(), v.trim(), v.ip('must be an address of this computer')),
  localTls: v.object({ certificateFile: filePath, keyFile: filePath }),
  trustedProxies: v.pipe(
    v.array(
      v.pipe(
        v.string(),
        v.trim(),
        v.regex(
          /^[0-9a-fA-F.:]+(\/\d{1,3})?$/,
          'must be addresses such as 10.0.0.5 or 10.0.0.0/24',
        ),
      ),
    ),
    v.maxLength(50),
  ),
  ssh,
  hostedSsh,
  devTunnels,
  command,
  richNotifications: v.boolean(),
  handOnTarget: v.picklist(['none', 'http', 'file']),
  handOnUrl: shortText,
  handOnPaused: v.boolean(),
  sendContent: v.boolean(),
  contentEndpoint: v.boolean(),
  metricsEndpoint: v.boolean(),
  localSideHost: v.pipe(
    v.string(),
    v.trim(),
    v.ip('must be an IP address of this computer, such as 127.0.0.1'),
  ),
  localSidePort: port,
  localSideUrl: v.union([
    v.literal(''),
    v.pipe(
      shortText,
      v.url('must be an address'),
      v.regex(/^https?:\/\/[^?#@]*$/i, 'must begin with https:// or http://, without ? and #'),
    ),
  ]),
  keepDeliveriesDays: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(90)),
  perUserSubscriptions: v.pipe(
    v.array(v.pipe(v.string(), v.trim(), v.email('must be user principal names'))),
    v.maxLength(200),
  ),
  // Microsoft allows 650 people in one subscription.
  presencePeople: v.pipe(
    v.array(v.pipe(v.string(), v.trim(), v.email('must be user principal names'))),
    v.maxLength(650),
  ),
}) satisfies v.GenericSchema<ConnectionSettings>

/** The themes a person may choose; also used to read the settings file. */
export const themeSchema = v.picklist(['system', 'light', 'dark'])

/** The kinds of alerts that may be kept quiet; also used to read the settings file. */
export const alertKindSchema = v.picklist([
  ...(['app', 'tunnel', 'subscription', 'taken-over', 'access'] as const),
  ...(['secret', 'slow-webhook', 'hand-on', 'gap'] as const),
]) satisfies v.GenericSchema<AlertKind>

/** Parsers of every call's input: the allow-list of what a page may ask. They throw valibot's ValiError. */
export const parseInput: { [N in CallName]: (value: unknown) => Input<N> } = {
  'app.getState': parser(nothing),
  'app.saveDiagnostics': parser(nothing),
  'app.startAtLogin': parser(v.object({ on: v.boolean() })),
  'update.check': parser(nothing),
  'update.restart': parser(nothing),
  'app.openLink': parser(
    v.object({
      link: v.picklist([
        'sign-in',
        'device-code',
        'graph-permissions',
        'entra-application',
        'entra-app-registrations',
        'entra-deleted-applications',
        'entra-user-settings',
        'entra-app-management-policies',
        'entra-permission-grants',
        'pim-my-roles',
        'admin-consent',
        'integration-account-help',
      ]),
    }),
  ),
  'connection.choose': parser(v.object({ mode: v.picklist(['microsoft', 'practice']) })),
  'connection.leave': parser(nothing),
  'signIn.start': parser(v.object({ method: v.picklist(['browser', 'device-code']) })),
  'signIn.cancel': parser(nothing),
  'signIn.signOut': parser(nothing),
  'setup.check': parser(nothing),
  'setup.plan': parser(nothing),
  'setup.apply': parser(nothing),
  'setup.verify': parser(nothing),
  'setup.cancel': parser(nothing),
  'setup.applyRemedy': parser(
    v.object({
      remedy: v.picklist(['add-chat-read-all', 'per-user']),
      userPrincipalNames: connectionSettingsSchema.entries.perUserSubscriptions,
    }),
  ),
  'application.choose': parser(v.object({ appId: v.nullable(guid) })),
  'application.restore': parser(v.object({ applicationObjectId: guid })),
  'drift.check': parser(nothing),
  'drift.repair': parser(v.object({ removals: ids })),
  'drift.cancel': parser(nothing),
  // Pasted by hand: what is wrong with them is explained by the check, not by the parser.
  'credentials.verify': parser(
    v.object({ tenantId: shortText, clientId: shortText, clientSecret: shortText }),
  ),
  'rotation.start': parser(nothing),
  'rotation.confirm': parser(nothing),
  'rotation.abandon': parser(nothing),
  'rotation.cancel': parser(nothing),
  'consent.start': parser(nothing),
  'consent.check': parser(nothing),
  'consent.stop': parser(nothing),
  'package.create': parser(nothing),
  'handover.seal': parser(
    v.object({
      passphrase: v.pipe(
        v.string(),
        v.minLength(12, 'must have at least 12 characters'),
        v.maxLength(300),
      ),
      validDays: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(90)),
    }),
  ),
  'handover.open': parser(
    v.object({
      text: v.pipe(v.string(), v.minLength(1), v.maxLength(100_000)),
      passphrase: v.pipe(v.string(), v.minLength(1), v.maxLength(300)),
      replace: v.boolean(),
    }),
  ),
  'handover.export': parser(
    v.object({ format: v.picklist(['env', 'json', 'csv']), withSecret: v.boolean() }),
  ),
  'report.create': parser(v.object({ format: v.picklist(['markdown', 'html']) })),
  'calendar.create': parser(nothing),
  'removal.list': parser(nothing),
  'removal.start': parser(v.object({ ids })),
  'removal.cancel': parser(nothing),
  'audit.list': parser(v.object({ afterId: v.pipe(v.number(), v.integer()) })),
  'audit.export': parser(v.object({ format: v.picklist(['csv', 'json']) })),
  'clientSecret.reveal': parser(nothing),
  'handover.copy': parser(
    v.object({
      field: v.picklist([
        'name',
        'object-id',
        'tenant-id',
        'client-id',
        'client-secret',
        'expires-at',
      ]),
    }),
  ),
  'handover.confirm': parser(nothing),
  'webhook.start': parser(nothing),
  'webhook.pause': parser(nothing),
  'webhook.test': parser(nothing),
  'webhook.sendTest': parser(nothing),
  'webhook.waitForMessage': parser(nothing),
  'webhook.stopWaiting': parser(nothing),
  'tunnel.restart': parser(nothing),
  'tunnel.readHostKey': parser(v.object({ host: v.pipe(host, v.minLength(1)), port })),
  'tunnel.getPublicKey': parser(nothing),
  'tunnel.snippets': parser(nothing),
  'tunnel.profiles': parser(nothing),
  'tunnel.tryOut': parser(
    v.object({ connection: v.optional(v.partial(connectionSettingsSchema)) }),
  ),
  'tunnel.setSecret': parser(
    v.object({
      secret: v.picklist(['command', 'devtunnels']),
      text: v.pipe(v.string(), v.trim(), v.maxLength(8000)),
    }),
  ),
  'tunnel.keptSecrets': parser(nothing),
  'subscription.ensure': parser(nothing),
  'subscription.takeOver': parser(v.object({ subscriptionId: v.pipe(shortText, v.minLength(1)) })),
  'subscription.observe': parser(v.object({ key: subscriptionKey, takeWhenFree: v.boolean() })),
  'subscription.handBack': parser(v.object({ key: subscriptionKey })),
  'subscription.takePlace': parser(v.object({ key: subscriptionKey })),
  'handOn.test': parser(nothing),
  'handOn.revealKey': parser(nothing),
  'handOn.newKey': parser(nothing),
  'handOn.list': parser(v.object({ state: v.picklist(['waiting', 'dead']) })),
  // None means all that were given up.
  'handOn.redeliver': parser(
    v.object({ deliveryIds: v.pipe(v.array(v.pipe(v.number(), v.integer())), v.maxLength(1000)) }),
  ),
  'delivery.content': parser(v.object({ id: v.pipe(v.number(), v.integer()) })),
  'delivery.image': parser(
    v.object({
      id: v.pipe(v.number(), v.integer()),
      imageId: v.pipe(v.string(), v.minLength(1), v.maxLength(2_000)),
    }),
  ),
  'gaps.check': parser(nothing),
  'delivery.get': parser(v.object({ id: v.pipe(v.number(), v.integer()) })),
  'delivery.search': parser(
    v.object({
      ...deliveryFilterEntries,
      beforeId: v.optional(v.pipe(v.number(), v.integer())),
      limit: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(500)),
    }),
  ),
  'delivery.export': parser(
    v.object({ ...deliveryFilterEntries, format: v.picklist(['jsonl', 'har']) }),
  ),
  'log.list': parser(v.object({ afterSequence: v.pipe(v.number(), v.integer()) })),
  'network.check': parser(nothing),
  'network.cancel': parser(nothing),
  // Empty forgets it.
  'network.setProxyPassword': parser(v.object({ password: v.pipe(v.string(), v.maxLength(300)) })),
  'network.firewallRequest': parser(
    v.object({ provider: connectionSettingsSchema.entries.tunnelProvider }),
  ),
  'settings.update': parser(
    v.object({
      theme: v.optional(themeSchema),
      quietAlerts: v.optional(v.array(alertKindSchema)),
      keepAwake: v.optional(v.boolean()),
      connection: v.optional(v.partial(connectionSettingsSchema)),
    }),
  ),
  'practice.signIn': parser(v.object({ personId: shortText })),
  'practice.setTraffic': parser(
    v.object({ on: v.boolean(), perMinute: v.pipe(v.number(), v.minValue(1), v.maxValue(600)) }),
  ),
  'practice.say': parser(
    v.object({
      chatId: shortText,
      personId: shortText,
      text: v.pipe(v.string(), v.minLength(1), v.maxLength(4000)),
    }),
  ),
  'practice.setFault': parser(v.object({ name: shortText, on: v.boolean() })),
  'practice.act': parser(v.object({ name: shortText })),
  'practice.setReplication': parser(
    v.object({ seconds: v.pipe(v.number(), v.minValue(0), v.maxValue(300)) }),
  ),
}

function parser<S extends v.GenericSchema>(schema: S): (value: unknown) => v.InferOutput<S> {
  return (value) => v.parse(schema, value)
}
