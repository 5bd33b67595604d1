// The command line against a scripted core: options, output, exit codes and interruptions.
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ErrorCode } from '../../main/contract/errors.ts'
import type { AppState } from '../../main/contract/models/state.ts'
import { AppError } from '../../main/core/app-error.ts'
import { hasDisplay } from '../../main/headless/system-browser.ts'
import {
  besideApp,
  interruption,
  practiceApp,
  readyApp,
  report,
  runCommand,
  ScriptedApp,
} from './fake-world.ts'
import { makePages } from './a-page.ts'

const commands = [
  'preflight',
  'setup',
  'verify',
  'consent',
  'status',
  'drift',
  'repair',
  'rotate',
  'remove',
  'handover',
  'seal',
  'open',
  'package',
  'report',
  'calendar',
  'audit',
  'serve',
  'practice',
]

describe('help', () => {
  it('lists every command and the exit codes', async () => {
    const { code, stdout } = await runCommand(['--help'])
    expect(code).toBe(0)
    for (const command of commands) expect(stdout).toContain(`  ${command}`)
    expect(stdout).toContain('130  interrupted')
  })

  it.each(commands)(
    'explains %s, its options, where secrets go and the exit codes',
    async (name) => {
      const { code, stdout } = await runCommand([name, '--help'])
      expect(code).toBe(0)
      for (const option of ['--json', '--data', '--passphrase-file', '--key-file']) {
        expect(stdout).toContain(option)
      }
      expect(stdout).toContain('EMI_PASSPHRASE')
      expect(stdout).toContain('Exit codes')
    },
  )

  it('prints the version', async () => {
    expect(await runCommand(['--version'])).toMatchObject({ code: 0, stdout: '1.2.3\n' })
  })
})

describe('a wrong command line', () => {
  it.each([
    [[]],
    [['fly']],
    [['setup', '--fly']],
    [['setup', 'extra']],
    [['setup', '--cloud', 'moon']],
    [['setup', '--secret-months', '25']],
    [['setup', '--secret-months', '1.5']],
    [['serve', '--port', '0']],
    [['handover', '--show-secret', '--secret-to', 'x']],
  ])('%j ends with 2, a reason, and an untouched core', async (args) => {
    const app = new ScriptedApp()
    const { code, stdout, stderr } = await runCommand(args, app)
    expect(code).toBe(2)
    expect(stderr).not.toBe('')
    expect(stdout).toBe('')
    expect(app.isStarted).toBe(false)
  })

  it('is one JSON document where JSON was asked for', async () => {
    const { code, stderr, json } = await runCommand(['setup', '--fly', '--json'])
    expect(code).toBe(2)
    expect(stderr).toBe('')
    expect(json()).toMatchObject({ ok: false, error: { code: 'input-invalid' } })
    expect(json().error?.message).toContain('--fly')
  })

  it.each([
    [['setup', '--practice', '--cloud', 'china']],
    [['setup', '--cloud', 'global', '--login-host', 'https://login.example']],
  ])('%j names the options that contradict each other', async (args) => {
    const { code, stderr } = await runCommand(args)
    expect(code).toBe(2)
    expect(stderr).toContain('--cloud')
  })
})

describe('setup', () => {
  it('shows the plan, writes nothing, and says how to apply it', async () => {
    const app = practiceApp()
    const { code, stdout } = await runCommand(['setup', '--practice'], app)
    expect(code).toBe(0)
    expect(stdout).toContain('create: Enterprise Messenger Integration Server')
    expect(stdout).toContain('User.Read.All')
    expect(stdout).toContain('--yes')
    expect(app.calls).not.toContain('setup.apply')
    expect(app.isStopped).toBe(true)
  })

  it('signs in as the global administrator, applies and verifies, and prints one JSON document', async () => {
    const app = practiceApp()
    const { code, json, stderr, isClosed } = await runCommand(
      ['setup', '--practice', '--yes', '--json'],
      app,
    )
    expect(code).toBe(0)
    expect(json()).toMatchObject({
      ok: true,
      applied: true,
      mode: 'practice',
      account: { username: 'nora@contoso.example' },
      applySteps: [{ object: 'application', state: 'done' }],
      verified: { roles: ['User.Read.All'] },
    })
    expect(app.inputs.get('practice.signIn')).toEqual({ personId: 'p1' })
    expect(stderr).toContain('Nora Lindqvist')
    expect(stderr).toContain('Application: Made it.')
    expect(isClosed).toBe(true)
    expect(app.listeners).toBe(0)
  })

  it('passes its options on as settings', async () => {
    const app = practiceApp()
    app.script['signIn.start'] = () => report('network-unreachable')
    await runCommand(
      [
        'setup',
        ...['--login-host', 'https://login.example', '--graph-host', 'https://graph.example'],
        ...['--ca-file', '/tmp/ca.pem', '--tenant-url', 'acme.example', '--name', 'EMI'],
        ...['--secret-months', '6', '--with-chat-read-all'],
      ],
      app,
    )
    expect(app.inputs.get('connection.choose')).toMatchObject({
      mode: 'microsoft',
      connection: {
        cloud: 'custom',
        customLoginHost: 'https://login.example',
        customGraphHost: 'https://graph.example',
        caFile: '/tmp/ca.pem',
        tenantUrl: 'acme.example',
        applicationName: 'EMI',
        secretLifetimeMonths: 6,
        optionalPermissions: ['Chat.Read.All'],
      },
    })
  })

  it.each([
    [['setup']],
    [['setup', '--tenant-url', '']],
    [['preflight']],
    [['package', '--cloud', 'global', '--to', '/nowhere']],
  ])('%j asks for the contact center before anything is switched or signed in', async (args) => {
    const app = practiceApp()
    app.change({ mode: 'practice', settings: { ...app.state.settings, mode: 'practice' } })
    const { code, stderr } = await runCommand(args, app)
    expect(code).toBe(2)
    expect(stderr).toContain('--tenant-url')
    expect(app.calls).toEqual([])
  })

  it('prints the sign-in address on stderr, and opens no browser without a display', async () => {
    const app = practiceApp()
    setTenantUrl(app)
    app.script['signIn.start'] = () => {
      queueMicrotask(() => {
        app.change({
          signIn: {
            phase: 'waiting-for-browser',
            url: 'https://login.example/authorize?x=1',
            expiresAt: '2026-03-02T09:05:00.000Z',
          },
        })
        app.change({ signIn: { phase: 'signed-out' } })
        app.setStep('sign-in', { state: 'failed', error: report('sign-in-refused') })
      })
    }
    const { code, stderr, json } = await runCommand(['setup', '--json'], app)
    expect(code).toBe(3)
    expect(stderr).toContain('https://login.example/authorize?x=1')
    expect(json()).toMatchObject({ ok: false, error: { code: 'sign-in-refused' } })
  })

  it('shows the code where a device code was asked for', async () => {
    const app = practiceApp()
    setTenantUrl(app)
    app.script['signIn.start'] = () => {
      queueMicrotask(() => {
        app.change({
          signIn: {
            phase: 'waiting-for-code',
            userCode: 'ABC-123',
            verificationUri: 'https://login.example/device',
            expiresAt: '2026-03-02T09:15:00.000Z',
          },
        })
        app.setStep('sign-in', { state: 'failed', error: report('device-code-expired') })
      })
    }
    const { code, stderr } = await runCommand(['setup', '--device-code'], app)
    expect(app.inputs.get('signIn.start')).toEqual({ method: 'device-code' })
    expect(stderr).toContain('ABC-123')
    expect(code).toBe(3)
  })

  it('stops at a check that failed, with what to do', async () => {
    const app = practiceApp()
    app.script['setup.plan'] = () => {
      app.setStep(
        'check',
        { state: 'failed' },
        {
          checks: [
            {
              name: 'roles',
              state: 'failed',
              message: 'No role.',
              reason: null,
              nextStep: 'Activate the role.',
              askText: null,
              link: null,
            },
          ],
        },
      )
    }
    const { code, stderr } = await runCommand(['setup', '--practice', '--yes'], app)
    expect(code).toBe(3)
    expect(stderr).toContain('Activate the role.')
    expect(stderr).toContain('admin-role-missing')
    expect(app.calls).not.toContain('setup.apply')
  })

  it('fails when only the verification after applying failed', async () => {
    const app = practiceApp()
    app.script['setup.apply'] = () => {
      app.setStep('verify', { state: 'failed', error: report('not-ready-in-time') })
      app.setStep('apply', { state: 'done' })
    }
    expect((await runCommand(['setup', '--practice', '--yes'], app)).code).toBe(4)
  })

  it('cancels the running step in order when it is interrupted, and ends with 130', async () => {
    const stopping = new AbortController()
    const app = practiceApp()
    app.script['setup.apply'] = () => {
      app.setStep('apply', { state: 'running' })
      queueMicrotask(() => stopping.abort(interruption))
    }
    const { code, isClosed } = await runCommand(['setup', '--practice', '--yes'], app, {
      signal: stopping.signal,
    })
    expect(code).toBe(130)
    expect(app.calls).toContain('setup.cancel')
    expect(app.isStopped).toBe(true)
    expect(isClosed).toBe(true)
  })

  it('cancels a sign-in that is interrupted', async () => {
    const stopping = new AbortController()
    const app = practiceApp()
    app.script['practice.signIn'] = () => {
      queueMicrotask(() => stopping.abort(interruption))
    }
    const { code } = await runCommand(['setup', '--practice'], app, { signal: stopping.signal })
    expect(code).toBe(130)
    expect(app.calls).toContain('signIn.cancel')
  })
})

it('collects diagnostics without opening the app, and says where they are', async () => {
  const app = practiceApp()
  const { code, stdout } = await runCommand(['diagnostics', '--to', '/tmp/help.zip'], app)
  expect(code).toBe(0)
  expect(stdout).toContain('Saved /tmp/help.zip')
  expect(app.isStarted).toBe(false)
})

describe('a data folder in which nothing ever ran', () => {
  it.each([
    ['handover'],
    ['gaps'],
    ['drift'],
    ['remove', '--yes'],
    ['hand-on'],
    ['verify'],
    ['try'],
  ])('%j says to run setup, and makes nothing there', async (...args) => {
    const app = readyApp()
    const { code, stderr } = await runCommand(args, app, { isNew: () => true })
    expect(code).toBe(4)
    expect(stderr).toContain('emi-tray setup')
    expect(app.isStarted).toBe(false)
  })

  it('status says that nothing is set up, as one document too', async () => {
    const app = readyApp()
    const told = await runCommand(['status', '--json'], app, { isNew: () => true })
    expect(told.json()).toMatchObject({ ok: true, setUp: false, mode: null, running: null })
    expect([told.code, app.isStarted]).toEqual([4, false])
  })
})

describe('refused options', () => {
  it('switch nothing: the connection is chosen together with its settings, or not at all', async () => {
    const app = practiceApp()
    app.script['connection.choose'] = () => report('input-invalid')
    const run = await runCommand(['setup', '--login-host', 'x', '--tenant-url', 'a.example'], app)
    expect(run.code).toBe(2)
    expect(app.calls).toEqual(['connection.choose'])
  })

  it('are called by their name, not by that of the setting', async () => {
    const run = await runCommand(['setup', '--practice', '--adopt', 'x'], practiceApp())
    expect(run.code).toBe(2)
    expect(run.stderr).toContain('--adopt')
  })
})

describe('failures', () => {
  it.each<[ErrorCode, number]>([
    ['unexpected', 1],
    ['tenant-url-invalid', 2],
    ['consent-missing', 3],
    ['admin-role-missing', 3],
    ['plan-missing', 4],
    ['network-unreachable', 5],
    ['graph-throttled', 5],
    ['keychain-unavailable', 6],
    ['vault-key-wrong', 6],
    ['cancelled', 130],
  ])('%s ends with %i', async (errorCode, exitCode) => {
    const app = practiceApp()
    app.script['setup.plan'] = () => report(errorCode)
    const { code, stderr } = await runCommand(['setup', '--practice'], app)
    expect(code).toBe(exitCode)
    expect(stderr).toContain('Do something.')
    expect(stderr).toContain(`(${errorCode}, reference abcd1234)`)
  })

  it('of the vault stop a command before it does anything', async () => {
    const app = practiceApp()
    app.script['connection.choose'] = () => app.change({ error: report('keychain-unavailable') })
    const { code } = await runCommand(['setup', '--practice', '--yes'], app)
    expect(code).toBe(6)
    expect(app.calls).toEqual(['connection.choose'])
  })

  it('of the data folder are told like any other', async () => {
    const { code, json } = await runCommand(['status', '--json'], new ScriptedApp(), {
      openApp: () =>
        Promise.reject(
          new AppError('data-folder-in-use', { message: 'In use.', nextStep: 'Quit.' }),
        ),
    })
    expect(code).toBe(6)
    expect(json()).toMatchObject({
      ok: false,
      error: { code: 'data-folder-in-use', message: 'In use.', nextStep: 'Quit.' },
    })
  })

  it('that nobody foresaw hide what looks like a secret', async () => {
    const { code, stdout } = await runCommand(['status', '--json'], new ScriptedApp(), {
      openApp: () => Promise.reject(new Error('client_secret=hunter22 was refused')),
    })
    expect(code).toBe(1)
    expect(stdout).not.toContain('hunter22')
  })
})

describe('verify, status and handover', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'emi-cli-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it.each(['verify', 'handover'])('%s of an empty data folder says to run setup', async (name) => {
    const { code, stderr } = await runCommand([name])
    expect(code).toBe(4)
    expect(stderr).toContain('emi-tray setup')
  })

  it('verify prints the roles of the real token', async () => {
    const { code, json } = await runCommand(['verify', '--json'], readyApp())
    expect(code).toBe(0)
    expect(json()).toMatchObject({ ok: true, verified: { roles: ['User.Read.All'] } })
  })

  it('verify ends with 3 when a role is missing', async () => {
    const app = readyApp()
    app.script['setup.verify'] = () => {
      app.setStep(
        'verify',
        { state: 'done' },
        {
          verified: {
            at: '',
            roles: [],
            missingRoles: ['User.Read.All'],
            delegatedGranted: true,
            delegatedSeen: true,
          },
        },
      )
    }
    const { code, stderr } = await runCommand(['verify'], app)
    expect(code).toBe(3)
    expect(stderr).toContain('User.Read.All')
  })

  it('status ends with 4 until the set-up is finished', async () => {
    const empty = await runCommand(['status', '--json'])
    expect(empty.code).toBe(4)
    expect(empty.json()).toMatchObject({ ok: true, setUp: false, mode: null })
    const ready = await runCommand(['status', '--json'], readyApp())
    expect(ready.code).toBe(0)
    expect(ready.json()).toMatchObject({ ok: true, setUp: true, mode: 'practice' })
  })

  it('status says the next step with the light, and what broke since leaves the set-up finished', async () => {
    const app = readyApp()
    const health: AppState['health'] = {
      ...{ light: 'failed', sentence: 'It is switched off.', since: null, fix: null },
      nextStep: 'Ask who did it.',
    }
    app.change({ health })
    app.setStep('verify', { state: 'attention' })
    const words = await runCommand(['status'], new ScriptedApp(), besideApp(app, { pid: 4711 }))
    expect(words.stdout).toMatch(/next step +Ask who did it\./)
    expect(words.code).toBe(0)
    const told = await runCommand(
      ['status', '--json'],
      new ScriptedApp(),
      besideApp(app, { pid: 4711 }),
    )
    expect(told.json()).toMatchObject({ setUp: true, running: { health } })
  })

  it('status tells what the running app says, if it is the one that holds the data', async () => {
    const status = (pid: number, change: Partial<AppState> = {}) => {
      const app = readyApp()
      app.change(change)
      return runCommand(['status', '--json'], new ScriptedApp(), besideApp(app, { pid }))
    }
    const told = await status(4711)
    expect(told.code).toBe(0)
    expect(told.json()).toMatchObject({ setUp: true, running: { pid: 4711 } })
    const leftBehind = await status(12)
    expect(leftBehind.code).toBe(6)
    expect(leftBehind.json()).toMatchObject({ error: { code: 'data-folder-in-use' } })
    const failed = await status(4711, { error: report('keychain-locked') })
    expect(failed.code).toBe(6)
    expect(failed.json()).toMatchObject({ error: { code: 'keychain-locked' } })
  })

  it('handover prints the values in the order of the form, and keeps the secret', async () => {
    const { code, stdout } = await runCommand(['handover'], readyApp())
    expect(code).toBe(0)
    const labels = stdout.split('\n').slice(0, 6)
    expect(labels.map((line) => line.split(/ {2,}/)[0])).toEqual([
      'Name',
      'Object ID',
      'Directory (Tenant) ID',
      'Client ID',
      'Client Secret',
      'Expires at',
    ])
    expect(stdout).not.toContain('the-secret-value')
    const json = await runCommand(['handover', '--json'], readyApp())
    expect(json.stdout).not.toContain('the-secret-value')
  })

  it('handover prints the secret when it is asked to', async () => {
    const { json } = await runCommand(['handover', '--json', '--show-secret'], readyApp())
    expect(json().values).toContainEqual(
      expect.objectContaining({ field: 'client-secret', value: 'the-secret-value' }),
    )
  })

  it('handover writes the secret to a new file that only its owner can read', async () => {
    const file = join(folder, 'secret')
    const { code, stdout } = await runCommand(['handover', '--secret-to', file], readyApp())
    expect(code).toBe(0)
    expect(stdout).not.toContain('the-secret-value')
    expect(await readFile(file, 'utf8')).toBe('the-secret-value')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  it('handover replaces no file with the secret', async () => {
    const file = join(folder, 'mine')
    await writeFile(file, 'mine')
    const { code } = await runCommand(['handover', '--secret-to', file], readyApp())
    expect(code).toBe(2)
    expect(await readFile(file, 'utf8')).toBe('mine')
  })
})

describe('serve', () => {
  it('prints a one-time address, opens another in the browser, and stops in order', async () => {
    const pages = await makePages()
    const stopping = new AbortController()
    const app = practiceApp()
    const opened: string[] = []
    const result = await runCommand(['serve', '--practice', '--open', '--json'], app, {
      pagesFolder: pages.folder,
      hasDisplay: true,
      signal: stopping.signal,
      openBrowser: (url) => {
        opened.push(url)
        queueMicrotask(() => stopping.abort(interruption))
        return Promise.resolve()
      },
    })
    await pages.remove()
    expect(result.code).toBe(0)
    const { url } = result.json()
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{43}$/)
    expect(opened).toHaveLength(1)
    expect(opened[0]).not.toBe(url)
    expect(app.inputs.get('connection.choose')).toEqual({ mode: 'practice' })
    expect(app.isStopped).toBe(true)
    expect(app.listeners).toBe(0)
  })

  it('prints log entries on a line each, without what a terminal would obey', async () => {
    const pages = await makePages()
    const stopping = new AbortController()
    const app = practiceApp()
    const { stderr } = await runCommand(['serve', '--open', '--json'], app, {
      pagesFolder: pages.folder,
      hasDisplay: true,
      signal: stopping.signal,
      openBrowser: () => {
        app.append({
          ...{ sequence: 1, at: '2026-03-02T09:00:00.000Z', level: 'info', area: 'inbox' },
          ...{ message: 'From chats/\u001b[2J\r\nforged line', facts: {}, delivery: null },
        })
        queueMicrotask(() => stopping.abort(interruption))
        return Promise.resolve()
      },
    })
    await pages.remove()
    const lines = stderr.split('\n').filter((line) => /From chats|forged/.test(line))
    expect(lines).toEqual([
      '2026-03-02T09:00:00.000Z info inbox From chats/\\x1b[2J\\x0d\\nforged line',
    ])
  })

  it('says to build the pages when they are missing', async () => {
    const { code, stderr } = await runCommand(['serve'])
    expect(code).toBe(4)
    expect(stderr).toContain('npm run build')
  })
})

describe('practice', () => {
  it('prints where the tenant is, and stops it when interrupted', async () => {
    const stopping = new AbortController()
    let isClosed = false
    const { code, json } = await runCommand(['practice', '--json'], new ScriptedApp(), {
      signal: stopping.signal,
      startPractice: () => {
        setImmediate(() => stopping.abort(interruption))
        return Promise.resolve({
          tenantDisplayName: 'Contoso practice',
          tenantId: 'tenant-1',
          loginHost: 'https://localhost:4001',
          graphHost: 'https://localhost:4002',
          caFile: '/data/practice/ca.pem',
          people: [
            { userPrincipalName: 'nora@contoso.example', displayName: 'Nora', role: 'user' },
          ],
          close: () => {
            isClosed = true
            return Promise.resolve()
          },
        })
      },
    })
    expect(code).toBe(0)
    expect(json()).toMatchObject({ ok: true, caFile: '/data/practice/ca.pem' })
    expect(isClosed).toBe(true)
  })
})

describe('hasDisplay', () => {
  it('knows where a browser window could be seen', () => {
    expect(hasDisplay({}, 'linux')).toBe(false)
    expect(hasDisplay({ DISPLAY: ':0' }, 'linux')).toBe(true)
    expect(hasDisplay({ WAYLAND_DISPLAY: 'wayland-0' }, 'linux')).toBe(true)
    expect(hasDisplay({}, 'darwin')).toBe(true)
    expect(hasDisplay({ SSH_CONNECTION: 'x' }, 'darwin')).toBe(false)
  })
})

function setTenantUrl(app: ScriptedApp): void {
  const { settings } = app.state
  app.change({
    settings: {
      ...settings,
      connections: {
        ...settings.connections,
        microsoft: { ...settings.connections.microsoft, tenantUrl: 'acme.example' },
      },
    },
  })
}
