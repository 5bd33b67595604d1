// What a change of settings asks for, by the names of what changed.
import type { ConnectionSettings, ProxySettings } from '../contract/models/settings.ts'
import type { PlanSetting } from '../contract/models/setup.ts'
import { AppError } from './app-error.ts'
import { cloudOf } from './clouds.ts'
import { parseHandOnUrl } from './hand-on/hand-on-url.ts'
import { refuseSecretsInArguments } from './tunnel/profiles.ts'

const EFFECTS = {
  /** The connection is opened anew, since its sign-in depends on them. */
  reopens: ['cloud', 'customLoginHost', 'customGraphHost', 'caFile', 'bootstrapClientId'],
  /** A running webhook is restarted. */
  restarts: [
    ...(['webhookPort', 'listenAddress', 'localTls', 'trustedProxies', 'publicUrl'] as const),
    ...(['tunnelProvider', 'ssh', 'hostedSsh', 'devTunnels', 'command'] as const),
  ],
  /** Taken into use by what connects next, and a running webhook is restarted for its tunnel. */
  routes: ['proxy'],
  /** Other subscriptions are wanted. */
  subscribes: ['perUserSubscriptions', 'richNotifications'],
  /** Presence of other people is wanted. */
  asksForPresence: ['presencePeople'],
  /** The plan is out of date. */
  replans: [
    ...(['tenantUrl', 'applicationName', 'secretLifetimeMonths'] as const),
    ...(['optionalPermissions', 'adoptedAppId'] as const),
  ],
  /** A program is started with other arguments, where no secret belongs. */
  runsProgram: ['command'],
  /** Events go to another address. */
  handsOnTo: ['handOnUrl'],
} as const satisfies Record<string, readonly (keyof ConnectionSettings)[]>

export type SettingsEffect = keyof typeof EFFECTS

/** All that the change from one to the other asks for. */
export function effectsOf(
  before: ConnectionSettings,
  after: ConnectionSettings,
): ReadonlySet<SettingsEffect> {
  const effects = Object.keys(EFFECTS) as SettingsEffect[]
  return new Set(
    effects.filter((effect) => EFFECTS[effect].some((name) => isChanged(name, before, after))),
  )
}

/** What changed of that on which the plan depends. */
export function planChanges(before: ConnectionSettings, after: ConnectionSettings): PlanSetting[] {
  return EFFECTS.replans.filter((name) => isChanged(name, before, after))
}

function isChanged(
  name: keyof ConnectionSettings,
  before: ConnectionSettings,
  after: ConnectionSettings,
): boolean {
  return JSON.stringify(before[name]) !== JSON.stringify(after[name])
}

/** Refuses, before they are written, settings that cannot be used. Throws AppError as whoever would use them. */
export function refuseUnusable(
  wanted: ConnectionSettings,
  effects: ReadonlySet<SettingsEffect>,
  { before, reopens }: { before: ConnectionSettings; reopens: boolean },
): void {
  if (effects.has('runsProgram')) refuseSecretsInArguments(wanted.command)
  if (effects.has('handsOnTo') && wanted.handOnUrl) parseHandOnUrl(wanted.handOnUrl)
  if (wanted.proxy.address !== before.proxy.address) refuseProxyPort(wanted.proxy)
  if (reopens) cloudOf(wanted)
}

/** Not a rule of the settings' shape: a file that holds such an address must stay readable. */
function refuseProxyPort({ address }: ProxySettings): void {
  const port = /:(\d+)\/?$/.exec(address)?.[1]
  if (port === undefined || (Number(port) >= 1 && Number(port) <= 65_535)) return
  throw new AppError('input-invalid', {
    message: `The address of the proxy ends with port ${port}, and ports go from 1 to 65535.`,
    nextStep: 'Correct the port, such as in proxy.example.com:8080.',
  })
}
