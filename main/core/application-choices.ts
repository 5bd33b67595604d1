// What a person decides about the application: its way to the messages of all chats, which one it is, and where it comes from.
import type { Input } from '../contract/calls.ts'
import type { OpenedHandover } from '../contract/models/handover.ts'
import type { ConnectionSettings, SettingsChange } from '../contract/models/settings.ts'
import { AppError } from './app-error.ts'
import type { Documents } from './documents.ts'
import type { SignIn } from './entra/sign-in.ts'
import type { Setup } from './setup.ts'

/** What the choices use of a connection. */
export interface ChoosingConnection {
  settings: ConnectionSettings
  tenant: {
    signIn: Pick<SignIn, 'state'>
    setup: Pick<Setup, 'plan' | 'verify'>
    documents: Pick<Documents, 'openHandover'>
  }
}

export interface ApplicationChoicesDeps {
  /** The open connection. Throws as EmiApp.connected. */
  connected: () => ChoosingConnection
  /** Takes changed settings into use, as from the Settings page. */
  updateSettings: (change: SettingsChange) => Promise<void>
  /** Only writes them. */
  saveConnectionSettings: (change: Partial<ConnectionSettings>) => Promise<void>
}

export class ApplicationChoices {
  #deps: ApplicationChoicesDeps

  constructor(deps: ApplicationChoicesDeps) {
    this.#deps = deps
  }

  /** Takes the way out that the person chose for messages of all chats. */
  async applyRemedy(input: Input<'setup.applyRemedy'>): Promise<void> {
    const connected = this.#deps.connected()
    if (input.remedy === 'per-user') {
      if (input.userPrincipalNames.length === 0) {
        throw new AppError('input-invalid', {
          message: 'No people were named.',
          nextStep: 'Enter the sign-in names of the people whose chats matter, one per line.',
        })
      }
      return this.#deps.updateSettings({
        connection: { perUserSubscriptions: input.userPrincipalNames },
      })
    }
    const { signIn, setup } = connected.tenant
    if (signIn.state.phase !== 'signed-in') {
      throw new AppError('sign-in-required', {
        message: 'Adding a permission takes an administrator, and nobody is signed in.',
        nextStep: 'Sign in, then choose this again.',
      })
    }
    const { optionalPermissions } = connected.settings
    await this.#deps.updateSettings({
      connection: {
        optionalPermissions: [...new Set([...optionalPermissions, 'Chat.Read.All'] as const)],
      },
    })
    setup.plan()
  }

  /** Uses an application that somebody made by hand, or EMI Tray's own for null; then plans anew. */
  async choose(appId: string | null): Promise<void> {
    const { signIn, setup } = this.#deps.connected().tenant
    await this.#deps.updateSettings({ connection: { adoptedAppId: appId ?? '' } })
    if (signIn.state.phase === 'signed-in') setup.plan()
  }

  /** Opens a sealed hand-over and takes over the settings that it brings, such as the contact center's address. */
  async openHandover(input: Input<'handover.open'>): Promise<OpenedHandover> {
    const { connected, saveConnectionSettings } = this.#deps
    const { settings, ...opened } = await connected().tenant.documents.openHandover(input)
    // Another application that was chosen earlier is not the one to go on with.
    const isChosen = connected().settings.adoptedAppId === opened.appId
    await saveConnectionSettings({ ...settings, ...(isChosen ? {} : { adoptedAppId: '' }) })
    // Only now: the permissions that are proven are those of the settings that came with it.
    connected().tenant.setup.verify()
    return opened
  }
}
