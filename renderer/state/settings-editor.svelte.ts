// Changing settings at once, with one step back.
import type { AlertKind } from '../../main/contract/models/health.ts'
import type {
  ConnectionSettings,
  Settings,
  SettingsChange,
  Theme,
} from '../../main/contract/models/settings.ts'
import type { AppState } from '../../main/contract/models/state.ts'
import type { ErrorReport } from '../../main/contract/errors.ts'
import { toErrorReport } from '../client.ts'

/** How long the way back is offered, in milliseconds. */
const undoMs = 10_000

/** What the editor is given. */
export interface EditorPort {
  client: { call: (name: 'settings.update', change: SettingsChange) => Promise<unknown> }
  after: (milliseconds: number, work: () => void) => () => void
}

/** A change that can be taken back. */
export interface LastChange {
  /** The setting's name as shown. */
  label: string
  back: SettingsChange
}

/** Which setting a change or an error belongs to. */
export type SettingKey = 'theme' | 'quietAlerts' | 'keepAwake' | keyof ConnectionSettings

/** Saves each change as it is made. */
export class SettingsEditor {
  last = $state.raw<LastChange | null>(null)
  /** The latest error, beside the setting that it concerns. */
  error = $state.raw<{ key: SettingKey; report: ErrorReport } | null>(null)

  readonly #port: EditorPort
  #undoTimer: (() => void) | null = null
  #saving: Promise<unknown> = Promise.resolve()

  constructor(port: EditorPort) {
    this.#port = port
  }

  /** Saves the theme. */
  async setTheme(settings: Settings, theme: Theme, label: string): Promise<boolean> {
    return this.#save('theme', { theme }, { label, back: { theme: settings.theme } })
  }

  /** Saves which alerts do not pop up. */
  async setQuietAlerts(settings: Settings, quiet: AlertKind[], label: string): Promise<boolean> {
    const back = { quietAlerts: settings.quietAlerts }
    return this.#save('quietAlerts', { quietAlerts: quiet }, { label, back })
  }

  /** Saves whether the computer is kept awake. */
  async setKeepAwake(settings: Settings, on: boolean, label: string): Promise<boolean> {
    const back = { keepAwake: settings.keepAwake }
    return this.#save('keepAwake', { keepAwake: on }, { label, back })
  }

  /** Saves one setting of the connection in use. */
  async set<K extends keyof ConnectionSettings>(
    app: AppState,
    key: K,
    value: ConnectionSettings[K],
    label: string,
  ): Promise<boolean> {
    const before = connectionOf(app)[key]
    if (JSON.stringify(before) === JSON.stringify(value)) {
      if (this.error?.key === key) this.error = null
      return true
    }
    return this.#save(
      key,
      { connection: { [key]: value } },
      { label, back: { connection: { [key]: before } } },
    )
  }

  /** Saves settings that are accepted only together. Their error stands beside the one that `key` names. */
  async setTogether(
    app: AppState,
    values: Partial<ConnectionSettings>,
    { key, label }: { key: keyof ConnectionSettings; label: string },
  ): Promise<boolean> {
    const before = connectionOf(app)
    const names = Object.keys(values) as (keyof ConnectionSettings)[]
    const back = Object.fromEntries(names.map((name) => [name, before[name]]))
    return this.#save(key, { connection: values }, { label, back: { connection: back } })
  }

  /** Waits until what is being saved is saved; false when this setting was refused. */
  async settled(key: SettingKey): Promise<boolean> {
    await this.#saving
    return this.error?.key !== key
  }

  /** Takes the last change back. */
  async undo(): Promise<void> {
    const last = this.last
    if (!last) return
    this.dismiss()
    try {
      await this.#port.client.call('settings.update', last.back)
      // What was typed since is gone from its field, and its error with it.
      this.error = null
    } catch (error) {
      this.error = { key: 'theme', report: toErrorReport(error) }
    }
  }

  /** Stops offering the way back. */
  dismiss(): void {
    this.#undoTimer?.()
    this.#undoTimer = null
    this.last = null
  }

  async #save(key: SettingKey, change: SettingsChange, last: LastChange): Promise<boolean> {
    const saving = this.#port.client.call('settings.update', change)
    this.#saving = saving.catch(() => undefined)
    try {
      await saving
    } catch (error) {
      this.error = { key, report: toErrorReport(error) }
      return false
    }
    this.error = null
    this.dismiss()
    this.last = last
    this.#undoTimer = this.#port.after(undoMs, () => this.dismiss())
    return true
  }
}

/** The settings of the connection in use. */
export function connectionOf(app: AppState): ConnectionSettings {
  return app.settings.connections[app.mode ?? 'microsoft']
}
