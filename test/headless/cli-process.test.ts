// The compiled command line as a real process on a real data folder, without a display, with the practice tenant.
import { spawn } from 'node:child_process'
import { access, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { freePort } from '../../build/free-port.ts'
import { ask } from './a-page.ts'
import type { Document } from './fake-world.ts'

const program = join(import.meta.dirname, '../../out/main/cli.js')
const pages = join(import.meta.dirname, '../../out/renderer/index.html')
const passphrase = 'a passphrase that only this test knows'

let base: string
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'emi-cli-process-'))
})
afterAll(() => rm(base, { recursive: true, force: true, maxRetries: 3 }))

describe('the emi-tray command', () => {
  it('sets up, verifies and hands over, in a container without display or keychain', async () => {
    const data = join(base, 'set-up')
    const setup = await run(['setup', '--practice', '--yes', '--json', '--data', data])
    expect(setup.stderr).toContain('Signed in as')
    expect(setup.code).toBe(0)
    expect(setup.json()).toMatchObject({ ok: true, applied: true, verified: { missingRoles: [] } })

    const verify = await run(['verify', '--json', '--data', data])
    expect(verify).toMatchObject({ code: 0 })
    const status = await run(['status', '--json', '--data', data])
    expect(status.json()).toMatchObject({ ok: true, setUp: true, mode: 'practice' })

    const secretFile = join(base, 'secret')
    const handover = await run(['handover', '--json', '--secret-to', secretFile, '--data', data])
    expect(handover.code).toBe(0)
    expect((handover.json().values as { label: string }[]).map(({ label }) => label)).toEqual([
      'Name',
      'Object ID',
      'Directory (Tenant) ID',
      'Client ID',
      'Client Secret',
      'Expires at',
    ])
    const secret = await readFile(secretFile, 'utf8')
    expect(secret.length).toBeGreaterThan(20)
    const outputs = [setup, verify, status, handover].flatMap((one) => [one.stdout, one.stderr])
    for (const text of outputs) expect(text).not.toContain(secret)

    const again = await run(['setup', '--practice', '--json', '--data', data])
    expect(again.json()).toMatchObject({ applied: false, plan: { nothingToDo: true } })
    const wrong = await run(['verify', '--json', '--data', data], { EMI_PASSPHRASE: 'another one' })
    expect(wrong.code).toBe(6)
    expect(wrong.json()).toMatchObject({ ok: false, error: { code: 'vault-key-wrong' } })

    const serve = ['serve', '--practice', '--no-open', '--data', data]
    const locked = await run(serve, { EMI_PASSPHRASE: 'another one' })
    expect(locked.code).toBe(6)
    const errors = `${locked.stdout}${locked.stderr}`
      .split('\n')
      .filter((line) => / error /.test(line))
    expect(errors).toEqual([expect.stringContaining('code=vault-key-wrong')])
  })

  it('writes no secret in plain where there is neither keychain nor passphrase', async () => {
    const data = join(base, 'no-keychain')
    const result = await run(['setup', '--practice', '--yes', '--json', '--data', data], {
      EMI_PASSPHRASE: undefined,
    })
    expect(result.code).toBe(6)
    expect(result.json()).toMatchObject({ ok: false, error: { code: 'keychain-unavailable' } })
    expect(await readdir(data)).not.toContain('vault.json')
  })

  it('says to install again where the native keychain module is missing, and needs it only for a keychain', async () => {
    const data = join(base, 'no-keyring')
    const hook = new URL('../node/without-keyring.ts', import.meta.url).href
    const env = { NODE_OPTIONS: `--import ${hook}` }
    const setup = ['setup', '--practice', '--yes', '--json', '--data', data]
    const refused = await run(setup, { ...env, EMI_PASSPHRASE: undefined })
    expect(refused.code).toBe(6)
    const nextStep = expect.stringContaining('Install EMI Tray again.') as string
    expect(refused.json()).toMatchObject({ error: { code: 'keychain-unavailable', nextStep } })
    expect(await run(setup, env)).toMatchObject({ code: 0 })
  })

  it('serves the pages to the browser with the printed address, and stops in order', async () => {
    await access(pages)
    const data = join(base, 'serve')
    const serving = start(['serve', '--practice', '--json', '--data', data])
    const { url, origin } = await serving.document()
    const port = Number(new URL(String(origin)).port)
    const letIn = await ask(port, String(url).slice(String(origin).length))
    const cookie = letIn.headers['set-cookie']?.[0]?.split(';')[0] ?? ''
    const page = await ask(port, '/', { headers: { Cookie: cookie } })
    expect(page.status).toBe(200)
    expect(page.text).toContain('<title>EMI Tray</title>')
    expect(await stateOf(port, cookie)).toMatchObject({
      reply: { ok: true, value: { mode: 'practice', abilities: { host: 'headless' } } },
    })

    const second = await run(['verify', '--json', '--data', data])
    expect(second.json()).toMatchObject({ ok: false, error: { code: 'data-folder-in-use' } })
    serving.child.kill('SIGINT')
    expect((await serving.ended).code).toBe(0)
    expect((await run(['status', '--json', '--data', data])).code).toBe(4)
  })

  it('tells the status of the app that runs, from another terminal, without a passphrase', async () => {
    const data = join(base, 'status')
    await run(['setup', '--practice', '--yes', '--data', data])
    await useFreePort(data)
    const serving = start(['serve', '--json', '--data', data])
    const { pid } = await serving.document()
    const file = join(data, 'status.json')
    const ask = () => run(['status', '--json', '--data', data], { EMI_PASSPHRASE: undefined })
    await expect
      .poll(async () => (await ask()).json(), { interval: 500 })
      .toMatchObject({
        ok: true,
        setUp: true,
        mode: 'practice',
        running: { pid, webhook: { running: true }, subscriptions: [{ status: 'active' }, {}, {}] },
      })
    if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600)
    const words = await run(['status', '--data', data])
    expect(words.code).toBe(0)
    expect(words.stdout).toContain(`EMI Tray is running (process ${String(pid)}).`)
    expect(words.stdout).toContain('The set-up is finished.')
    const reading = ['subscriptions', 'gaps', 'hand-on']
    const withoutKey = { EMI_PASSPHRASE: undefined }
    for (const command of reading) {
      const seen = await run([command, '--json', '--data', data], withoutKey)
      expect(seen.json()).toMatchObject({ ok: true, command, running: { pid } })
    }
    const handover = await run(['handover', '--show-secret', '--json', '--data', data])
    const values = handover.json().values as { field: string; value: string }[]
    const secret = values.find(({ field }) => field === 'client-secret')?.value
    expect(secret).toMatch(/\dQ~/)
    const told = await readFile(file, 'utf8')
    expect(told).not.toMatch(/\dQ~|eyJ|clientState/)

    // A folder that is held by somebody who says nothing is still said to be in use.
    const askWithoutFile = async () => {
      // It is written again at each change of the state, such as the next subscription that becomes active.
      await rm(file, { force: true })
      return (await ask()).json()
    }
    await expect
      .poll(askWithoutFile, { interval: 100 })
      .toMatchObject({ error: { code: 'data-folder-in-use' } })
    serving.child.kill('SIGTERM')
    expect((await serving.ended).code).toBe(0)
    expect(await readdir(data)).not.toContain('status.json')
    const stopped = await run(['status', '--json', '--data', data])
    expect(stopped.json()).toMatchObject({ ok: true, setUp: true, running: null })
  })

  it('runs the practice tenant for another one to connect to', async () => {
    const serving = start(['practice', '--json', '--data', join(base, 'practice')])
    const { loginHost, caFile } = await serving.document()
    expect(await readFile(String(caFile), 'utf8')).toContain('BEGIN CERTIFICATE')
    const setup = start([
      'setup',
      ...['--login-host', String(loginHost), '--graph-host', String(loginHost)],
      ...['--ca-file', String(caFile), '--tenant-url', 'acme.example', '--json'],
      ...['--data', join(base, 'client')],
    ])
    await setup.said(/authorize\?/)
    setup.child.kill('SIGINT')
    const ended = await setup.ended
    expect(ended.code).toBe(130)
    expect(ended.json()).toMatchObject({ ok: false, error: { code: 'cancelled' } })
    serving.child.kill('SIGTERM')
    expect((await serving.ended).code).toBe(0)
  })
})

function start(args: string[], change: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [program, ...args], {
    // No display, no session bus: as in a bare container.
    env: {
      PATH: process.env.PATH,
      HOME: base,
      EMI_PASSPHRASE: passphrase,
      EMI_PRACTICE_REPLICATION_MS: '50',
      ...change,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  // Only a test that failed leaves one running.
  onTestFinished(() => void child.kill('SIGKILL'))
  let stdout = ''
  let stderr = ''
  let wake: () => void = () => undefined
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    stdout += part
    wake()
  })
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    stderr += part
    wake()
  })
  const ended = new Promise<Result>((resolve) => {
    child.once('close', (code) => {
      resolve({ code, stdout, stderr, json: () => JSON.parse(stdout) as Document })
      wake()
    })
  })
  const until = async (isReached: () => boolean) => {
    while (!isReached()) {
      if (child.exitCode !== null) throw new Error(`It ended early: ${stdout} ${stderr}`)
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  return {
    child,
    ended,
    said: (pattern: RegExp) => until(() => pattern.test(stderr)),
    async document(): Promise<Document> {
      await until(() => stdout.endsWith('}\n'))
      return JSON.parse(stdout) as Document
    },
  }
}

/** Another EMI Tray on this computer may have the usual one. */
async function useFreePort(data: string): Promise<void> {
  const file = join(data, 'settings.json')
  const settings = JSON.parse(await readFile(file, 'utf8')) as {
    connections: { practice: { webhookPort: number } }
  }
  settings.connections.practice.webhookPort = await freePort()
  await writeFile(file, JSON.stringify(settings))
}

interface Result {
  code: number | null
  stdout: string
  stderr: string
  json: () => Document
}

function run(args: string[], change: NodeJS.ProcessEnv = {}): Promise<Result> {
  return start(args, change).ended
}

function stateOf(port: number, cookie: string): Promise<unknown> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`, {
    headers: { Origin: `http://127.0.0.1:${port}`, Cookie: cookie },
  })
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.once('open', () => socket.send(JSON.stringify({ id: 1, name: 'app.getState' })))
    socket.on('message', (data) => {
      const message = JSON.parse((data as Buffer).toString('utf8')) as { id?: number }
      if (message.id !== 1) return
      socket.terminate()
      resolve(message)
    })
  })
}
