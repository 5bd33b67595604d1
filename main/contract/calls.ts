// Every request a page may make: name → input and output.
import type { LinkName, Mode } from './models/connection.ts'
import type { HandOnEntry } from './models/contact-center.ts'
import type {
  DeliveryDetail,
  DeliveryExportFormat,
  DeliveryFilter,
  DeliveryPage,
} from './models/delivery.ts'
import type {
  CredentialsCheck,
  HandoverField,
  OpenedHandover,
  TextFile,
} from './models/handover.ts'
import type { LogEntry } from './models/log.ts'
import type { MessageContent } from './models/message.ts'
import type { AuditEntry } from './models/removal.ts'
import type { SettingsChange } from './models/settings.ts'
import type { AppState } from './models/state.ts'
import type { Remedy, SubscriptionKey } from './models/subscription.ts'
import type {
  ConfigSnippet,
  KeptTunnelSecret,
  ProbeResult,
  SshHostKey,
  TriedOut,
  TunnelProfile,
  TunnelProviderId,
  TunnelSecret,
} from './models/tunnel.ts'
import type { TestNotificationResult } from './models/webhook.ts'

export interface Calls {
  'app.getState': { input: void; output: AppState }
  'app.saveDiagnostics': { input: void; output: { path: string } }
  'app.startAtLogin': { input: { on: boolean }; output: void }
  /** Looks for a newer version of the app; the outcome shows in the state. */
  'update.check': { input: void; output: void }
  /** Ends the app in order and starts the version that is ready. */
  'update.restart': { input: void; output: void }
  'app.openLink': { input: { link: LinkName }; output: void }
  /** Opens a mode, with changed settings of its own where they are given: both, or neither where one is refused. */
  'connection.choose': {
    input: { mode: Mode } & Pick<SettingsChange, 'connection'>
    output: void
  }
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
  'gaps.readElsewhere': { input: { id: number }; output: void }
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
