// emi-tray hand-on against a scripted core: what it asks, prints, and how it ends.
import { expect, it } from 'vitest'
import type { HandOnState } from '../../main/contract/models/contact-center.ts'
import { noHandOn } from '../../main/core/nothing-yet.ts'
import { besideApp, readyApp, report, runCommand, ScriptedApp } from './fake-world.ts'

function appWith(handOn: Partial<HandOnState>) {
  const app = readyApp()
  app.change({ handOn: { ...noHandOn, target: 'http', phase: 'working', ...handOn } })
  return app
}

it('says where events go, and ends with 4 when some were given up', async () => {
  const app = appWith({ phase: 'failing', place: 'cc.example/events', waiting: 3, dead: 2 })
  const run = await runCommand(['hand-on'], app)
  expect(run.code).toBe(4)
  expect(run.stdout).toMatch(/cc\.example\/events[^]*Waiting +3[^]*Given up +2/)
  expect((await runCommand(['hand-on'], appWith({ place: 'cc.example' }))).code).toBe(0)
  expect((await runCommand(['hand-on'], appWith({ phase: 'failing' }))).code).toBe(4)
})

it('says that nothing is handed on, and what still waits', async () => {
  const { stdout } = await runCommand(['hand-on'], appWith({ phase: 'off', waiting: 5 }))
  expect(stdout).toMatch(/not handed on[^]*5 still wait/)
})

it('chooses the target, tests it, and passes a refusal on', async () => {
  const app = appWith({ place: 'cc.example/events' })
  app.script['handOn.test'] = () => ({ status: 204, durationMs: 17 })
  const run = await runCommand(['hand-on', '--to', 'https://cc.example/events', '--test'], app)
  expect(run.stdout).toBe('cc.example/events answered 204 after 17 ms.\n')
  expect(app.inputs.get('settings.update')).toEqual({
    connection: { handOnTarget: 'http', handOnUrl: 'https://cc.example/events' },
  })
  app.script['handOn.test'] = () => report('hand-on-refused')
  expect((await runCommand(['hand-on', '--test'], app)).code).toBe(5)
  expect((await runCommand(['hand-on', '--to', ''], app)).code).toBe(2)
  await runCommand(['hand-on', '--to', 'file'], app)
  expect(app.inputs.get('settings.update')).toEqual({ connection: { handOnTarget: 'file' } })
})

it('has what was given up wait again, and shows the key only when asked', async () => {
  const app = appWith({ dead: 2 })
  app.script['handOn.redeliver'] = () => ({ count: 2 })
  app.script['handOn.revealKey'] = () => ({ key: 'whsec_shown' })
  const again = await runCommand(['hand-on', '--redeliver'], app)
  expect(again.stdout).toContain('2 events wait again')
  expect(app.inputs.get('handOn.redeliver')).toEqual({ deliveryIds: [] })
  expect((await runCommand(['hand-on'], app)).stdout).not.toContain('whsec')
  expect((await runCommand(['hand-on', '--show-key'], app)).stdout).toBe('whsec_shown\n')
})

it('prints the schema of the events without opening anything', async () => {
  const app = appWith({})
  const { stdout } = await runCommand(['hand-on', '--schema'], app)
  expect(JSON.parse(stdout)).toMatchObject({ title: 'Events of EMI Tray' })
  expect(app.isStarted).toBe(false)
})

it('tells how the app that runs hands on, and why it is not taken', async () => {
  const error = report('hand-on-unreachable')
  const failingSince = '2026-03-02T08:00:00.000Z'
  const beside = besideApp(appWith({ phase: 'retrying', dead: 1, failingSince, error }))
  const told = await runCommand(['hand-on'], new ScriptedApp(), beside)
  expect(told.stdout).toMatch(/process 4711[^]*retrying[^]*2026-03-02T08[^]*hand-on-unreachable/)
  expect(told.code).toBe(4)
  for (const change of [['--redeliver'], ['--to', 'none'], ['--test'], ['--show-key']]) {
    expect((await runCommand(['hand-on', ...change], new ScriptedApp(), beside)).code).toBe(6)
  }
})

it('does not say of an app that is stopped that it works', async () => {
  const { stdout } = await runCommand(['hand-on'], appWith({ place: 'cc.example', waiting: 3 }))
  expect(stdout).toMatch(/State +stopped/)
})
