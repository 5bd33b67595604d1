// The settings in use: read once from the platform, and written with each change.
import type { Settings } from '../contract/models/settings.ts'
import type { Platform } from './ports/platform.ts'
import { defaultSettings, readSettings } from './settings.ts'

export class SettingsKeeper {
  #platform: Pick<Platform, 'readSettings' | 'writeSettings'>
  #current: Settings = defaultSettings
  #isRead = false

  constructor(platform: Pick<Platform, 'readSettings' | 'writeSettings'>) {
    this.#platform = platform
  }

  /** Defaults until they were read. */
  get current(): Settings {
    return this.#current
  }

  /** Reads them unless that succeeded before: a file that could not be read may have been corrected since. */
  async ensureRead(): Promise<void> {
    if (this.#isRead) return
    this.#current = readSettings(await this.#platform.readSettings())
    this.#isRead = true
  }

  /** Writes changed settings; never over a file that could not be read. */
  async save(change: (settings: Settings) => Settings): Promise<void> {
    await this.ensureRead()
    const settings = change(this.#current)
    await this.#platform.writeSettings(settings)
    this.#current = settings
  }

  /** Goes by these from now on; they are not written yet. */
  use(settings: Settings): void {
    this.#current = settings
  }
}
