import { expect, test } from 'vitest'
import type { AppState, Health } from '../../main/contract/models.ts'
import { trayLook } from '../../main/electron/tray-menu.ts'
import { en } from '../../renderer/texts/en.ts'

const look = (health: Health, running = true) =>
  trayLook({ health, webhook: { running } } as AppState)

test('icon, tooltip and first line say what the status bar says', () => {
  const failed = look({
    light: 'failed',
    sentence: 'The gateway does not answer.',
    since: null,
    fix: { label: 'Try now', kind: 'call', call: 'tunnel.restart' },
  })
  expect(failed.icon).toBe('failed')
  expect(failed.tooltip).toBe('EMI Tray: The gateway does not answer.')
  expect(failed.items[0]).toEqual({
    kind: 'status',
    label: 'Down: The gateway does not answer.',
  })
  expect(failed.items).toContainEqual({ kind: 'call', label: 'Try now', call: 'tunnel.restart' })
})

test('the word of each light is the one the pages use', () => {
  for (const light of ['not-set-up', 'working', 'ok', 'warning', 'failed'] as const) {
    const { items } = look({ light, sentence: 'So it is.', since: null, fix: null })
    expect(items[0]).toMatchObject({ label: `${en.light[light]}: So it is.` })
  }
})

test('pausing is offered only while the webhook runs', () => {
  const ok: Health = { light: 'ok', sentence: 'Fine.', since: null, fix: null }
  const calls = (running: boolean) =>
    look(ok, running).items.flatMap((item) => (item.kind === 'call' ? [item.call] : []))
  expect(calls(true)).toEqual(['webhook.pause'])
  expect(calls(false)).toEqual([])
})

test('the window can always be opened and the app always quit', () => {
  const items = look({ light: 'not-set-up', sentence: '', since: null, fix: null }, false).items
  expect(items.map((item) => item.kind)).toEqual(['status', 'open', 'separator', 'quit'])
})

test('a long sentence fits a Windows tooltip', () => {
  const long = look({ light: 'failed', sentence: 'x'.repeat(500), since: null, fix: null })
  expect(long.tooltip.length).toBeLessThanOrEqual(127)
})
