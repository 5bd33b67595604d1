import { expect, test } from 'vitest'
import { defaultSettings } from '../../main/core/settings.ts'
import { Setup } from '../../main/core/setup.ts'
import { StateKeeper, type StateParts } from '../../main/core/state.ts'
import { handoverOf } from '../../main/core/handover.ts'

const parts = (version: string): StateParts => ({
  version,
  abilities: { host: 'headless', clipboard: false, openBrowser: true },
  mode: null,
  cloud: null,
  settings: defaultSettings,
  health: { light: 'not-set-up', sentence: '', since: null, fix: null },
  stations: [],
  signIn: { phase: 'signed-out' },
  setup: Setup.empty,
  handover: handoverOf(defaultSettings.connections.microsoft, null),
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
})

test('a burst of changes makes one new snapshot with the next revision', async () => {
  let version = 'a'
  const keeper = new StateKeeper(() => parts(version))
  const heard: string[] = []
  keeper.onChanged((state) => heard.push(`${state.revision}${state.version}`))
  const before = keeper.current.revision
  version = 'b'
  keeper.touch()
  version = 'c'
  keeper.touch()
  await Promise.resolve()
  expect(heard).toEqual([`${before + 1}c`])
})

test('whoever asks right after a change sees it already', () => {
  let version = 'a'
  const keeper = new StateKeeper(() => parts(version))
  version = 'b'
  keeper.touch()
  expect(keeper.current.version).toBe('b')
})
