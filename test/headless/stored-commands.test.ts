// The commands that read what is stored, on real files: beside the app that runs, and where nothing may be written.
import { chmodSync, cpSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { AppError } from '../../main/core/app-error.ts'
import { writeProvisioningRecord } from '../../main/core/entra/provisioning-record.ts'
import { Proofs } from '../../main/core/proofs.ts'
import type { Database } from '../../main/core/ports/database.ts'
import { defaultSettings } from '../../main/core/settings.ts'
import type { CliWorld } from '../../main/headless/command-context.ts'
import { openStoredData } from '../../main/headless/stored-data.ts'
import { openDataFolder } from '../../main/node/data-folder.ts'
import { openDatabase } from '../../main/node/database.ts'
import { writeSettingsFile } from '../../main/node/settings-file.ts'
import { globalCloud, SAMPLE_SECRET, sampleRecord } from '../core/sample-record.ts'
import { FakeClock } from '../fakes/fake-clock.ts'
import { giveAway, isRoot, makeReadOnly, otherUid, traceOf } from '../node/other-owner.ts'
import { temporaryFolder } from '../node/temporary-folder.ts'
import { besideApp, readyApp, runCommand, ScriptedApp } from './fake-world.ts'

const auditEntry: Parameters<Database['addAuditEntry']>[0] = {
  ...{ at: '2026-03-02T09:00:00.000Z', account: 'nora@acme.example', tenantId: 'tenant' },
  ...{ action: 'create', object: 'application', name: 'EMI\u001b[2J', method: 'PATCH' },
  ...{ path: '/applications', outcome: 'done', status: 201, requestId: 'r' },
  ...{ clientRequestId: 'c', before: null, after: null },
}

/** A data folder as a finished set-up leaves it, and a world that reads it. */
async function stored() {
  const folder = temporaryFolder()
  await writeSettingsFile(path.join(folder, 'settings.json'), {
    ...defaultSettings,
    mode: 'microsoft',
  })
  const database = await openDatabase(path.join(folder, 'microsoft', 'emi.sqlite'))
  await writeProvisioningRecord(database, sampleRecord())
  await new Proofs(database).noteVerification(sampleRecord(), {
    ...{ at: '2026-03-01T09:00:00.000Z', roles: ['User.Read.All'] },
    ...{ missingRoles: [], delegatedGranted: true, delegatedSeen: true },
  })
  await database.addAuditEntry(auditEntry)
  await database.close()
  const openStored = () => openStoredData(folder, { version: '1.2.3', clock: new FakeClock() })
  return { folder, world: { openStored } satisfies Partial<CliWorld> }
}

/** Another app holds the folder, and tells what a finished set-up shows. */
function holder(change: Parameters<ScriptedApp['change']>[0] = {}): Partial<CliWorld> {
  const app = readyApp()
  app.change({ mode: 'microsoft', cloud: globalCloud, ...change })
  return besideApp(app)
}

const beside = (args: string[], world: Partial<CliWorld>) =>
  runCommand(args, new ScriptedApp(), world)

test('audit and calendar print their file, or write it for its owner only, beside the app', async () => {
  const { folder, world } = await stored()
  for (const [command, has] of [
    ['audit', 'nora@acme.example'],
    ['calendar', 'BEGIN:VALARM'],
  ] as const) {
    const printed = await beside([command], { ...holder(), ...world })
    expect(printed).toMatchObject({ code: 0, stdout: expect.stringContaining(has) as string })
    const to = path.join(folder, command)
    expect((await beside([command, '--to', to], world)).code).toBe(0)
    expect(readFileSync(to, 'utf8')).toContain(has)
    if (process.platform !== 'win32') expect(statSync(to).mode & 0o777).toBe(0o600)
  }
  // The line ends of CSV stay, and a terminal is told nothing else.
  const csv = (await beside(['audit'], world)).stdout
  expect(csv).toMatch(/after\r\n1,/)
  expect(csv).toContain('EMI\\x1b[2J')
  const json = await beside(['audit', '--format', 'json', '--json'], world)
  expect(json.json()).toMatchObject({ ok: true, command: 'audit', mediaType: 'application/json' })
})

test('report tells beside the app what that one compared', async () => {
  const { world } = await stored()
  const rows = { rows: [], permissions: [], secrets: [] }
  const report = {
    ...{ at: '2026-03-02T08:00:00.000Z', inOrder: true, displayName: 'EMI', ...rows },
    ...{ appId: sampleRecord().appId, applicationObjectId: '' },
  }
  const drift = { ...new ScriptedApp().state.drift, report }
  const { code, stdout } = await beside(['report'], { ...holder({ drift }), ...world })
  expect(code).toBe(0)
  expect(stdout).toContain('everything in order')
  expect(stdout).toContain(sampleRecord().applicationObjectId)
})

test('handover prints its values beside the app, and the secret where the vault can be read', async () => {
  const world = { ...holder(), readSecret: () => Promise.resolve(SAMPLE_SECRET) }
  const without = await beside(['handover'], world)
  expect(without.stdout).toMatch(/Client ID +client-1[^]*hidden/)
  const withoutEnv = await beside(['handover', '--format', 'env'], world)
  expect(withoutEnv.stdout).toContain("='client-1'")
  expect(`${without.stdout}${withoutEnv.stdout}`).not.toContain(SAMPLE_SECRET)
  expect((await beside(['handover', '--show-secret'], world)).stdout).toContain(SAMPLE_SECRET)
  const env = await beside(['handover', '--format', 'env', '--show-secret'], world)
  expect(env.stdout).toContain(SAMPLE_SECRET)

  const locked = new AppError('keychain-unavailable', { message: 'No keychain.', nextStep: 'Do.' })
  const refused = await beside(['handover', '--show-secret'], {
    ...world,
    readSecret: () => Promise.reject(locked),
  })
  expect(refused).toMatchObject({ code: 6, stdout: '' })
  const gone = await beside(['handover', '--show-secret'], holder())
  expect(gone.stderr).toContain('secret-unknown')
})

test('handover and report say beside the app that the set-up is not finished', async () => {
  const world = besideApp(new ScriptedApp())
  for (const command of ['handover', 'report'])
    expect((await beside([command], world)).code).toBe(4)
})

/** A world that may only read the folder. */
function reader({ held = false } = {}): Partial<CliWorld> {
  const refused = { message: 'It cannot be written.', nextStep: 'Let it be written.' }
  return {
    openApp: () => Promise.reject(new AppError('data-folder-unwritable', refused)),
    isHeld: () => held,
  }
}

test('status needs only read what is set up, and says what the app says that runs there', async () => {
  const { folder, world } = await stored()
  const before = readdirSync(folder)
  const read = await beside(['status', '--json'], { ...reader(), ...world })
  expect(read.code).toBe(0)
  expect(read.json()).toMatchObject({
    ...{ ok: true, setUp: true, mode: 'microsoft', running: null },
    handover: { ready: true, secretExpiresAt: '2028-01-02T09:00:00Z' },
  })
  expect(readdirSync(folder)).toEqual(before)
  const told = { ...world, ...holder(), ...reader({ held: true }) }
  expect((await beside(['status'], told)).stdout).toContain('process 4711')
  // Neither is something that nobody may read taken for something that is not there.
  const silent = await beside(['status'], { ...world, ...reader({ held: true }) })
  expect(silent.code).toBe(6)
  expect(silent.stderr).toContain('sudo -u')
  const empty = {
    openStored: () => openStoredData('/nowhere', { version: '', clock: new FakeClock() }),
  }
  expect((await beside(['status'], { ...empty, ...reader() })).stderr).toContain(
    'cannot be written',
  )
})

test('a database is read where nothing can be made beside it', async ({ skip }) => {
  const { folder, world } = await stored()
  const inner = path.join(folder, 'microsoft')
  const undo = makeReadOnly(inner)
  if (!undo) return skip('This user may not make anything read-only.')
  onTestFinished(undo)
  expect((await beside(['audit'], world)).stdout).toContain('nora@acme.example')
  expect(readdirSync(inner)).toEqual(['emi.sqlite'])
})

// Root may read everything, and Windows has no such modes.
if (process.platform !== 'win32' && !isRoot) {
  test('a database that may not be read is named', async () => {
    const { folder, world } = await stored()
    chmodSync(path.join(folder, 'microsoft', 'emi.sqlite'), 0)
    const refused = await beside(['audit'], world)
    expect(refused.code).toBe(6)
    expect(refused.stderr).toContain('may not read')
  })
}

test.runIf(isRoot)(
  'root reads another user’s folder without a trace, also after a kill, and writes nothing there',
  async () => {
    const { folder, world: clean } = await stored()
    // As a kill leaves it: what was stored last is in the log of the database only.
    const { folder: killed } = await stored()
    const file = (name: string) => path.join(killed, 'microsoft', name)
    const database = await openDatabase(file('emi.sqlite'))
    onTestFinished(() => database.close())
    await database.addAuditEntry({ ...auditEntry, account: 'kim@acme.example' })
    const copy = temporaryFolder()
    cpSync(killed, copy, { recursive: true })
    expect(readdirSync(path.join(copy, 'microsoft'))).toContain('emi.sqlite-wal')

    for (const [left, has] of [
      [folder, 'nora@acme.example'],
      [copy, 'kim@acme.example'],
    ] as const) {
      giveAway(left)
      const before = traceOf(left)
      const openStored = () => openStoredData(left, { version: '1.2.3', clock: new FakeClock() })
      const openApp = () => openDataFolder(left).then(() => Promise.reject(new Error('It opened.')))
      const world = { ...clean, openStored, openApp }
      expect((await beside(['audit'], world)).stdout).toContain(has)
      expect((await beside(['log'], world)).code).toBe(0)
      const status = await beside(['status', '--json'], world)
      expect(status.json()).toMatchObject({ ok: true, setUp: true, running: null })
      for (const command of ['verify', 'subscriptions', 'handover']) {
        const refused = await beside([command], world)
        expect(refused).toMatchObject({ code: 6, stdout: '' })
        expect(refused.stderr).toContain(`sudo -u '#${otherUid}'`)
      }
      expect(traceOf(left)).toEqual(before)
    }
  },
)
