// The state of the areas before a connection is chosen, and of a whole app that has just started.
import type { AppState, HostAbilities } from '../contract/models.ts'
import { handoverOf } from './handover.ts'
import { defaultSettings } from './settings.ts'
import type { StateParts } from './state.ts'

export const noSetup: AppState['setup'] = {
  steps: [],
  checks: [],
  plan: null,
  applySteps: [],
  verified: null,
}

export const noWebhook: AppState['webhook'] = {
  running: false,
  paused: false,
  localAddress: null,
  publicUrl: null,
  notificationUrl: null,
  lifecycleNotificationUrl: null,
  received: 0,
  refused: 0,
  lastReceivedAt: null,
  error: null,
}

export const noTunnel: AppState['tunnel'] = {
  provider: 'static',
  phase: 'stopped',
  publicUrl: null,
  since: null,
  nextAttemptAt: null,
  attempt: 0,
  lastProbe: null,
  error: null,
}

/** What a fresh app shows before anything happened. */
export function nothingYet(version: string, abilities: HostAbilities): StateParts {
  return {
    version,
    abilities,
    mode: null,
    cloud: null,
    settings: defaultSettings,
    health: { light: 'not-set-up', sentence: '', since: null, fix: null },
    stations: [],
    signIn: { phase: 'signed-out' },
    setup: noSetup,
    handover: handoverOf(defaultSettings.connections.microsoft, null),
    webhook: noWebhook,
    tunnel: noTunnel,
    subscriptions: [],
    practice: null,
    error: null,
  }
}
