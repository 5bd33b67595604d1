// The state of an app that has just started, for tests that need some state.
import { handoverOf } from '../../main/core/handover.ts'
import {
  noDrift,
  noGaps,
  noHandOn,
  noMessageWait,
  noLocalSide,
  noNetwork,
  noRemoval,
  noSecretCare,
  noSetup,
  noTunnel,
  noWebhook,
} from '../../main/core/nothing-yet.ts'
import { defaultSettings } from '../../main/core/settings.ts'
import type { StateParts } from '../../main/core/state.ts'

/** What a fresh app shows before anything happened: everything of AppState but the revision. */
export function nothingYet(version = '0.0.0'): StateParts {
  return {
    version,
    abilities: { host: 'headless', clipboard: false, openBrowser: true },
    mode: null,
    opening: false,
    cloud: null,
    settings: defaultSettings,
    startsAtLogin: null,
    update: null,
    health: {
      light: 'not-set-up',
      sentence: 'Nothing is connected yet.',
      since: null,
      nextStep: null,
      fix: null,
    },
    stations: [],
    signIn: { phase: 'signed-out' },
    setup: noSetup,
    handover: handoverOf(defaultSettings.connections.microsoft, null),
    access: null,
    drift: noDrift,
    secretCare: noSecretCare,
    consent: null,
    removal: noRemoval,
    auditLastId: 0,
    alerts: [],
    webhook: noWebhook,
    messageWait: noMessageWait,
    tunnel: noTunnel,
    subscriptions: [],
    handOn: noHandOn,
    localSide: noLocalSide,
    network: noNetwork,
    gaps: noGaps,
    practice: null,
    error: null,
  }
}
