// An AppState before anything was chosen, for tests of the host.
import type { StateParts } from '../../main/core/state.ts'
import { defaultSettings } from '../../main/core/settings.ts'

/** Everything of AppState but the revision. */
export function emptyParts(): StateParts {
  return {
    version: '0.0.0',
    abilities: { host: 'headless', clipboard: false, openBrowser: true },
    mode: null,
    cloud: null,
    settings: defaultSettings,
    health: { light: 'not-set-up', sentence: 'Nothing is connected yet.', since: null, fix: null },
    stations: [],
    signIn: { phase: 'signed-out' },
    setup: { steps: [], checks: [], plan: null, applySteps: [], verified: null },
    handover: {
      ready: false,
      form: '5.19',
      values: [],
      redirectUri: null,
      secretExpiresAt: null,
      secretHint: null,
    },
    webhook: {
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
    },
    tunnel: {
      provider: 'static',
      phase: 'stopped',
      publicUrl: null,
      since: null,
      nextAttemptAt: null,
      attempt: 0,
      lastProbe: null,
      error: null,
    },
    subscriptions: [],
    practice: null,
    error: null,
  }
}
