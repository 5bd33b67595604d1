// Tray and alerts as the desktop gets them, on the Electron double, in each state and with each alert.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ErrorReport } from '../../main/contract/errors.ts'
import type { AlertKind, Health, Light } from '../../main/contract/models/health.ts'
import type { AppState } from '../../main/contract/models/state.ts'
import { launch, type ElectronApplication } from '../electron-double/driver.ts'
import { activeSubscription } from '../fakes/active-subscription.ts'
import { nothingYet } from '../fakes/nothing-yet.ts'
import type { TrayProgram } from './tray-program.ts'

declare global {
  var program: TrayProgram
}

const icons = join(import.meta.dirname, '../../build/icons')
const nothing = nothingYet()
const sentence = 'So it is.'
const report: ErrorReport = {
  code: 'tunnel-transient',
  message: 'The gateway does not answer.',
  nextStep: 'Look at the gateway.',
  details: null,
  reference: '1',
  at: '2026-03-02T09:00:00.000Z',
}
const subscription = activeSubscription()
/** An app that works. */
const working: Partial<AppState> = {
  ...nothing,
  webhook: { ...nothing.webhook, running: true },
  tunnel: { ...nothing.tunnel, phase: 'up' },
  subscriptions: [subscription],
}
const latency = {
  answered: 100,
  slowShare: 0.11,
  p50Ms: 1,
  p99Ms: 1,
  delayLimit: 0.1,
  dropLimit: 0.15,
}
let app: ElectronApplication

beforeAll(async () => {
  app = await launch({ args: [join(import.meta.dirname, 'tray-program.ts')] })
  await app.evaluate(({ app: own }) => own.whenReady())
})

afterAll(async () => {
  if (app.process().exitCode === null) await app.close()
})

test.each<[Light, string]>([
  ['not-set-up', 'Not set up'],
  ['working', 'In progress'],
  ['ok', 'OK'],
  ['warning', 'Attention'],
  ['failed', 'Down'],
])('the light %s has its icon, for a light and a dark panel, and its word', async (light, word) => {
  await set({ health: healthOf(light), webhook: { ...nothing.webhook, running: light === 'ok' } })
  for (const panel of ['dark', 'light']) {
    await app.evaluate(({ double, nativeTheme }, isDark) => {
      double.systemPrefersDark = isDark
      ;(nativeTheme as unknown as NodeJS.EventEmitter).emit('updated')
    }, panel === 'dark')
    const bytes = readFileSync(join(icons, `tray-${light}-${panel}.png`)).toString('base64')
    await expect.poll(async () => (await tray()).image).toBe(`data:image/png;base64,${bytes}`)
  }
  const { labels, toolTip } = await tray()
  expect(toolTip).toBe(`EMI Tray: ${sentence}`)
  expect(labels[0]).toBe(`${word}: ${sentence}`)
  expect(labels).toEqual(expect.arrayContaining(['Open EMI Tray', 'Quit EMI Tray']))
  expect(labels.includes('Pause the webhook')).toBe(light === 'ok')
})

test('the fix of what is wrong is in the menu, and so is whatever else is wrong; each leads to where it is mended', async () => {
  await set({
    health: healthOf('failed', { label: 'Try now', kind: 'call', call: 'tunnel.restart' }),
    stations: [
      { name: 'microsoft', light: 'warning', sentence: 'The secret expires in 6 days.' },
      { name: 'tunnel', light: 'failed', sentence: 'Not connected.' },
    ],
  })
  await expect.poll(async () => (await tray()).labels).toContain('Tunnel: Not connected.')
  await choose('Tunnel: Not connected.')
  await choose('Microsoft: The secret expires in 6 days.')
  await choose('Try now')
  expect(await opened()).toEqual(['webhook', 'application'])
  expect(await app.evaluate(() => program.calls.at(-1)?.name)).toBe('tunnel.restart')
})

test('a call that fails opens the window, which has the room to say why', async () => {
  await app.evaluate((_electron, error) => (program.answer = { ok: false, error }), report)
  await choose('Try now')
  await expect.poll(() => app.evaluate(() => program.opened)).toEqual([''])
  await opened()
  await app.evaluate(() => (program.answer = { ok: true, value: null }))
})

test('a check of everything says that all is well, or opens the page where it is not', async () => {
  const listening = { webhook: { ...nothing.webhook, running: true }, stations: [] }
  const probe = (ok: boolean) => ({
    ...nothing.tunnel,
    lastProbe: { at: report.at, ok, hops: [] },
  })
  await set({ ...listening, health: healthOf('ok'), tunnel: probe(true) })
  await expect.poll(async () => (await tray()).labels).toContain('Check everything now')
  await choose('Check everything now')
  await expect.poll(() => popUps({ keep: true })).toEqual([['All is well', sentence]])
  await popUps()
  expect(await opened()).toEqual([])
  await set({ tunnel: probe(false) })
  await choose('Check everything now')
  await choose('Test the way from outside')
  await expect.poll(() => app.evaluate(() => program.opened)).toEqual(['webhook', 'webhook'])
  await opened()
  expect(await popUps()).toEqual([])
})

test('the values that wait are copied one after the other, and after the last the first again', async () => {
  const value = { value: 'v', secret: false, readOnly: false, help: '' }
  await set({
    handover: {
      ...nothing.handover,
      ready: true,
      values: [
        { ...value, field: 'tenant-id', label: 'Tenant ID' },
        { ...value, field: 'client-id', label: 'Client ID' },
      ],
    },
  })
  for (const next of ['Copy Tenant ID', 'Copy Client ID', 'Copy Tenant ID']) {
    await expect.poll(async () => (await tray()).labels).toContain(next)
    await choose(next)
  }
  expect(
    await app.evaluate(() => program.calls.slice(-2).map(({ name, input }) => [name, input])),
  ).toEqual([
    ['handover.copy', { field: 'client-id' }],
    ['handover.copy', { field: 'tenant-id' }],
  ])
})

const troubles: [AlertKind, Partial<AppState>, string][] = [
  ['app', { error: report }, 'overview'],
  ['tunnel', { tunnel: { ...nothing.tunnel, phase: 'failed', error: report } }, 'webhook'],
  ['subscription', { subscriptions: [{ ...subscription, status: 'failed' }] }, 'webhook'],
  ['taken-over', { subscriptions: [{ ...subscription, status: 'held-elsewhere' }] }, 'webhook'],
  ['access', { subscriptions: [{ ...subscription, status: 'refused' }] }, 'application'],
  ['slow-webhook', { webhook: { ...nothing.webhook, running: true, latency } }, 'webhook'],
  ['hand-on', { handOn: { ...nothing.handOn, phase: 'retrying' } }, 'webhook'],
]

test.each(troubles)(
  'the alert of kind %s pops up once, leads to its page, and is silent where it was switched off',
  async (kind, trouble, page) => {
    const quiet = (quietAlerts: AlertKind[]) => ({
      settings: { ...nothing.settings, quietAlerts },
    })
    await begin(quiet([kind]))
    await set(trouble)
    await passMinutes(20)
    expect(await alertKinds()).toEqual([kind])
    expect(await popUps()).toEqual([])
    await begin()
    await set(trouble)
    await passMinutes(20)
    await set(trouble)
    await passMinutes(20)
    expect(await popUps({ keep: true })).toHaveLength(1)
    await app.evaluate(({ double }) => double.notifications.at(-1)?.press())
    expect(await opened()).toEqual([page])
    await popUps()
  },
)

test.each<[AlertKind, string]>([
  ['secret', 'application'],
  ['gap', 'webhook'],
])('what only happens once, such as %s, pops up once as well', async (kind, page) => {
  await begin()
  for (let time = 0; time < 2; time++) {
    await app.evaluate(
      (_electron, [ofKind, ofPage]) =>
        program.alerts.raise({
          id: ofKind,
          at: '2026-03-02T09:00:00.000Z',
          kind: ofKind,
          severity: 'warning',
          title: 'Something happened',
          text: 'See what.',
          page: ofPage as 'webhook',
        }),
      [kind, page] as const,
    )
    await passMinutes(1)
  }
  expect(await popUps({ keep: true })).toEqual([['Something happened', 'See what.']])
  await app.evaluate(({ double }) => double.notifications.at(-1)?.press())
  expect(await opened()).toEqual([page])
  await popUps()
})

test('what breaks together is one pop-up; on a locked screen it waits; to somebody who looks on it is not shown', async () => {
  const both = { error: report, subscriptions: [{ ...subscription, status: 'refused' as const }] }
  await begin()
  await app.evaluate(() => program.alerts.noteMachine('lock'))
  await set(both)
  await passMinutes(20)
  expect(await popUps()).toEqual([])
  await app.evaluate(() => program.alerts.noteMachine('unlock'))
  expect((await popUps()).map(([title]) => title)).toEqual(['2 things need attention'])
  await begin()
  await app.evaluate(({ BrowserWindow }) => new BrowserWindow({ show: false }).show())
  await set(both)
  await passMinutes(20)
  expect(await popUps()).toEqual([])
  expect(await alertKinds()).toHaveLength(2)
})

function set(change: Partial<AppState>): Promise<void> {
  return app.evaluate((_electron, given) => program.set(given), change)
}

/** An app that works, and no alert of before. */
async function begin(change: Partial<AppState> = {}): Promise<void> {
  await app.evaluate(() => program.alerts.clear())
  await set({ ...working, ...change })
  await popUps()
}

function passMinutes(minutes: number): Promise<void> {
  return app.evaluate((_electron, given) => program.clock.advance(given * 60_000), minutes)
}

function alertKinds(): Promise<AlertKind[]> {
  return app.evaluate(() => program.alerts.list.map(({ kind }) => kind))
}

/** Title and text of the pop-ups so far, which are then forgotten. */
function popUps({ keep = false } = {}): Promise<[string, string][]> {
  return app.evaluate(({ double }, isKept) => {
    const shown = double.notifications.map(({ title, body }): [string, string] => [title, body])
    if (!isKept) double.notifications.length = 0
    return shown
  }, keep)
}

/** The pages that were opened since the last time. */
function opened(): Promise<string[]> {
  return app.evaluate(() => program.opened.splice(0))
}

function choose(label: string): Promise<void> {
  return app.evaluate(({ double }, wanted) => {
    const item = double.trays[0]?.menu?.items.find((one) => one.label === wanted)
    if (!item) throw new Error(`The menu has no item ${wanted}.`)
    item.click()
  }, label)
}

function tray(): Promise<{ image: string; toolTip: string; labels: string[] }> {
  return app.evaluate(({ double }) => {
    const [icon] = double.trays
    return {
      image: icon?.image.toDataURL() ?? '',
      toolTip: icon?.toolTip ?? '',
      labels: icon?.menus.at(-1)?.map(({ label }) => label) ?? [],
    }
  })
}

function healthOf(light: Light, fix: Health['fix'] = null): Health {
  return { light, sentence, since: null, nextStep: null, fix }
}
