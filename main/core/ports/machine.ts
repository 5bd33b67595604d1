// What a host tells of the computer and does on it around the app: sleep, log-in, pop-ups, new versions.
import type { Alert } from '../../contract/models/health.ts'
import type { ProxySettings } from '../../contract/models/settings.ts'
import type { Network } from './network.ts'

/** What the computer does around the app, as its host hears of it. */
export type MachineSignal =
  'suspend' | 'resume' | 'lock' | 'unlock' | 'network-changed' | 'clock-changed'

/** How new versions are to be asked for: as everything else leaves this computer at that moment. */
export interface UpdateRoute {
  proxy: ProxySettings
  /** null while no connection is open, whose vault holds the password. */
  signInTo: Network['signInTo'] | null
}

/** New versions of this very installation. */
export interface Updater {
  /** Why it does not update itself, as a sentence; null where it does. */
  off: string | null
  /**
   * Looks for a newer version and brings it to this computer, proven to be its publisher's. Resolves with the version,
   * or with null where there is none (for this computer yet). Throws AppError update-failed, update-refused, proxy-….
   */
  fetch(
    route: UpdateRoute,
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
