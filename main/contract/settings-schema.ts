// The shape of the settings, for what a page asks and for the settings file.
import * as v from 'valibot'
import { filePath, host, port, shortText } from './input-fields.ts'
import type { AlertKind } from './models/health.ts'
import type { ConnectionSettings } from './models/settings.ts'

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
  applicationName: v.pipe(
    shortText,
    v.minLength(1, 'must not be empty'),
    v.maxLength(120, 'must have at most 120 characters'),
  ),
  secretLifetimeMonths: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(24)),
  optionalPermissions: v.array(
    v.picklist(['Chat.Read.All', 'Application.Read.All', 'Presence.Read.All', 'Files.Read.All']),
  ),
  formVersion: v.picklist(['5.8', '5.19']),
  integrationName: v.pipe(shortText, v.minLength(1, 'must not be empty')),
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
          'must be an address such as 10.0.0.5 or 10.0.0.0/24',
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
    v.array(
      v.pipe(
        v.string(),
        v.trim(),
        v.email('must be a user principal name, such as adele.vance@contoso.com'),
      ),
    ),
    v.maxLength(200),
  ),
  // Microsoft allows 650 people in one subscription.
  presencePeople: v.pipe(
    v.array(
      v.pipe(
        v.string(),
        v.trim(),
        v.email('must be a user principal name, such as adele.vance@contoso.com'),
      ),
    ),
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
