// Every setting, and a change of them.
import type { CloudId, Mode } from './connection.ts'
import type { HandOnTarget } from './contact-center.ts'
import type { FormVersion } from './handover.ts'
import type { AlertKind } from './health.ts'
import type { TunnelProviderId } from './tunnel.ts'

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

/** Certificate and key of the local server, for a reverse proxy that encrypts anew; PEM files, empty for plain http. */
export interface LocalTlsSettings {
  certificateFile: string
  keyFile: string
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
  /** What others put before the addresses of the local side, such as that of a proxy; empty for our own. */
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

/** A change of settings: only what is given changes. */
export interface SettingsChange {
  theme?: Theme | undefined
  quietAlerts?: AlertKind[] | undefined
  keepAwake?: boolean | undefined
  connection?: { [K in keyof ConnectionSettings]?: ConnectionSettings[K] | undefined } | undefined
}
