import { expect, test } from 'vitest'
import { Navigation, homePage, waitingPlan } from '../../../renderer/state/navigation.svelte.ts'
import { samples } from '../../fakes/sample-states.ts'

function fakeWindow(hash: string) {
  const listeners = new Set<() => void>()
  return {
    location: { hash },
    addEventListener: (_type: 'hashchange', listener: () => void) => listeners.add(listener),
    removeEventListener: (_type: 'hashchange', listener: () => void) => listeners.delete(listener),
    change(next: string) {
      this.location.hash = next
      for (const listener of listeners) listener()
    },
  }
}

test('the address names the page, and an unknown one names none', () => {
  expect(new Navigation(fakeWindow('#/webhook')).page).toBe('webhook')
  expect(new Navigation(fakeWindow('#/nowhere')).page).toBeNull()
  expect(new Navigation(fakeWindow('')).page).toBeNull()
})

test('it follows the address and writes it', () => {
  const window = fakeWindow('')
  const navigation = new Navigation(window)
  const stop = navigation.start()
  window.change('#/log')
  expect(navigation.page).toBe('log')
  navigation.go('settings')
  expect(window.location.hash).toBe('#/settings')
  stop()
  window.change('#/log')
  expect(navigation.page).toBe('settings')
})

test('the address may name a part of the page', () => {
  const window = fakeWindow('#/application/secrets')
  const navigation = new Navigation(window)
  expect([navigation.page, navigation.part]).toEqual(['application', 'secrets'])
  navigation.go('application', 'audit')
  expect(window.location.hash).toBe('#/application/audit')
  navigation.go('overview')
  expect([navigation.page, navigation.part]).toEqual(['overview', null])
  expect(new Navigation(fakeWindow('#/nowhere/secrets')).part).toBeNull()
})

test('going home names no page, so that the state decides', () => {
  const window = fakeWindow('#/settings/network')
  const navigation = new Navigation(window)
  navigation.home()
  expect([navigation.page, navigation.part, window.location.hash]).toEqual([null, null, ''])
})

test('the app opens on Setup until it was handed over, then on Overview', () => {
  expect(homePage(samples['setup-start'].state)).toBe('setup')
  expect(homePage(samples['setup-hand-over'].state)).toBe('setup')
  expect(homePage(samples['setup-done'].state)).toBe('overview')
  expect(homePage(samples['webhook-paused'].state)).toBe('overview')
})

test('a plan waits only where set-up was through before, and until it is applied', () => {
  expect(waitingPlan(samples['setup-planned'].state)).toBeNull()
  expect(waitingPlan(samples['setup-done'].state)).toBeNull()
  expect(waitingPlan(samples['setup-change-planned'].state)?.rows.length).toBeGreaterThan(0)
})
