import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { HandoverField } from '../../main/contract/models/handover.ts'
import type { Health } from '../../main/contract/models/health.ts'
import type { AppState } from '../../main/contract/models/state.ts'
import { trayIconName } from '../../main/electron/tray-icon.ts'
import { trayLook } from '../../main/electron/tray-menu.ts'
import { nothingYet } from '../fakes/nothing-yet.ts'
import { en } from '../../renderer/texts/en.ts'

const icons = join(import.meta.dirname, '../../build/icons')
const nothing = nothingYet()

const look = (health: Health, running = true, more: Partial<AppState> = {}) =>
  trayLook(
    { revision: 1, ...nothing, health, webhook: { ...nothing.webhook, running }, ...more },
    new Set(),
  )

test('icon, tooltip and first line say what the status bar says', () => {
  const failed = look({
    light: 'failed',
    sentence: 'The gateway does not answer.',
    since: null,
    nextStep: null,
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
    const { items } = look({ light, sentence: 'So it is.', since: null, nextStep: null, fix: null })
    expect(items[0]).toMatchObject({ label: `${en.light[light]}: So it is.` })
  }
})

test('pausing is offered only while the webhook runs', () => {
  const ok: Health = { light: 'ok', sentence: 'Fine.', since: null, nextStep: null, fix: null }
  const calls = (running: boolean) =>
    look(ok, running).items.flatMap((item) => (item.kind === 'call' ? [item.call] : []))
  expect(calls(true)).toEqual(['webhook.pause'])
  expect(calls(false)).toEqual([])
})

test('the window can always be opened, the app always quit, and its version seen', () => {
  const items = look(
    { light: 'not-set-up', sentence: '', since: null, nextStep: null, fix: null },
    false,
  ).items
  expect(items.map((item) => ('label' in item ? item.label : '-'))).toEqual([
    'Not set up: ',
    'Open EMI Tray',
    '-',
    'About EMI Tray',
    '-',
    'Quit EMI Tray',
  ])
})

test('a paused webhook can be resumed, once', () => {
  const resume: Health['fix'] = { label: 'Resume', kind: 'call', call: 'webhook.start' }
  const paused = { webhook: { ...nothing.webhook, paused: true } }
  const calls = (fix: Health['fix']) =>
    look(
      { light: 'warning', sentence: '', since: null, nextStep: null, fix },
      false,
      paused,
    ).items.flatMap((item) => (item.kind === 'call' ? [item.call] : []))
  expect(calls(resume)).toEqual(['webhook.start'])
  expect(calls(null)).toEqual(['webhook.start'])
})

test('several things that are wrong each lead to where they are mended', () => {
  const stations: AppState['stations'] = [
    { name: 'microsoft', light: 'warning', sentence: 'The secret expires in 6 days.' },
    { name: 'tunnel', light: 'failed', sentence: 'Not connected.' },
    { name: 'webhook', light: 'ok', sentence: 'Listening.' },
  ]
  const failed: Health = {
    light: 'failed',
    sentence: 'No tunnel.',
    since: null,
    nextStep: null,
    fix: null,
  }
  const pages = (shown: AppState['stations']) =>
    look(failed, true, { stations: shown }).items.flatMap((item) =>
      item.kind === 'open' ? [[item.label, item.page]] : [],
    )
  expect(pages(stations)).toEqual([
    ['Open EMI Tray', undefined],
    ['Microsoft: The secret expires in 6 days.', 'application'],
    ['Tunnel: Not connected.', 'webhook'],
    ['About EMI Tray', 'settings/about'],
  ])
  expect(pages(stations.slice(1))).toHaveLength(2)
})

test('while values wait to be handed over the menu copies them one after the other', () => {
  const value = { label: 'Tenant ID', value: 't', secret: false, readOnly: false, help: '' }
  const handover: AppState['handover'] = {
    ...nothing.handover,
    ready: true,
    values: [
      { ...value, field: 'object-id', label: 'Object ID', value: null },
      { ...value, field: 'tenant-id' },
      { ...value, field: 'client-secret', label: 'Client secret', value: null, secret: true },
    ],
  }
  const next = (copied: HandoverField[], change: Partial<AppState> = {}) =>
    trayLook({ revision: 1, ...nothing, handover, ...change }, new Set(copied)).items.flatMap(
      (item) => (item.kind === 'copy' ? [item.label] : []),
    )
  expect(next([])).toEqual(['Copy Tenant ID'])
  expect(next(['tenant-id'])).toEqual(['Copy Client secret'])
  const done = {
    id: 'hand-over',
    state: 'done',
    summary: null,
    error: null,
    progress: null,
  } as const
  expect(next([], { setup: { ...nothing.setup, steps: [done] } })).toEqual([])
})

test('starting at login is offered where the system has it, as it is', () => {
  const login = (startsAtLogin: boolean | null) =>
    look({ light: 'ok', sentence: '', since: null, nextStep: null, fix: null }, true, {
      startsAtLogin,
    }).items.filter(({ kind }) => kind === 'login')
  expect(login(null)).toEqual([])
  expect(login(true)).toEqual([{ kind: 'login', label: 'Start at login', on: true }])
})

test('every light has an icon of its own on every system, for light and dark panels', () => {
  const files = new Set<string>()
  for (const light of ['not-set-up', 'working', 'ok', 'warning', 'failed'] as const) {
    for (const platform of ['win32', 'darwin', 'linux'] as const) {
      for (const dark of [true, false]) files.add(trayIconName(light, { platform, dark }))
    }
  }
  expect(files.size).toBe(25)
  const looks = new Set<string>()
  for (const file of files) {
    const bytes = readFileSync(join(icons, file))
    looks.add(bytes.toString('base64'))
    if (file.endsWith('.png')) {
      expect(readFileSync(join(icons, file.replace('.png', '@2x.png'))).readUInt32BE(16)).toBe(
        2 * bytes.readUInt32BE(16),
      )
    } else expect([bytes.readUInt16LE(2), bytes.readUInt16LE(4)]).toEqual([1, 5])
  }
  expect(looks.size).toBe(25)
})

test('a long sentence fits a Windows tooltip', () => {
  const long = look({
    light: 'failed',
    sentence: 'x'.repeat(500),
    since: null,
    nextStep: null,
    fix: null,
  })
  expect(long.tooltip.length).toBeLessThanOrEqual(127)
})

test('a new version is offered once it is ready, and not before', () => {
  const health: Health = { light: 'ok', sentence: 'Fine.', since: null, nextStep: null, fix: null }
  const labels = (update: AppState['update']) =>
    look(health, true, { update }).items.map((item) => ('label' in item ? item.label : ''))
  expect(labels({ phase: 'ready', version: '1.2.3' })).toContain('Restart to update to 1.2.3')
  const waiting: AppState['update'] = { phase: 'downloading', version: '1.2.3', percent: 99 }
  expect(labels(waiting).join()).not.toContain('Restart')
  expect(labels(null).join()).not.toContain('Restart')
})
