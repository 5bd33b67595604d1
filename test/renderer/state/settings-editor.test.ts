import { expect, test } from 'vitest'
import { SettingsEditor } from '../../../renderer/state/settings-editor.svelte.ts'
import { fakePageClient } from '../../fakes/page-client.ts'
import { pageTimers } from '../../fakes/page-timers.ts'
import { sampleError, samples } from '../../fakes/sample-states.ts'

const app = samples.settings.state

function start() {
  const fake = fakePageClient()
  const timers = pageTimers()
  const editor = new SettingsEditor({ client: fake.client, after: timers.after })
  return { fake, timers, editor }
}

test('a change is saved at once and can be taken back', async () => {
  const { fake, editor } = start()
  await editor.set(app, 'webhookPort', 9_000, 'Local port')
  expect(editor.last?.label).toBe('Local port')
  await editor.undo()
  expect(fake.calls).toEqual([
    { name: 'settings.update', input: { connection: { webhookPort: 9_000 } } },
    { name: 'settings.update', input: { connection: { webhookPort: 8_730 } } },
  ])
  expect(editor.last).toBeNull()
})

test('the way back is offered for a while only', async () => {
  const { timers, editor } = start()
  await editor.setTheme(app.settings, 'dark', 'Theme')
  timers.advance(10_000)
  expect(editor.last).toBeNull()
})

test('a value that is the same already is not saved again', async () => {
  const { fake, editor } = start()
  await editor.set(app, 'webhookPort', 8_730, 'Local port')
  expect(fake.calls).toEqual([])
})

test('a refused value has its error beside it until it is right again', async () => {
  const { fake, editor } = start()
  fake.answer('settings.update', () => ({
    ok: false,
    error: sampleError({ code: 'input-invalid', message: 'webhookPort must be at most 65535.' }),
  }))
  expect(await editor.set(app, 'webhookPort', 70_000, 'Local port')).toBe(false)
  expect(editor.error).toMatchObject({ key: 'webhookPort' })
  expect(editor.last).toBeNull()
  expect(await editor.settled('webhookPort')).toBe(false)
  expect(await editor.set(app, 'webhookPort', 8_730, 'Local port')).toBe(true)
  expect(editor.error).toBeNull()
})

test('taking a change back also takes away the error of what was typed since', async () => {
  const { fake, editor } = start()
  await editor.set(app, 'webhookPort', 9_000, 'Local port')
  let refused = true
  fake.answer('settings.update', () =>
    refused ? { ok: false, error: sampleError() } : { ok: true, value: undefined },
  )
  await editor.set(app, 'webhookPort', 70_000, 'Local port')
  expect(editor.error).not.toBeNull()
  refused = false
  await editor.undo()
  expect(editor.error).toBeNull()
})

test('who goes on with a setting can wait until it is saved', async () => {
  const { fake, editor } = start()
  let finish: (() => void) | undefined
  fake.answer(
    'settings.update',
    () =>
      new Promise((resolve) => {
        finish = () => resolve({ ok: true, value: undefined })
      }),
  )
  void editor.set(app, 'tenantUrl', 'new.example', 'Host name')
  const order: string[] = []
  const waiting = editor.settled('tenantUrl').then(() => order.push('settled'))
  await Promise.resolve()
  order.push('saved')
  finish?.()
  await waiting
  expect(order).toEqual(['saved', 'settled'])
})
