// A change of settings that was looked over: what comes of it and what it asks for, before anything is written or closed.
import type { ConnectionSettings, Settings, SettingsChange } from '../contract/models/settings.ts'
import type { Platform } from './ports/platform.ts'
import { changeSettings, parseTenantUrl } from './settings.ts'
import { effectsOf, refuseUnusable, type SettingsEffect } from './settings-effects.ts'

export interface AcceptedChange {
  after: Settings
  effects: ReadonlySet<SettingsEffect>
  /** The connection has to be opened anew. */
  reopens: boolean
}

/**
 * Changes the settings of the mode that is chosen in `before`, in memory. Throws AppError input-invalid,
 * tenant-url-invalid, and as whoever would use the settings.
 */
export async function acceptChange(
  before: Settings,
  change: SettingsChange,
  { checkCaFile }: Pick<Platform, 'checkCaFile'>,
): Promise<AcceptedChange> {
  const after = changeSettings(before, { ...change, connection: withTenantHost(change.connection) })
  const { mode } = after
  if (!mode || !change.connection) return { after, effects: new Set(), reopens: false }
  const [was, wanted] = [before.connections[mode], after.connections[mode]]
  const effects = effectsOf(was, wanted)
  const reopens = mode === 'microsoft' && effects.has('reopens')
  refuseUnusable(wanted, effects, { before: was, reopens })
  // Only a new one: a file that vanished must not stand in the way of other changes.
  if (wanted.caFile && wanted.caFile !== was.caFile) await checkCaFile(wanted.caFile)
  return { after, effects, reopens }
}

function withTenantHost(change: SettingsChange['connection']): typeof change {
  const tenantUrl: ConnectionSettings['tenantUrl'] | undefined = change?.tenantUrl
  return tenantUrl ? { ...change, tenantUrl: parseTenantUrl(tenantUrl) } : change
}
