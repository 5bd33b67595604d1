// emi-tray subscriptions against a scripted core: what it asks, prints, and how it ends.
import { expect, it } from 'vitest'
import type { Subscription } from '../../main/contract/models/subscription.ts'
import { sampleSubscription } from '../fakes/sample-states.ts'
import { besideApp, readyApp, report, runCommand, ScriptedApp } from './fake-world.ts'

function appWith(...changes: Partial<Subscription>[]) {
  const app = readyApp()
  app.script['subscription.ensure'] = () => undefined
  app.change({
    tunnel: { ...app.state.tunnel, phase: 'up' },
    subscriptions: changes.map((change) =>
      sampleSubscription('chat-messages', '/chats/getAllMessages', change),
    ),
  })
  return app
}

const heldBy = {
  host: 'emi.vendor.example',
  subscriptionId: 'foreign-1',
  expirationDateTime: '2026-03-03T09:00:00.000Z',
}

it('shows how they stand, and ends with 4 where another server holds a place', async () => {
  const fine = await runCommand(['subscriptions'], appWith({}))
  expect(fine.code).toBe(0)
  expect(fine.stdout).toContain('chat-messages')
  const held = await runCommand(['subscriptions'], appWith({ status: 'held-elsewhere', heldBy }))
  expect(held.code).toBe(4)
  expect(held.stdout).toContain('emi.vendor.example')
})

it('observes, takes over and hands back by the key', async () => {
  const app = appWith({ status: 'held-elsewhere', heldBy })
  for (const name of ['observe', 'takeOver', 'takePlace', 'handBack'] as const) {
    app.script[`subscription.${name}`] = () => undefined
  }
  await runCommand(['subscriptions', '--observe', 'chat-messages', '--take-when-free'], app)
  expect(app.inputs.get('subscription.observe')).toEqual({
    key: 'chat-messages',
    takeWhenFree: true,
  })
  await runCommand(['subscriptions', '--take-over', 'chat-messages'], app)
  expect(app.inputs.get('subscription.takeOver')).toEqual({ subscriptionId: 'foreign-1' })
  await runCommand(['subscriptions', '--hand-back', 'chat-messages'], app)
  expect(app.inputs.get('subscription.handBack')).toEqual({ key: 'chat-messages' })
})

it('names what there is where the key is none', async () => {
  const run = await runCommand(['subscriptions', '--observe', 'nonsense'], appWith({}))
  expect(run.code).toBe(2)
  expect(run.stderr).toContain('chat-messages')
})

it('ends with 4 for a place that nobody fills, and says what fills it', async () => {
  const run = await runCommand(['subscriptions'], appWith({}, { status: 'waiting' }))
  expect(run.code).toBe(4)
  expect(run.stdout).toContain('emi-tray serve')
  const json = await runCommand(['subscriptions', '--json'], appWith({ status: 'waiting' }))
  expect(json).toMatchObject({ code: 4 })
  expect(json.json()).toMatchObject({ inOrder: false, running: null })
})

it('tells what the app that runs knows, such as why Microsoft refuses', async () => {
  const error = report('subscription-forbidden')
  const beside = besideApp(appWith({}, { status: 'refused', error }))
  const told = await runCommand(['subscriptions'], new ScriptedApp(), beside)
  expect(told.stdout).toMatch(/process 4711[^]*refused[^]*subscription-forbidden[^]*Do something/)
  expect(told.code).toBe(4)
  const fine = await runCommand(
    ['subscriptions', '--json'],
    new ScriptedApp(),
    besideApp(appWith({})),
  )
  expect(fine.json()).toMatchObject({ inOrder: true, running: { pid: 4711 } })
  const observe = ['subscriptions', '--observe', 'chat-messages']
  expect((await runCommand(observe, new ScriptedApp(), beside)).code).toBe(6)
})

it('says how to settle a held place, as far as it can be settled now', async () => {
  const held = appWith({ status: 'held-elsewhere', heldBy, error: report('busy') })
  const stopped = await runCommand(['subscriptions'], held)
  expect(stopped.stdout).toMatch(/or take it with --take-over chat-messages/)
  const beside = await runCommand(['subscriptions'], new ScriptedApp(), besideApp(held))
  expect(beside.stdout).toMatch(/Webhook page, or stop EMI Tray/)
})

it('takes --take-when-free for a choice that belongs to --observe', async () => {
  expect((await runCommand(['subscriptions', '--take-when-free'], appWith({}))).code).toBe(2)
})
