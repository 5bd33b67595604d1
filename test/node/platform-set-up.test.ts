// The whole app on the real Node platform: signing in and setting up, on the bad days a person may meet.
import { expect, test } from 'vitest'
import { freePort } from '../../build/free-port.ts'
import type { AppState } from '../../main/contract/models/state.ts'
import { until } from '../fakes/fitting-state.ts'
import { codeOf, platformApp, setUp, signInAs, step } from './platform-app.ts'

const { start } = platformApp()

test('a plain user is stopped by the check, before anything is written', async () => {
  const app = await start()
  await codeOf(app, 'connection.choose', { mode: 'practice' })
  await signInAs(app, 'user')
  const state = await until(
    app,
    (one) => one.setup.checks.length > 0 || step(one, 'sign-in')?.state === 'failed',
  )
  // Whether consent or the roles stop it first: it stops, and says what to do.
  const reasons = [
    ...state.setup.checks.filter((one) => one.state === 'failed').map((one) => one.nextStep),
    step(state, 'sign-in')?.error?.nextStep,
  ].filter(Boolean)
  expect(reasons.length).toBeGreaterThan(0)
  expect(state.setup.plan).toBeNull()
  expect(await codeOf(app, 'setup.apply')).toBe('plan-missing')
})

test('an administrator who may not consent is told before the plan is applied', async () => {
  const app = await start()
  await codeOf(app, 'connection.choose', { mode: 'practice' })
  await signInAs(app, 'application-admin')
  const state = await until(
    app,
    (one) => one.setup.checks.length > 0 || step(one, 'sign-in')?.state === 'failed',
  )
  const told = [
    ...state.setup.checks.filter((one) => one.state !== 'ok').map((one) => one.message),
    step(state, 'sign-in')?.error?.message,
  ].filter(Boolean)
  expect(told.join(' ')).toMatch(/administrator|role/i)
})

test('signing in can be cancelled, and started again', async () => {
  const app = await start()
  await codeOf(app, 'connection.choose', { mode: 'practice' })
  await codeOf(app, 'signIn.start', { method: 'browser' })
  await until(app, (state) => state.signIn.phase === 'waiting-for-browser')
  expect(await codeOf(app, 'signIn.cancel')).toBe('ok')
  const state = await until(app, (one) => one.signIn.phase === 'signed-out')
  expect(step(state, 'sign-in')?.error?.code ?? 'none').toMatch(
    /^(none|sign-in-cancelled|cancelled)$/,
  )
  await signInAs(app, 'global-admin')
  await until(app, (one) => one.signIn.phase === 'signed-in')
})

test('a device code works as the named fallback', async () => {
  const app = await start()
  await codeOf(app, 'connection.choose', { mode: 'practice' })
  await codeOf(app, 'signIn.start', { method: 'device-code' })
  const state = await until(app, (one) => one.signIn.phase === 'waiting-for-code')
  if (state.signIn.phase !== 'waiting-for-code') throw new Error('no code')
  expect(state.signIn.userCode).toMatch(/^[A-Z0-9-]{6,12}$/)
  await codeOf(app, 'signIn.cancel')
  await until(app, (one) => one.signIn.phase === 'signed-out')
})

test('no network: sign-in says what cannot be reached', async () => {
  const closed = await freePort()
  const app = await start()
  await codeOf(app, 'connection.choose', { mode: 'microsoft' })
  await codeOf(app, 'settings.update', {
    connection: {
      cloud: 'custom',
      customLoginHost: `https://127.0.0.1:${closed}`,
      customGraphHost: `https://127.0.0.1:${closed}`,
      tenantUrl: 'acme.brightpattern.com',
    },
  })
  await codeOf(app, 'signIn.start', { method: 'browser' })
  const state = await until(app, (one) => step(one, 'sign-in')?.state === 'failed')
  expect(step(state, 'sign-in')?.error).toMatchObject({ code: 'network-unreachable' })
})

test('a wrong contact center address is refused, and the last good one kept', async () => {
  const app = await start()
  await codeOf(app, 'connection.choose', { mode: 'microsoft' })
  await codeOf(app, 'settings.update', { connection: { tenantUrl: 'acme.brightpattern.com' } })
  const answer = await codeOf(app, 'settings.update', { connection: { tenantUrl: 'http://x y' } })
  expect(answer).toBe('tenant-url-invalid')
  expect(app.state.settings.connections.microsoft.tenantUrl).toBe('acme.brightpattern.com')
})

test('person by person: chat messages of the people named arrive without any further permission', async () => {
  const app = await start()
  await setUp(app, await freePort())
  const refused = await until(app, (state) => isRefused(state, 'chat-messages'))
  const chats = refused.subscriptions.find((one) => one.key === 'chat-messages')
  expect(chats?.remedies).toEqual(['add-chat-read-all', 'per-user'])
  const names = refused.practice?.people.slice(0, 2).map((one) => one.userPrincipalName) ?? []
  expect(
    await codeOf(app, 'setup.applyRemedy', { remedy: 'per-user', userPrincipalNames: names }),
  ).toBe('ok')
  const state = await until(
    app,
    (one) =>
      one.subscriptions.length === 4 && one.subscriptions.every((each) => each.status === 'active'),
  )
  expect(state.subscriptions.map((one) => one.key)).toEqual(
    expect.arrayContaining(names.map((name) => `user:${name}`)),
  )
  expect(state.health.light).toBe('ok')
})

test('signing in again while the plan is applied disturbs nothing', async () => {
  // Slow replication keeps applying busy for longer than a sign-in takes.
  const app = await start({ EMI_PRACTICE_REPLICATION_MS: '1500' })
  await codeOf(app, 'connection.choose', { mode: 'practice' })
  await signInAs(app, 'global-admin')
  await until(app, (state) => state.setup.plan !== null)
  expect(await codeOf(app, 'setup.apply')).toBe('ok')
  await signInAs(app, 'global-admin')
  await until(app, (state) => state.signIn.phase !== 'signed-in')
  const state = await until(app, (one) => one.signIn.phase === 'signed-in')
  expect(step(state, 'apply')?.state).toBe('running')
  await codeOf(app, 'settings.update', { connection: { webhookPaused: true } })
  const done = await until(app, (one) => step(one, 'verify')?.state === 'done')
  expect(step(done, 'apply')?.error).toBeNull()
})

function isRefused(state: AppState, key: string): boolean {
  return state.subscriptions.some((one) => one.key === key && one.status === 'refused')
}
