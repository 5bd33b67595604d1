// emi-tray subscriptions against a scripted core: what it asks, prints, and how it ends.
import { expect, it } from 'vitest'
import type { Subscription } from '../../main/contract/models/subscription.ts'
import { sampleSubscription } from '../fakes/sample-states.ts'
import { readyApp, runCommand } from './fake-world.ts'

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
  expect(run.code).not.toBe(0)
  expect(run.stderr).toContain('chat-messages')
})
