// emi-tray try against a scripted core: it brings the webhook up, asks, prints, and ends with what came of it.
import { expect, it } from 'vitest'
import type { MessageWaitState } from '../../main/contract/models/webhook.ts'
import { noTunnel, noWebhook } from '../../main/core/nothing-yet.ts'
import { readyApp, report, runCommand } from './fake-world.ts'

function runningApp() {
  const app = readyApp()
  app.change({
    webhook: { ...noWebhook, running: true },
    tunnel: { ...noTunnel, phase: 'up', publicUrl: 'https://emi.example' },
  })
  return app
}

const hop = { name: 'Inbox', ok: true, durationMs: 4, message: 'Stored as number 7.' }
const came: MessageWaitState = {
  ...{ phase: 'came', since: '2026-03-02T09:00:00.000Z', until: null, advice: [] },
  came: {
    ...{ deliveryId: 8, summary: 'New chat message', receivedAt: '2026-03-02T09:00:05.000Z' },
    ...{ sentAt: '2026-03-02T09:00:04.000Z', tookMs: 940 },
  },
}

it('sends a test with the webhook running, and prints each hop', async () => {
  const app = runningApp()
  const at = '2026-03-02T09:00:00.000Z'
  app.script['webhook.sendTest'] = () => ({ at, ok: true, hops: [hop], deliveryId: 7 })
  let runsWebhook = false
  const close = () => Promise.resolve()
  const run = await runCommand(['try'], app, {
    openApp: (options) => {
      runsWebhook = options.runsWebhook
      return Promise.resolve({ app, logSink: () => undefined, close })
    },
  })
  expect([run.code, runsWebhook, app.isStopped]).toEqual([0, true, true])
  expect(run.stdout).toMatch(/Inbox +ok, 4 ms: Stored as number 7[^]*went the whole way/)
  app.script['webhook.sendTest'] = () => ({
    ...{ at, ok: false, hops: [{ ...hop, ok: false, message: 'Nothing came.' }], deliveryId: null },
  })
  const failed = await runCommand(['try', '--json'], app)
  expect(failed.code).toBe(5)
  expect(failed.json()).toMatchObject({ command: 'try', deliveryId: null })
})

it('says why where the webhook does not run', async () => {
  const app = readyApp()
  app.script['webhook.sendTest'] = () => report('public-url-unreachable')
  const run = await runCommand(['try'], app)
  expect(run.code).not.toBe(0)
  expect(run.stderr).toContain('public-url-unreachable')
})

it('waits for a real message, and says what to look at when none comes', async () => {
  const app = runningApp()
  app.script['webhook.waitForMessage'] = () => {
    app.change({ messageWait: { ...came, phase: 'waiting', came: null } })
    setImmediate(() => app.change({ messageWait: came }))
  }
  const run = await runCommand(['try', '--message'], app)
  expect(run.stderr).toContain('Write a message in Teams now')
  expect(run.stdout).toContain('It works: New chat message')
  expect(run.stdout).toContain('940 ms after it was sent')
  app.script['webhook.waitForMessage'] = () => {
    const advice = ['The tunnel is not connected.']
    app.change({ messageWait: { ...came, phase: 'nothing', came: null, advice } })
  }
  const nothing = await runCommand(['try', '--message'], app)
  expect(nothing.code).toBe(5)
  expect(nothing.stdout).toContain('No message came.\nThe tunnel is not connected.')
})
