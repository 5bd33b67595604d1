// The state of the areas before a connection is chosen.
import type { JobState } from '../contract/models/job.ts'
import type { AppState } from '../contract/models/state.ts'

export const noSetup: AppState['setup'] = {
  steps: [],
  checks: [],
  plan: null,
  applySteps: [],
  verified: null,
  candidates: [],
  outdatedBy: [],
}

const noJob: JobState = { running: false, progress: null, error: null }

export const noDrift: AppState['drift'] = { job: noJob, report: null, outdated: false }

export const noSecretCare: AppState['secretCare'] = {
  current: null,
  daysLeft: null,
  level: 'none',
  nextAlertAt: null,
  rotation: null,
  job: noJob,
}

export const noNetwork: AppState['network'] = {
  job: noJob,
  passwordSet: false,
  checkedAt: null,
  targets: [],
}

export const noRemoval: AppState['removal'] = { job: noJob, listedAt: null, items: [] }

export const noLocalSide: AppState['localSide'] = { address: null, baseUrl: null, error: null }

export const noHandOn: AppState['handOn'] = {
  target: 'none',
  phase: 'off',
  place: null,
  failingSince: null,
  waiting: 0,
  dead: 0,
  handedOn: 0,
  lastHandedOnAt: null,
  nextAttemptAt: null,
  error: null,
}

export const noGaps: AppState['gaps'] = { entries: [], checking: false, checkedAt: null }

export const noWebhook: AppState['webhook'] = {
  running: false,
  paused: false,
  localAddress: null,
  publicUrl: null,
  notificationUrl: null,
  lifecycleNotificationUrl: null,
  received: 0,
  refused: 0,
  content: { proven: 0, refused: 0 },
  duplicates: 0,
  lastReceivedAt: null,
  latency: null,
  error: null,
}

export const noMessageWait: AppState['messageWait'] = {
  ...{ phase: 'idle', since: null, until: null, came: null, advice: [] },
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
  validUntil: null,
  endsSoon: false,
}
