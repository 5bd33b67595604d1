// The state of an app that has just started, for tests that need some state.
import type { HostAbilities } from '../../main/contract/models.ts'
import { handoverOf } from '../../main/core/handover.ts'
import { noSetup, noTunnel, noWebhook } from '../../main/core/nothing-yet.ts'
import { defaultSettings } from '../../main/core/settings.ts'
import type { StateParts } from '../../main/core/state.ts'

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
