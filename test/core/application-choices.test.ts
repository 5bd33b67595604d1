// What a person decides about the application, and what follows from it.
import { expect, it } from 'vitest'
import type { SettingsChange } from '../../main/contract/models/settings.ts'
import { ApplicationChoices, type ChoosingConnection } from '../../main/core/application-choices.ts'
import { changeSettings, defaultSettings } from '../../main/core/settings.ts'

const brought = { tenantUrl: 'acme.brightpattern.com' }
const opened = {
  tenantDisplayName: 'Acme',
  applicationName: 'EMI Tray',
  appId: 'app-of-the-file',
  createdAt: '2026-03-01T09:00:00.000Z',
  expiresAt: '2026-03-08T09:00:00.000Z',
}

/** A connection whose work is written down in the order in which it is asked for. */
function choose(before: SettingsChange['connection'] = {}, isSignedIn = false) {
  let settings = changeSettings({ ...defaultSettings, mode: 'microsoft' }, { connection: before })
  const done: string[] = []
  const save = (connection: NonNullable<SettingsChange['connection']>) => {
    settings = changeSettings(settings, { connection })
    done.push('saved')
    return Promise.resolve()
  }
  const account = {
    username: 'nora.lindqvist@acme.example',
    displayName: 'Nora Lindqvist',
    tenantId: 'tenant',
    tenantDisplayName: 'Acme',
    tenantDomain: 'acme.example',
    roles: [],
  }
  const connection: ChoosingConnection = {
    get settings() {
      return settings.connections.microsoft
    },
    tenant: {
      signIn: { state: isSignedIn ? { phase: 'signed-in', account } : { phase: 'signed-out' } },
      setup: { plan: () => void done.push('planned'), verify: () => void done.push('verified') },
      documents: {
        openHandover: () =>
          Promise.resolve({ ...opened, settings: { ...connection.settings, ...brought } }),
      },
    },
  }
  const choices = new ApplicationChoices({
    connected: () => connection,
    updateSettings: (change) => save(change.connection ?? {}),
    saveConnectionSettings: save,
  })
  return { choices, connection, done }
}

const handover = { text: 'sealed', passphrase: 'words', replace: false }

it('takes over the settings of a sealed hand-over before its permissions are proven', async () => {
  const { choices, connection, done } = choose({ adoptedAppId: 'another-app' })
  expect(await choices.openHandover(handover)).toEqual(opened)
  expect(done).toEqual(['saved', 'verified'])
  expect(connection.settings).toMatchObject({
    ...brought,
    adoptedAppId: '',
  })
})

it('goes on with the application that was chosen where the hand-over is of that one', async () => {
  const { choices, connection } = choose({ adoptedAppId: opened.appId })
  await choices.openHandover(handover)
  expect(connection.settings.adoptedAppId).toBe(opened.appId)
})

it('plans anew for another application only while an administrator is signed in', async () => {
  const signedIn = choose({}, true)
  await signedIn.choices.choose('by-hand')
  expect(signedIn.done).toEqual(['saved', 'planned'])
  const signedOut = choose()
  await signedOut.choices.choose('by-hand')
  expect(signedOut.done).toEqual(['saved'])
})

it('changes nothing for a way out that is not complete', async () => {
  const { choices, done } = choose()
  await expect(
    choices.applyRemedy({ remedy: 'per-user', userPrincipalNames: [] }),
  ).rejects.toMatchObject({ code: 'input-invalid' })
  await expect(
    choices.applyRemedy({ remedy: 'add-chat-read-all', userPrincipalNames: [] }),
  ).rejects.toMatchObject({ code: 'sign-in-required' })
  expect(done).toEqual([])
})
