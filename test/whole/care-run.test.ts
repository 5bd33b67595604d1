// Runs every command of the months after the set-up with the real program: compare, repair, rotate, seal, open, leave.
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import tls from 'node:tls'
import { expect, test } from 'vitest'
import { type PracticeTenant, startPracticeTenant } from '../../main/practice/practice-tenant.ts'
import { collectCanaries, expectNoCanary, withoutSignInAddress } from './canaries.ts'
import {
  answerSignIn,
  customCloudOptions,
  keyFileIn,
  newDataFolder,
  startCli,
} from './cli-process.ts'

const SEAL_PASSPHRASE = 'another passphrase for the sealed file'
const PATIENCE_MS = 300_000

test(
  'an application is checked, adopted, compared, repaired, rotated, handed on and removed, and no secret shows',
  async () => {
    const { tenant, canaries, folder, cloud, run, close } = await setUp()
    const { control } = tenant

    const preflight = await run(['preflight', ...cloud, '--json'], { signsIn: true })
    expect(preflight.code, preflight.stdout + preflight.stderr).toBe(0)
    expect(preflight.json()).toMatchObject({ ok: true, passed: true })

    const made = await run(['setup', ...cloud, '--yes', '--json'])
    expect(made.code, made.stderr).toBe(0)
    const appId = appIdOf(await run(['handover', '--json']))
    const before = control.counts()

    expect((await run(['drift'])).code).toBe(0)
    control.act('revoke-consent')
    control.act('add-surplus')
    const drift = await run(['drift', '--json'])
    expect(drift.code).toBe(4)
    expect(drift.json()).toMatchObject({ report: { inOrder: false } })

    // Repair adds what is missing, and leaves what somebody else added.
    expect((await run(['repair', '--yes'])).code).toBe(0)
    expect(control.counts().appRoleAssignments).toBe(before.appRoleAssignments)
    expect(JSON.stringify(control.application(appId))).toContain('Mail.Read')
    const again = await run(['repair', '--json'])
    const removals = removalsOf(again.json())
    expect(removals.length).toBeGreaterThan(0)
    const cleaned = await run(['repair', '--yes', '--json', '--remove', ...removals])
    expect(cleaned.code, cleaned.stderr).toBe(0)
    expect(removalsOf(cleaned.json())).toEqual([])
    expect(control.counts()).toEqual(before)

    // Both secrets work until the new one is confirmed; then only the new one.
    const oldSecret = await secretOf(run)
    canaries.add(oldSecret)
    expect((await run(['rotate', '--yes'])).code).toBe(0)
    const newSecret = await secretOf(run)
    canaries.add(newSecret)
    expect(newSecret).not.toBe(oldSecret)
    expect(control.isSecretValid(appId, oldSecret)).toBe(true)
    expect(control.isSecretValid(appId, newSecret)).toBe(true)
    expect((await run(['rotate', '--confirm'])).code).toBe(0)
    expect(control.isSecretValid(appId, oldSecret)).toBe(false)
    expect(control.isSecretValid(appId, newSecret)).toBe(true)
    expect((await run(['verify'])).code).toBe(0)

    // Handed on to a machine that knows nothing yet.
    const sealed = join(folder, 'handover.age')
    expect((await run(['seal', '--to', sealed], { seals: true })).code).toBe(0)
    expect((await stat(sealed)).mode & 0o777).toBe(0o600)
    const other = await newDataFolder()
    const opened = await run(['open', sealed, ...cloud, '--json'], {
      seals: true,
      data: other.path,
    })
    expect(opened.code, opened.stderr).toBe(0)
    expect(opened.json()).toMatchObject({ ok: true, appId })
    const given = await run(['handover', '--json', '--show-secret'], {
      data: other.path,
      showsSecret: true,
    })
    expect(JSON.stringify(given.json())).toContain(newSecret)

    // Values that somebody gave, checked without keeping them.
    const wrong = await run(
      ['verify', '--tenant-id', tenant.tenantId, '--app-id', appId, '--json'],
      { env: { EMI_CLIENT_SECRET: '7d6a1c52-95e4-4c1b-8c75-0d4d9b9e3f20' } },
    )
    expect(wrong.code).toBe(2)
    expect(wrong.json()).toMatchObject({ error: { code: 'secret-id-pasted' } })

    const packageFolder = join(folder, 'package')
    expect((await run(['package', '--to', packageFolder])).code).toBe(0)
    expect((await readdir(packageFolder)).length).toBeGreaterThan(4)
    const report = await run(['report'])
    expect(report.stdout).toContain(appId)
    expect(report.stdout).toContain('nora.lindqvist@contoso-practice.example')
    expect((await run(['calendar'])).stdout).toContain('BEGIN:VCALENDAR')
    const audit = await run(['audit', '--format', 'json'])
    expect(audit.stdout).toContain('request')

    await expectNoCanary({ canaries, output: '', folder: other.path })
    await other.remove()

    // Nothing is left in the tenant, and nothing of ours on this machine.
    const listed = await run(['remove', '--json'])
    expect(listed.code, listed.stderr).toBe(0)
    const removed = await run(['remove', '--yes', '--json'])
    expect(removed.code, removed.stderr).toBe(0)
    expect(control.counts()).toMatchObject({
      applications: 0,
      servicePrincipals: 0,
      grants: 0,
      appRoleAssignments: 0,
      secrets: 0,
      subscriptions: 0,
    })
    expect((await run(['status'])).code).toBe(4)
    await close()
  },
  PATIENCE_MS,
)

interface Ended {
  code: number | null
  stdout: string
  stderr: string
  json: () => Record<string, unknown>
}

interface RunOptions {
  signsIn?: boolean
  seals?: boolean
  /** The command is meant to print the secret. */
  showsSecret?: boolean
  data?: string
  env?: NodeJS.ProcessEnv
}

type Run = (args: string[], options?: RunOptions) => Promise<Ended>

async function setUp(): Promise<{
  tenant: PracticeTenant
  canaries: Set<string>
  folder: string
  cloud: string[]
  run: Run
  close: () => Promise<void>
}> {
  // Outside the data folder, where it would be found; the passphrase in its place is the whole run's.
  const keys = await newDataFolder()
  const environment = await keyFileIn(keys.path)
  const canaries = new Set([await readFile(String(environment.EMI_KEY_FILE), 'utf8')])
  canaries.add(SEAL_PASSPHRASE)
  const tenant = await startPracticeTenant({
    replicationDelayMs: 0,
    tap: (exchange) => collectCanaries(exchange, canaries),
  })
  tls.setDefaultCACertificates([...tls.getCACertificates('bundled'), tenant.caPem])
  const folder = await newDataFolder()
  const cloud = await customCloudOptions(tenant, folder.path)
  let output = ''
  const run: Run = async (args, options = {}) => {
    const child = startCli([...args, '--data', options.data ?? folder.path], {
      ...environment,
      ...options.env,
      ...(options.seals ? { EMI_SEAL_PASSPHRASE: SEAL_PASSPHRASE } : {}),
    })
    if (options.signsIn) await answerSignIn(child, tenant)
    const code = await child.exited
    const stdout = child.stdout()
    const stderr = child.stderr()
    if (!options.showsSecret) output += stdout + withoutSignInAddress(stderr)
    return { code, stdout, stderr, json: () => JSON.parse(stdout) as Record<string, unknown> }
  }
  return {
    tenant,
    canaries,
    folder: folder.path,
    cloud,
    run,
    close: async () => {
      await tenant.close()
      await expectNoCanary({ canaries, output, folder: folder.path })
      await folder.remove()
      await keys.remove()
    },
  }
}

function appIdOf(handover: Ended): string {
  const { values } = handover.json() as { values: { field: string; value: string | null }[] }
  return values.find((one) => one.field === 'client-id')?.value ?? ''
}

async function secretOf(run: Run): Promise<string> {
  const { stdout } = await run(['handover', '--json', '--show-secret'], { showsSecret: true })
  const { values } = JSON.parse(stdout) as { values: { field: string; value: string | null }[] }
  return values.find((one) => one.field === 'client-secret')?.value ?? ''
}

/** The ids of everything that is more than needed. */
function removalsOf(document: Record<string, unknown>): string[] {
  const { report } = document as {
    report: Record<'rows' | 'permissions' | 'secrets', { removalId: string | null }[]>
  }
  return [...report.rows, ...report.permissions, ...report.secrets].flatMap(
    ({ removalId }) => removalId ?? [],
  )
}
