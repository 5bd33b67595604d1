// What only some hosts offer: start at login, updates, a clipboard, a diagnostics file. Others say what to do instead.
import type { AppState } from '../contract/models/state.ts'
import { AppError } from './app-error.ts'
import type { Log } from './log.ts'
import type { UpdateRoute } from './ports/machine.ts'
import type { Platform } from './ports/platform.ts'
import { Updates } from './updates.ts'

/** A copied secret leaves the clipboard after this time. */
const CLIPBOARD_MS = 30_000

export interface HostOffersDeps {
  platform: Pick<
    Platform,
    'loginItem' | 'updater' | 'copyText' | 'saveDiagnostics' | 'clock' | 'random'
  >
  log: Log
  /** How new versions are to be asked for now. */
  updateRoute: () => UpdateRoute
  onChange: () => void
}

export class HostOffers {
  #deps: HostOffersDeps
  #startsAtLogin: boolean | null = null
  #updates: Updates | null

  constructor(deps: HostOffersDeps) {
    const { platform, log, updateRoute: route, onChange } = deps
    const { updater, clock, random } = platform
    this.#deps = deps
    this.#updates = updater && new Updates(updater, { clock, random, log, route, onChange })
  }

  state(): Pick<AppState, 'startsAtLogin' | 'update'> {
    return { startsAtLogin: this.#startsAtLogin, update: this.#updates?.state ?? null }
  }

  /** Looks for new versions from now on. */
  start(): void {
    this.#updates?.start()
  }

  stop(): void {
    this.#updates?.stop()
  }

  /** New versions of this app. Throws AppError not-found in hosts that are updated otherwise. */
  get updates(): Updates {
    if (this.#updates) return this.#updates
    throw new AppError('not-found', {
      message: 'Only the tray app updates itself.',
      nextStep: 'Update this service the way it was installed.',
    })
  }

  /** Starts the app with the person's session from now on, or no longer. Throws AppError not-found in other hosts. */
  async startAtLogin(on: boolean): Promise<void> {
    const { loginItem } = this.#deps.platform
    if (!loginItem) {
      throw new AppError('not-found', {
        message: 'Only the tray app starts with your session.',
        nextStep: 'Let the system start this service, for example with systemd.',
      })
    }
    await loginItem.set(on)
    await this.readLoginItem()
  }

  /** The system decides, and a person may switch it off there. Never rejects. */
  async readLoginItem(): Promise<void> {
    const { platform, log, onChange } = this.#deps
    try {
      this.#startsAtLogin = (await platform.loginItem?.isOn()) ?? null
    } catch (error) {
      log.warning('app', 'Whether EMI Tray starts at login cannot be read.', {
        reason: error instanceof Error ? error.message : '',
      })
    }
    onChange()
  }

  /** Puts a text on the clipboard, and takes a secret off it again. Throws AppError not-found without a clipboard. */
  async copy(
    readText: () => Promise<string>,
    { isSecret }: { isSecret: boolean },
  ): Promise<{ clearsInSeconds: number | null }> {
    const { copyText } = this.#deps.platform
    if (!copyText) {
      throw new AppError('not-found', {
        message: 'This host has no clipboard of its own.',
        nextStep: 'Use the copy button of the page in your browser.',
      })
    }
    const clearAfterMs = isSecret ? CLIPBOARD_MS : null
    await copyText(await readText(), clearAfterMs)
    return { clearsInSeconds: clearAfterMs && clearAfterMs / 1_000 }
  }

  /** Writes the bundle for whoever is asked for help, and returns its path. Throws AppError not-found in other hosts. */
  async saveDiagnostics(): Promise<string> {
    const path = await this.#deps.platform.saveDiagnostics?.()
    if (path === undefined) {
      throw new AppError('not-found', {
        message: 'This host makes no diagnostics file.',
        nextStep: 'Use the command emi-tray diagnostics.',
      })
    }
    this.#deps.log.info('app', 'A diagnostics file was saved.', { path })
    return path
  }
}
