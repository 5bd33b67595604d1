// emi-tray gaps against a scripted core: what it prints, and how it ends.
import { expect, it } from 'vitest'
import type { Gap } from '../../main/contract/models/gaps.ts'
import { noGaps } from '../../main/core/nothing-yet.ts'
import { besideApp, readyApp, ScriptedApp, runCommand } from './fake-world.ts'

function appWith(change: Partial<Gap>) {
  const app = readyApp()
  const gap: Gap = {
    ...{ id: 1, since: '2026-03-02T09:00:00.000Z', until: '2026-03-02T10:00:00.000Z' },
    ...{ reasons: ['sleep'], phase: 'done', recovered: 5, alreadyThere: 2, progress: null },
    ...{ nextAttemptAt: null, error: null, lost: [], endedAt: '2026-03-02T10:05:00.000Z' },
    elsewhere: null,
    ...change,
  }
  app.change({ gaps: { ...noGaps, entries: [gap] } })
  return app
}

it('says since when, why, and what was recovered', async () => {
  const run = await runCommand(['gaps'], appWith({}))
  expect(run.stdout).toMatch(/2026-03-02T09:00:00.000Z to [^]*this computer slept[^]*5 recovered/)
  expect(run.code).toBe(0)
})

it('names what is lost, and ends with 4', async () => {
  const lost = [{ what: 'The channel 19:x.', why: 'It was deleted.' }]
  const run = await runCommand(['gaps'], appWith({ phase: 'partly', lost }))
  expect(run.stdout).toContain('Lost: The channel 19:x. It was deleted.')
  expect(run.code).toBe(4)
})

it('says who received what another server had, which is nothing to make good', async () => {
  const run = await runCommand(['gaps'], appWith({ phase: 'elsewhere', elsewhere, endedAt: null }))
  expect(run.stdout).toMatch(/emi\.vendor\.example received messages in chats\.\s+Whether/)
  expect(run.code).toBe(0)
})

it('catches up when asked to', async () => {
  const app = appWith({})
  let asked = 0
  app.script['gaps.check'] = () => {
    asked += 1
  }
  await runCommand(['gaps', '--catch-up'], app)
  expect(asked).toBe(1)
})

const elsewhere = { host: 'emi.vendor.example', key: 'chat-messages' as const }
const receivedElsewhere = () => appWith({ id: 7, phase: 'elsewhere', elsewhere, endedAt: null })

it('has read what another server received, once that is confirmed', async () => {
  const app = receivedElsewhere()
  app.script['gaps.readElsewhere'] = () => {
    const entries = app.state.gaps.entries.map((gap) => ({ ...gap, phase: 'done' as const }))
    app.change({ gaps: { ...app.state.gaps, entries } })
  }
  expect((await runCommand(['gaps'], app)).stdout).toContain('emi-tray gaps --read 7')
  const asked = await runCommand(['gaps', '--read', '7'], app)
  expect(asked.stdout).toMatch(/a second time[^]*Nothing has been read[^]*--yes/)
  expect([asked.code, app.calls]).toEqual([0, []])
  const read = await runCommand(['gaps', '--read', '7', '--yes', '--json'], app)
  expect(app.inputs.get('gaps.readElsewhere')).toEqual({ id: 7 })
  expect(read.json()).toMatchObject({ read: true, gap: { id: 7, phase: 'done' } })
})

it('reads nothing that is no such time, and nothing beside the app that runs', async () => {
  const app = receivedElsewhere()
  const unknown = await runCommand(['gaps', '--read', '8', '--yes'], app)
  expect(unknown.code).toBe(2)
  expect(unknown.stderr).toContain('Use one of these: 7.')
  expect((await runCommand(['gaps', '--yes'], app)).code).toBe(2)
  expect(app.calls).toEqual([])
  const beside = besideApp(app)
  const asked = await runCommand(['gaps', '--read', '7'], new ScriptedApp(), beside)
  expect(asked.stdout).toMatch(/process 4711[^]*“Read it…” on the Webhook page/)
  expect((await runCommand(['gaps', '--read', '7', '--yes'], new ScriptedApp(), beside)).code).toBe(
    6,
  )
})

it('tells the gaps of the app that runs, and leaves catching up to it', async () => {
  const beside = besideApp(appWith({ until: null, phase: 'open' }))
  const told = await runCommand(['gaps'], new ScriptedApp(), beside)
  expect(told.stdout).toMatch(/process 4711[^]*to now: this computer slept/)
  expect(told.code).toBe(4)
  const refused = await runCommand(['gaps', '--catch-up'], new ScriptedApp(), beside)
  expect(refused.code).toBe(6)
  expect(refused.stderr).toContain('Use its page.')
  // Nothing is set up where that app runs.
  expect((await runCommand(['gaps'], new ScriptedApp(), besideApp(new ScriptedApp()))).code).toBe(4)
})
