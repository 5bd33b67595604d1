// Gathers what people are shown from all areas: the parts of AppState.
import type { ErrorReport } from '../contract/errors.ts'
import type { Alert } from '../contract/models/health.ts'
import type { Settings } from '../contract/models/settings.ts'
import type { AppState } from '../contract/models/state.ts'
import { accessTrouble } from './access-trouble.ts'
import type { Connected } from './connected.ts'
import { handoverOf } from './handover.ts'
import { healthOf } from './health.ts'
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
} from './nothing-yet.ts'
import type { Platform } from './ports/platform.ts'
import type { PracticePort } from './ports/practice.ts'
import { stationsOf } from './stations.ts'
import type { StateParts } from './state.ts'

/** Everything of AppState but the revision, as of now. */
export function gatherState({
  platform,
  settings,
  connected,
  opening,
  alerts,
  host,
  error,
}: {
  platform: Platform
  settings: Settings
  connected: Connected | null
  opening: boolean
  alerts: Alert[]
  host: Pick<AppState, 'startsAtLogin' | 'update'>
  error: ErrorReport | null
}): StateParts {
  const { mode } = settings
  const tenant = connected?.tenant
  const connectionSettings = connected?.settings ?? settings.connections[mode ?? 'microsoft']
  const handover = handoverOf(connectionSettings, tenant?.setup.record ?? null)
  const secretCare = tenant?.secretCare.state() ?? noSecretCare
  const handOn = connected?.deliveries.handOn.state() ?? noHandOn
  const webhook = connected?.webhook.state() ?? noWebhook
  const tunnel = connected?.tunnel.state ?? noTunnel
  const kept = connected?.subscriptions.list ?? []
  const subscriptions = [...kept, ...(connected?.presence.list ?? [])]
  const gaps = connected?.catchUp.state() ?? noGaps
  const signIn = tenant?.signIn.state ?? ({ phase: 'signed-out' } as const)
  const now = platform.clock.now()
  const drift = tenant?.drift.state() ?? noDrift
  const report = tenant?.drift.standing ?? null
  const isOfRecord = report?.appId === tenant?.setup.record?.appId
  const access = accessTrouble({
    known: tenant?.access.known ?? null,
    report: isOfRecord ? report : null,
    given: tenant?.setup.verified?.roles ?? [],
    subscriptions: kept,
    secretExpired: handover.secretExpiresAt !== null && new Date(handover.secretExpiresAt) <= now,
  })
  const facts = {
    now,
    mode,
    opening: opening && !connected,
    error,
    setUp: tenant?.setup.isComplete ?? false,
    handover,
    access,
    secretCare,
    webhook,
    tunnel,
    subscriptions,
    handOn,
    gaps,
  }
  const setup = tenant?.setup.state({
    signIn,
    signInError: tenant.signIn.lastError,
    webhook,
    subscriptions: kept,
    access,
  })
  return {
    version: platform.version,
    abilities: platform.abilities,
    mode: connected ? mode : null,
    opening: opening && !connected,
    cloud: connected?.connection.cloud ?? null,
    settings,
    ...host,
    health: healthOf(facts),
    stations: stationsOf(facts),
    signIn,
    setup: setup ?? noSetup,
    handover,
    access,
    drift,
    secretCare,
    consent: tenant?.consent.state() ?? null,
    removal: tenant?.removal.state() ?? noRemoval,
    auditLastId: tenant?.audit.lastId ?? 0,
    alerts,
    webhook,
    messageWait: connected?.trials.wait.state ?? noMessageWait,
    tunnel,
    subscriptions,
    handOn,
    localSide: connected?.deliveries.localSide.state() ?? noLocalSide,
    network: connected?.networkCheck.state() ?? noNetwork,
    gaps,
    practice: practiceState(connected?.connection.practice ?? null),
    error,
  }
}

function practiceState(practice: PracticePort | null): AppState['practice'] {
  return (
    practice && {
      tenantDisplayName: practice.tenantDisplayName,
      people: practice.people,
      chats: practice.chats(),
      traffic: practice.traffic(),
      faults: practice.faults(),
      actions: practice.actions(),
      replicationSeconds: practice.replicationSeconds(),
    }
  )
}
