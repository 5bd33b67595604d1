// What is set up in a data folder that may only be read, where no app runs on it.
import { cloudOf } from '../core/clouds.ts'
import { AppError } from '../core/app-error.ts'
import { handoverOf } from '../core/handover.ts'
import { noWebhook } from '../core/nothing-yet.ts'
import { defaultSettings } from '../core/settings.ts'
import { setupSteps } from '../core/setup-steps.ts'
import { readStoredSetup } from '../core/stored-setup.ts'
import type { AppStatus } from '../node/status-file.ts'
import type { CommandContext } from './command-context.ts'

/** The part of an app's status that does not need the app. */
export type SetUpStatus = Pick<
  AppStatus,
  'version' | 'mode' | 'cloud' | 'account' | 'steps' | 'verified' | 'handover' | 'settings'
>

/** Reads it, and writes nothing. Throws AppError data-folder-in-use beside an app, and as openStored. */
export async function storedStatus({ world, common }: CommandContext): Promise<SetUpStatus> {
  if (world.isHeld(common)) throw saysNothingHere()
  const stored = await world.openStored(common)
  try {
    const { mode, settings } = stored
    const found = await readStoredSetup(stored.database)
    const nothing = { checks: [], plan: null, errors: new Map(), running: null, progress: null }
    return {
      version: world.version,
      mode,
      // The practice tenant has its addresses while it runs only.
      cloud: mode === 'practice' ? null : cloudOf(settings),
      account: null,
      steps: setupSteps(
        { ...found, ...nothing },
        {
          ...{ signIn: { phase: 'signed-out' }, signInError: null },
          ...{ webhook: noWebhook, subscriptions: [], access: null },
        },
      ),
      verified: found.verified,
      handover: handoverOf(settings, found.record),
      settings,
    }
  } finally {
    await stored.close()
  }
}

/** Of a data folder that is new. */
export function nothingSetUp(version: string): SetUpStatus {
  return {
    ...{ version, mode: null, cloud: null, account: null, steps: [], verified: null },
    handover: handoverOf(defaultSettings.connections.microsoft, null),
    settings: null,
  }
}

function saysNothingHere(): AppError {
  return new AppError('data-folder-in-use', {
    message:
      'EMI Tray runs on this data folder, and what it says of itself cannot be read from here.',
    nextStep: 'Run the command as the user who runs EMI Tray, such as with “sudo -u”.',
  })
}
