// The state of the areas before a connection is chosen.
import type { AppState } from '../contract/models.ts'

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
