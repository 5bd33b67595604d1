// The commands beside setup and serve against a scripted core: what they ask, print, and how they end.
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DriftReport, SecretInfo } from '../../main/contract/models/application.ts'
import type { JobState } from '../../main/contract/models/job.ts'
import type { RemovalItem } from '../../main/contract/models/removal.ts'
import type { AppState } from '../../main/contract/models/state.ts'
import { noDrift } from '../../main/core/nothing-yet.ts'
import {
  interruption,
  practiceApp,
  readyApp,
  report,
  runCommand,
  type ScriptedApp,
} from './fake-world.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emi-care-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const idle: JobState = { running: false, progress: null, error: null }
const running: JobState = {
  ...idle,
  running: true,
  progress: { current: 1, total: 3, doing: 'Working', usuallySeconds: 5, startedAt: '' },
}

describe('preflight', () => {
  it('prints what, why, what to do and the text to send on, and ends as the first failure says', async () => {
    const app = practiceApp()
    app.script['setup.check'] = () => {
      app.setStep(
        'check',
        { state: 'failed' },
        {
          checks: [
            {
              name: 'roles',
              state: 'failed',
              message: 'No role is active.',
              reason: 'Applications need one.',
              nextStep: 'Activate it.',
              askText: 'Please activate the role for Nora.',
              link: 'pim-my-roles',
            },
          ],
          candidates: [
            {
              applicationObjectId: 'o1',
              appId: 'a1',
              displayName: 'EMI by hand',
              createdAt: null,
              redirectUris: [],
              owners: ['Samir'],
              matchedBy: ['name'],
              deletedAt: null,
              chosen: false,
            },
          ],
        },
      )
    }
    const { code, stdout } = await runCommand(['preflight', '--practice'], withTenantUrl(app))
    expect(code).toBe(3)
    for (const part of [
      'No role is active.',
      'Applications need one.',
      'Activate it.',
      'Please activate the role for Nora.',
      'a1  EMI by hand (same name; owned by Samir)',
    ]) {
      expect(stdout).toContain(part)
    }
    expect(app.calls).not.toContain('setup.plan')
  })
})

describe('drift and repair', () => {
  it('drift says what differs and ends with 4', async () => {
    const app = signedIn()
    app.script['drift.check'] = () => finishDrift(app, driftReport(false))
    const { code, stdout } = await runCommand(['drift'], app)
    expect(code).toBe(4)
    expect(stdout).toContain('missing: Redirect URI')
    expect(stdout).toContain('should be: https://acme')
    expect(stdout).toContain('scope:Mail.Read')
  })

  it('drift ends with 0 when all is in order', async () => {
    const app = signedIn()
    app.script['drift.check'] = () => finishDrift(app, driftReport(true))
    expect((await runCommand(['drift'], app)).code).toBe(0)
  })

  it('repair writes nothing without --yes', async () => {
    const app = signedIn()
    app.script['drift.check'] = () => finishDrift(app, driftReport(false))
    const { code, stdout } = await runCommand(['repair'], app)
    expect(code).toBe(4)
    expect(stdout).toContain('--yes')
    expect(app.calls).not.toContain('drift.repair')
  })

  it('repair removes only what is named', async () => {
    const app = signedIn()
    app.script['drift.check'] = () => finishDrift(app, driftReport(false))
    app.script['drift.repair'] = () => finishDrift(app, driftReport(true))
    const args = ['repair', '--yes', '--remove', 'scope:Mail.Read']
    const { code, stderr } = await runCommand(args, app)
    expect(code).toBe(0)
    expect(app.inputs.get('drift.repair')).toEqual({ removals: ['scope:Mail.Read'] })
    expect(stderr).toContain('[1/3] Working')
  })

  it.each([[[]], [['--yes']]])('repair %j refuses to remove what is not there', async (more) => {
    const app = signedIn()
    app.script['drift.check'] = () => finishDrift(app, driftReport(false))
    const run = await runCommand(['repair', ...more, '--remove', 'nonsense'], app)
    expect(run.code).toBe(2)
    expect(run.stderr).toContain('nonsense')
    expect(app.calls).not.toContain('drift.repair')
  })

  it('cancels in order when it is interrupted', async () => {
    const stopping = new AbortController()
    const app = signedIn()
    app.script['drift.check'] = () => {
      app.change({ drift: { ...noDrift, job: running } })
      queueMicrotask(() => stopping.abort(interruption))
    }
    app.script['drift.cancel'] = () => {
      app.change({ drift: { ...noDrift, job: { ...idle, error: report('cancelled') } } })
    }
    const { code } = await runCommand(['drift'], app, { signal: stopping.signal })
    expect(code).toBe(130)
    expect(app.calls).toContain('drift.cancel')
    expect(app.listeners).toBe(0)
  })
})

describe('rotate', () => {
  it('shows the secret and changes nothing without an option', async () => {
    const app = signedIn()
    const { code, stdout } = await runCommand(['rotate'], app)
    expect(code).toBe(0)
    expect(stdout).toContain('abc… (key-1)')
    expect(app.calls.filter((name) => name.startsWith('rotation.'))).toEqual([])
  })

  it.each([
    ['--yes', 'rotation.start'],
    ['--confirm', 'rotation.confirm'],
    ['--abandon', 'rotation.abandon'],
  ])('%s asks for %s', async (option, name) => {
    const app = signedIn()
    app.script[name] = () => finishRotation(app, null)
    expect((await runCommand(['rotate', option], app)).code).toBe(0)
    expect(app.calls).toContain(name)
  })

  it('says where the new secret goes and what never to delete', async () => {
    const app = signedIn()
    app.script['rotation.start'] = () =>
      finishRotation(app, {
        phase: 'handing-over',
        startedAt: '',
        newSecret: secret('key-2', 'xyz'),
        oldSecret: secret('key-1', 'abc'),
        proofs: 5,
        proofsNeeded: 5,
      })
    const { stdout } = await runCommand(['rotate', '--yes'], app)
    expect(stdout).toContain('never delete it')
    expect(stdout).toContain('rotate --confirm')
    expect(stdout).toContain('abc… (key-1)')
  })

  it('takes one of its options at a time', async () => {
    expect((await runCommand(['rotate', '--yes', '--confirm'], signedIn())).code).toBe(2)
  })

  it('ends with the error of the rotation', async () => {
    const app = signedIn()
    app.script['rotation.start'] = () => finishRotation(app, null, report('secret-forbidden'))
    const { code, stderr } = await runCommand(['rotate', '--yes'], app)
    expect(code).toBe(3)
    expect(stderr).toContain('secret-forbidden')
  })
})

describe('remove', () => {
  it('lists, and removes nothing without --yes', async () => {
    const app = removing()
    const { code, stdout } = await runCommand(['remove'], app)
    expect(code).toBe(0)
    expect(stdout).toContain('In the tenant:')
    expect(stdout).toContain('On this machine:')
    expect(stdout).toContain('stays: Adopted application')
    expect(app.calls).not.toContain('removal.start')
  })

  it('removes everything that may be removed with --yes', async () => {
    const app = removing()
    expect((await runCommand(['remove', '--yes'], app)).code).toBe(0)
    expect(app.inputs.get('removal.start')).toEqual({ ids: ['grant', 'vault'] })
  })

  it('needs no sign-in for what is on this machine', async () => {
    const app = removing()
    app.change({ signIn: { phase: 'signed-out' } })
    expect((await runCommand(['remove', '--yes', '--only-here'], app)).code).toBe(0)
    expect(app.inputs.get('removal.start')).toEqual({ ids: ['vault'] })
    expect(app.calls).not.toContain('signIn.start')
  })

  it('refuses a name that is not on the list, or stays', async () => {
    expect((await runCommand(['remove', '--yes', '--only', 'application'], removing())).code).toBe(
      2,
    )
  })

  it('fails when an item could not be removed', async () => {
    const app = removing()
    app.script['removal.start'] = () => finishRemoval(app, report('graph-forbidden'))
    expect((await runCommand(['remove', '--yes'], app)).code).toBe(3)
  })
})

describe('files', () => {
  it('package writes every file into the folder, and replaces none', async () => {
    const app = withTenantUrl(readyApp())
    const file = { name: 'permissions.md', mediaType: 'text/markdown', text: '# Permissions' }
    app.script['package.create'] = () => ({ files: [file] })
    const to = join(folder, 'new')
    expect((await runCommand(['package', '--to', to], app)).code).toBe(0)
    expect(await readFile(join(to, 'permissions.md'), 'utf8')).toBe('# Permissions')
    expect((await runCommand(['package', '--to', to], app)).code).toBe(2)
    // A folder cannot be made where a file is.
    const inFile = join(to, file.name, 'sub')
    expect((await runCommand(['package', '--to', inFile], app)).code).toBe(2)
  })

  it('report prints its file, or writes it where --to says', async () => {
    const app = readyApp()
    const name = 'report.create'
    app.script[name] = () => ({ name: 'file', mediaType: 'text/plain', text: 'The text\n' })
    expect((await runCommand(['report'], app)).stdout).toBe('The text\n')
    expect(app.inputs.get(name)).toEqual({ format: 'markdown' })
    const to = join(folder, 'report')
    expect((await runCommand(['report', '--to', to], app)).code).toBe(0)
    expect(await readFile(to, 'utf8')).toBe('The text\n')
    expect((await stat(to)).mode & 0o777).toBe(0o600)
  })

  it('handover --format prints the file, with the secret only where it is asked for', async () => {
    const app = readyApp()
    app.script['handover.export'] = () => ({
      name: 'a.env',
      mediaType: 'text/plain',
      text: 'A=1\n',
    })
    expect((await runCommand(['handover', '--format', 'env'], app)).stdout).toBe('A=1\n')
    expect(app.inputs.get('handover.export')).toEqual({ format: 'env', withSecret: false })
    await runCommand(['handover', '--format', 'env', '--show-secret'], app)
    expect(app.inputs.get('handover.export')).toEqual({ format: 'env', withSecret: true })
  })
})

describe('seal and open', () => {
  it('seal takes the passphrase from the environment and writes a private file', async () => {
    const app = readyApp()
    app.script['handover.seal'] = () => ({ name: 'h.age', mediaType: 'text/plain', text: 'SEALED' })
    const to = join(folder, 'h.age')
    const env = { EMI_SEAL_PASSPHRASE: 'correct horse battery' }
    const { code, stdout, stderr } = await runCommand(['seal', '--to', to], app, { env })
    expect(code).toBe(0)
    expect(app.inputs.get('handover.seal')).toEqual({
      passphrase: 'correct horse battery',
      validDays: 7,
    })
    expect(stdout + stderr).not.toContain('correct horse')
    expect(await readFile(to, 'utf8')).toBe('SEALED')
    expect((await stat(to)).mode & 0o777).toBe(0o600)
  })

  it('seal without a passphrase says where to give it, and writes nothing', async () => {
    const { code, stderr } = await runCommand(['seal', '--to', join(folder, 'x')], readyApp())
    expect(code).toBe(2)
    expect(stderr).toContain('EMI_SEAL_PASSPHRASE')
    expect(await readdir(folder)).toEqual([])
  })

  it('open takes the file over and waits for the verification', async () => {
    const sealed = join(folder, 'h.age')
    const passphraseFile = join(folder, 'passphrase')
    await writeFile(sealed, 'SEALED')
    await writeFile(passphraseFile, 'correct horse battery\n')
    const app = practiceApp()
    app.script['handover.open'] = () => {
      app.setStep('verify', { state: 'running' })
      queueMicrotask(() =>
        app.setStep(
          'verify',
          { state: 'done' },
          {
            verified: {
              at: '',
              roles: ['A.Read'],
              missingRoles: [],
              delegatedGranted: true,
              delegatedSeen: true,
            },
          },
        ),
      )
      return {
        tenantDisplayName: 'Contoso',
        applicationName: 'EMI',
        appId: 'a1',
        createdAt: '',
        expiresAt: '',
      }
    }
    const args = ['open', sealed, '--practice', '--seal-passphrase-file', passphraseFile]
    const { code, stdout } = await runCommand(args, app)
    expect(code).toBe(0)
    expect(app.inputs.get('handover.open')).toEqual({
      text: 'SEALED',
      passphrase: 'correct horse battery',
      replace: false,
    })
    expect(stdout).toContain('Contoso')
    expect(stdout).toContain('A.Read')
  })

  it('open looks at its files before it chooses a connection', async () => {
    const app = practiceApp()
    const missing = ['open', join(folder, 'none.age'), '--practice']
    expect((await runCommand(missing, app)).code).toBe(2)
    expect((await runCommand(missing, app, { env: { EMI_SEAL_PASSPHRASE: 'p' } })).code).toBe(2)
    expect(app.calls).toEqual([])
  })
})

describe('verify with given credentials', () => {
  const given = ['verify', '--tenant-id', 't1', '--app-id', 'a1']

  it('takes all three values or none, so that its own application never passes for the given one', async () => {
    for (const part of [
      ['--tenant-id', 't1'],
      ['--app-id', 'a1'],
      ['--secret-file', 'x'],
    ]) {
      const app = readyApp()
      expect(await runCommand(['verify', ...part], app)).toMatchObject({ code: 2 })
      expect(app.calls).toEqual([])
    }
  })

  it('checks them without a sign-in, with the secret from the environment', async () => {
    const app = readyApp()
    app.script['credentials.verify'] = () => ({
      at: '',
      ok: true,
      tenantId: 't1',
      clientId: 'a1',
      roles: ['User.Read.All'],
      missing: [],
      surplus: [],
      error: null,
    })
    const { code, stdout } = await runCommand(given, app, { env: { EMI_CLIENT_SECRET: 'value' } })
    expect(code).toBe(0)
    expect(stdout).toContain('User.Read.All')
    expect(app.inputs.get('credentials.verify')).toEqual({
      tenantId: 't1',
      clientId: 'a1',
      clientSecret: 'value',
    })
    expect(app.calls).not.toContain('setup.verify')
  })

  it('ends with what is wrong with them', async () => {
    const app = readyApp()
    app.script['credentials.verify'] = () => ({ error: report('secret-id-pasted') })
    const { code, stderr } = await runCommand(given, app, { env: { EMI_CLIENT_SECRET: 'value' } })
    expect(code).toBe(2)
    expect(stderr).toContain('secret-id-pasted')
  })
})

describe('consent', () => {
  it('prints the link, and ends with 4 while permissions are missing', async () => {
    const app = consenting('waiting')
    const { code, stdout } = await runCommand(['consent'], app)
    expect(code).toBe(4)
    expect(stdout).toContain('https://login.example/adminconsent')
    expect(stdout).toContain('Chat.ReadWrite.All')
  })

  it('waits with --wait until it was used', async () => {
    const app = consenting('waiting')
    const before = app.script['consent.start']
    app.script['consent.start'] = (input) => {
      before?.(input)
      queueMicrotask(() => app.change({ consent: consent('granted') }))
    }
    expect((await runCommand(['consent', '--wait'], app)).code).toBe(0)
  })
})

function withTenantUrl(app: ScriptedApp): ScriptedApp {
  const { settings } = app.state
  const { microsoft, practice } = settings.connections
  app.change({
    settings: {
      ...settings,
      connections: {
        microsoft: { ...microsoft, tenantUrl: 'acme.example' },
        practice: { ...practice, tenantUrl: 'acme.example' },
      },
    },
  })
  return app
}

function signedIn(): ScriptedApp {
  const app = readyApp()
  app.change({
    signIn: {
      phase: 'signed-in',
      account: {
        username: 'nora@contoso.example',
        displayName: 'Nora',
        tenantId: 't1',
        tenantDisplayName: 'Contoso',
        tenantDomain: 'contoso.example',
        roles: [],
      },
    },
  })
  finishRotation(app, null)
  return app
}

function finishDrift(app: ScriptedApp, found: DriftReport): void {
  app.change({ drift: { ...noDrift, job: running } })
  queueMicrotask(() => app.change({ drift: { ...noDrift, report: found } }))
}

function driftReport(inOrder: boolean): DriftReport {
  return {
    at: '',
    applicationObjectId: 'o1',
    appId: 'a1',
    displayName: 'EMI',
    inOrder,
    rows: [
      {
        object: 'redirect-uri',
        state: inOrder ? 'ok' : 'missing',
        name: 'Redirect URI',
        expected: 'https://acme',
        found: 'nothing',
        detail: 'Agents cannot come back.',
        removalId: null,
      },
    ],
    permissions: [
      {
        value: 'Mail.Read',
        kind: 'delegated',
        required: false,
        configured: true,
        granted: true,
        optional: false,
        state: 'surplus',
        removalId: 'scope:Mail.Read',
      },
    ],
    secrets: [],
  }
}

function finishRotation(
  app: ScriptedApp,
  rotation: AppState['secretCare']['rotation'],
  error: JobState['error'] = null,
): void {
  const care: AppState['secretCare'] = {
    current: secret('key-1', 'abc'),
    daysLeft: 100,
    level: 'ok',
    nextAlertAt: null,
    rotation,
    job: { ...idle, error },
  }
  app.change({ secretCare: care })
}

function secret(keyId: string, hint: string): SecretInfo {
  return {
    keyId,
    displayName: 'EMI Tray',
    hint,
    startDateTime: '2026-03-02T09:00:00Z',
    endDateTime: '2028-03-02T09:00:00Z',
    expired: false,
    state: 'current',
    removalId: null,
  }
}

function removing(): ScriptedApp {
  const app = signedIn()
  const item = (id: string, place: RemovalItem['place'], removable: boolean): RemovalItem => ({
    id,
    place,
    kind: id === 'vault' ? 'vault' : id === 'grant' ? 'delegated-grant' : 'application',
    name: id === 'application' ? 'Adopted application' : id,
    detail: 'Detail.',
    removable,
    state: 'listed',
    error: null,
  })
  const items = [
    item('grant', 'tenant', true),
    item('application', 'tenant', false),
    item('vault', 'this-machine', true),
  ]
  app.script['removal.list'] = () =>
    app.change({ removal: { job: idle, listedAt: '2026-03-02T09:00:00Z', items } })
  app.script['removal.start'] = () => finishRemoval(app, null)
  return app
}

function finishRemoval(app: ScriptedApp, error: RemovalItem['error']): void {
  const { removal } = app.state
  const items = removal.items.map((item) => ({
    ...item,
    state: error ? ('failed' as const) : ('done' as const),
    error,
  }))
  app.change({ removal: { ...removal, job: running } })
  queueMicrotask(() => app.change({ removal: { ...removal, job: idle, items } }))
}

function consent(phase: 'waiting' | 'granted'): AppState['consent'] {
  return {
    url: 'https://login.example/adminconsent',
    phase,
    startedAt: '',
    lastCheckedAt: null,
    missing: phase === 'waiting' ? ['Chat.ReadWrite.All'] : [],
    error: null,
  }
}

function consenting(phase: 'waiting' | 'granted'): ScriptedApp {
  const app = readyApp()
  app.script['consent.start'] = () => app.change({ consent: consent(phase) })
  return app
}
