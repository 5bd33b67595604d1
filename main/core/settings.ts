// Settings: shape, defaults, reading what an older version wrote.
import * as v from 'valibot'
import type { Mode } from '../contract/models/connection.ts'
import type { ConnectionSettings, Settings, SettingsChange } from '../contract/models/settings.ts'
import {
  alertKindSchema,
  connectionSettingsSchema,
  themeSchema,
} from '../contract/settings-schema.ts'
import { AppError } from './app-error.ts'

/** Microsoft Graph Command Line Tools, the default public client of Connect-MgGraph. */
export const GRAPH_COMMAND_LINE_TOOLS = '14d82eec-204b-4c2f-b7e8-296a70dab67e'

const defaultConnection: ConnectionSettings = {
  cloud: 'global',
  customLoginHost: '',
  customGraphHost: '',
  caFile: '',
  proxy: { kind: 'system', address: '', bypass: '', username: '' },
  bootstrapClientId: GRAPH_COMMAND_LINE_TOOLS,
  tenantUrl: '',
  adoptedAppId: '',
  applicationName: 'Enterprise Messenger Integration Server',
  secretLifetimeMonths: 24,
  optionalPermissions: [],
  formVersion: '5.19',
  integrationName: 'Microsoft Teams',
  webhookPort: 8730,
  webhookPaused: false,
  tunnelProvider: 'static',
  publicUrl: '',
  listenAddress: '127.0.0.1',
  localTls: { certificateFile: '', keyFile: '' },
  trustedProxies: ['127.0.0.1', '::1'],
  ssh: { host: '', port: 22, username: '', hostKey: '', remoteBind: '' },
  hostedSsh: {
    host: '',
    port: 22,
    username: 'emi-tray',
    hostKey: '',
    bindName: '',
    bindPort: 80,
    request: '',
    pattern: '',
  },
  devTunnels: { signIn: 'application' },
  command: { program: '', args: [], pattern: '', secretVariable: '' },
  richNotifications: false,
  handOnTarget: 'none',
  handOnUrl: '',
  handOnPaused: false,
  sendContent: false,
  contentEndpoint: false,
  metricsEndpoint: false,
  localSideHost: '127.0.0.1',
  localSidePort: 8740,
  localSideUrl: '',
  keepDeliveriesDays: 7,
  perUserSubscriptions: [],
  presencePeople: [],
}

/** What a fresh installation starts with. The practice tenant reaches its webhook over loopback. */
export const defaultSettings: Settings = {
  version: 1,
  theme: 'system',
  quietAlerts: [],
  keepAwake: false,
  mode: null,
  connections: {
    microsoft: defaultConnection,
    practice: {
      ...defaultConnection,
      cloud: 'custom',
      tenantUrl: 'practice.brightpattern.example',
      webhookPort: 8731,
      localSidePort: 8741,
    },
  },
}

/**
 * Settings from the parsed file; what is missing gets its default.
 * Throws AppError settings-unreadable naming the field that is wrong.
 */
export function readSettings(value: unknown): Settings {
  if (value === undefined) return defaultSettings
  const file = v.safeParse(fileSchema, value)
  if (!file.success) {
    const issue = file.issues[0]
    throw new AppError('settings-unreadable', {
      message: `The settings file cannot be read: ${v.getDotPath(issue) ?? 'the file'} ${issue.message}.`,
      nextStep:
        'Correct that field in settings.json, or move the file away to start with the defaults.',
    })
  }
  const { theme, quietAlerts, keepAwake, mode, connections } = file.output
  const connection = (name: Mode): ConnectionSettings => ({
    ...defaultSettings.connections[name],
    ...withoutUndefined(connections?.[name] ?? {}),
  })
  return {
    version: 1,
    theme: theme ?? defaultSettings.theme,
    quietAlerts: quietAlerts ?? defaultSettings.quietAlerts,
    keepAwake: keepAwake ?? defaultSettings.keepAwake,
    mode: mode ?? null,
    connections: { microsoft: connection('microsoft'), practice: connection('practice') },
  }
}

/** The settings with a page's change applied. Throws AppError input-invalid when there is no connection to change. */
export function changeSettings(settings: Settings, change: SettingsChange): Settings {
  const whole = {
    ...settings,
    theme: change.theme ?? settings.theme,
    quietAlerts: change.quietAlerts ?? settings.quietAlerts,
    keepAwake: change.keepAwake ?? settings.keepAwake,
  }
  if (!change.connection) return whole
  if (!settings.mode) {
    throw new AppError('input-invalid', {
      message: 'These settings belong to a connection, and none is chosen yet.',
      nextStep: 'Choose “Connect to Microsoft” or “Try with the practice tenant” first.',
    })
  }
  const connection = {
    ...settings.connections[settings.mode],
    ...withoutUndefined(change.connection),
  }
  return { ...whole, connections: { ...settings.connections, [settings.mode]: connection } }
}

/** The host name out of what a person typed as contact center address. Throws AppError tenant-url-invalid. */
export function parseTenantUrl(text: string): string {
  const trimmed = text.trim()
  const withScheme = /^[a-z]+:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`
  const url = URL.canParse(withScheme) ? new URL(withScheme) : null
  // A number alone is an address to URL, such as 0.0.0.5 for 5, and never what a person meant.
  const isHost = url !== null && /^[a-z0-9.-]+\.[a-z0-9-]+$/i.test(url.hostname)
  const becameAddress = isHost && isIpv4(url.hostname) && !trimmed.includes(url.hostname)
  if (url?.protocol !== 'https:' || !isHost || becameAddress) {
    throw new AppError('tenant-url-invalid', {
      message: trimmed
        ? `“${trimmed}” is not the address of a contact center.`
        : 'The address of your contact center is missing.',
      nextStep:
        'Enter the host name your agents use, such as acme.brightpattern.com, without a path.',
    })
  }
  return url.host
}

function isIpv4(hostname: string): boolean {
  return /^\d+(\.\d+){3}$/.test(hostname)
}

/** The OAuth callback page of the agents' sign-in. Not the notification webhook. */
export function redirectUriOf(tenantUrl: string): string {
  return `https://${parseTenantUrl(tenantUrl)}/agentdesktop/msteamscallback.html`
}

const fileSchema = v.object({
  version: v.literal(1),
  theme: v.optional(themeSchema),
  quietAlerts: v.optional(v.array(alertKindSchema)),
  keepAwake: v.optional(v.boolean()),
  mode: v.optional(v.nullable(v.picklist(['microsoft', 'practice']))),
  connections: v.optional(
    v.object({
      microsoft: v.optional(v.partial(connectionSettingsSchema)),
      practice: v.optional(v.partial(connectionSettingsSchema)),
    }),
  ),
})

function withoutUndefined<T extends object>(
  value: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}
