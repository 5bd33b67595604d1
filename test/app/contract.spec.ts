// The same calls through both hosts give the same replies, and both refuse the same things.
import type { AppState } from '../../main/contract/models/state.ts'
import { expect, test } from './emi.ts'
import { callFromPage } from './steps.ts'

test('calls are answered alike, before and after a connection is chosen', async ({ emi }) => {
  const { page } = emi
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  const codeOf = async (name: string, input?: unknown) => {
    const reply = await callFromPage(page, name, input)
    return reply.ok ? 'ok' : reply.error.code
  }
  expect(await codeOf('app.getState')).toBe('ok')
  expect(await codeOf('setup.plan')).toBe('not-set-up')
  expect(await codeOf('settings.update', { theme: 'dark' })).toBe('ok')
  expect(await codeOf('settings.update', { theme: 'pink' })).toBe('input-invalid')
  expect(await codeOf('connection.choose', { mode: 'nowhere' })).toBe('input-invalid')
  expect(await codeOf('process.exit')).toBe('call-unknown')
  expect(await codeOf('constructor')).toBe('call-unknown')
  expect(await codeOf('connection.choose', { mode: 'practice' })).toBe('ok')
  expect(await codeOf('setup.plan')).toBe('ok')
  expect(await codeOf('clientSecret.reveal')).toBe('secret-unknown')
  expect(await codeOf('webhook.start')).toBe('not-set-up')
  expect(await codeOf('delivery.get', { id: 7 })).toBe('not-found')
  expect(await codeOf('settings.update', { connection: { tenantUrl: 'not a host' } })).toBe(
    'tenant-url-invalid',
  )
  expect(await codeOf('practice.setFault', { name: 'no-such-fault', on: true })).toBe('not-found')
})

test('state crosses whole, with a growing revision and without undefined', async ({ emi }) => {
  const { page } = emi
  const read = async () => {
    const reply = await callFromPage(page, 'app.getState')
    if (!reply.ok) throw new Error(reply.error.message)
    return reply.value as AppState
  }
  const before = await read()
  expect(before.mode).toBeNull()
  expect(before.abilities.host).toBe(emi.host === 'headless' ? 'headless' : 'electron')
  await callFromPage(page, 'connection.choose', { mode: 'practice' })
  const after = await read()
  expect(after.revision).toBeGreaterThan(before.revision)
  expect(after.mode).toBe('practice')
  expect(after.practice?.people.length).toBeGreaterThan(2)
  expect(after).toEqual(JSON.parse(JSON.stringify(after)))
})
