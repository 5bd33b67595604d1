// The command provider with a real child process: how it finds the address, how it ends, and what it never leaks.
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { CommandSettings } from '../../main/contract/models/settings.ts'
import { COMMAND_SECRET } from '../../main/core/ports/secret-store.ts'
import { defaultSettings } from '../../main/core/settings.ts'
import { refuseSecretsInArguments, TUNNEL_PROFILES } from '../../main/core/tunnel/profiles.ts'
import { commandTunnel } from '../../main/node/command-tunnel.ts'
import { programBook } from '../../main/node/program-book.ts'
import { MemorySecrets } from '../fakes/memory-ports.ts'
import { askAt, expectOnlyWebhook, startWebhook } from './only-webhook.ts'

const never = new AbortController().signal
const program = path.join(import.meta.dirname, 'tunnel-program.ts')

async function open(
  args: string[],
  change: Partial<CommandSettings> & {
    publicUrl?: string
    secret?: string
    signal?: AbortSignal
    port?: number
  } = {},
) {
  const { publicUrl = '', secret, signal = never, port = 8730, ...rest } = change
  const secrets = new MemorySecrets()
  if (secret) await secrets.set(COMMAND_SECRET, secret)
  const command = {
    ...{ program: process.execPath, args: [program, ...args] },
    ...{ pattern: 'url=(\\S+)', secretVariable: '', ...rest },
  }
  const book = programBook(path.join(tmpdir(), `emi-programs-${process.pid}.json`))
  const session = await commandTunnel({ book, settleMs: 50, endLimitMs: 200 }).open({
    settings: { ...defaultSettings.connections.microsoft, publicUrl, command },
    ...{ secrets, signal, local: { host: '127.0.0.1', port } },
  })
  onTestFinished(() => session.close())
  return session
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    // What has ended but was not collected yet is not alive.
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
  } catch {
    return false
  }
}

describe('a program', () => {
  test('names the address in its output, with the port filled in', async () => {
    const session = await open(['announce', '{port}'], {
      pattern: 'https://[a-z0-9-]+\\.trycloudflare\\.example',
    })
    expect(session.publicUrl).toBe('https://fresh-8730.trycloudflare.example')
    await session.close()
    expect((await session.closed).code).toBe('cancelled')
  })

  test('leads to the three paths of the webhook, and to nothing else', async () => {
    const { port } = await startWebhook()
    const { publicUrl } = await open(['forward', '{port}'], { port })
    await expectOnlyWebhook(askAt(Number(/port-(\d+)/.exec(publicUrl)?.[1])))
  })

  test('with a fixed address is up once its output says that it is connected, or after a moment', async () => {
    const publicUrl = 'https://emi.example.com'
    const waited = await open(['announce'], { publicUrl, pattern: 'starting' })
    expect(waited.publicUrl).toBe(publicUrl)
    expect((await open(['announce'], { publicUrl, pattern: '' })).publicUrl).toBe(publicUrl)
  })

  test('that ends is started again later, with its last words in the details', async () => {
    const session = await open(['die'])
    const reason = await session.closed
    expect(reason).toMatchObject({ code: 'tunnel-transient' })
    expect(reason.details).toContain('url=https://short.example')
  })

  test.each([
    ['Error: unknown flag: --urll', 'tunnel-config'],
    ['open frpc.toml: no such file or directory', 'tunnel-config'],
    ['failed: Unauthorized: Invalid token', 'tunnel-auth'],
    ['dial tcp: lookup edge.example: connection refused', 'tunnel-transient'],
  ])('that says “%s” and ends means %s', async (words, code) => {
    await expect(open(['say', words])).rejects.toMatchObject({
      code,
      details: expect.stringContaining(words) as string,
    })
  })

  test('that is not installed is named', async () => {
    await expect(open([], { program: 'no-such-program' })).rejects.toMatchObject({
      code: 'tunnel-config',
      message: expect.stringContaining('no-such-program') as string,
    })
  })

  test.each([{ program: '' }, { pattern: '(' }, { pattern: '' }])(
    'is not started with wrong settings: %j',
    async (change) => {
      await expect(open(['announce'], change)).rejects.toMatchObject({ code: 'tunnel-config' })
    },
  )

  test('takes what it started along when it ends', async () => {
    let line = ''
    const session = await open(['family'], {
      pattern: 'child (\\d+) ',
      publicUrl: 'https://x.example',
    })
    // The address is fixed here; the pattern only waits for the child.
    const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8')
    for (const pid of children.trim().split(' ')) {
      line += readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    }
    const grandchildren = line.trim().split(' ').filter(Boolean).map(Number)
    expect(grandchildren.some(isAlive)).toBe(true)
    await session.close()
    await expect.poll(() => grandchildren.some(isAlive)).toBe(false)
  })

  test('that does not want to end is ended', async () => {
    const session = await open(['stubborn'])
    const startedAt = performance.now()
    await session.close()
    expect(performance.now() - startedAt).toBeGreaterThan(150)
    expect((await session.closed).code).toBe('cancelled')
  })

  test('is ended when opening is called off', async () => {
    const caller = new AbortController()
    const opening = open(['announce'], { pattern: 'never said', signal: caller.signal })
    setTimeout(() => caller.abort(new Error('called off')), 100)
    await expect(opening).rejects.toThrow('called off')
  })
})

describe('a secret', () => {
  test('goes to the program by its environment, and its words come back without it', async () => {
    vi.stubEnv('EMI_PASSPHRASE', 'own-passphrase')
    onTestFinished(() => void vi.unstubAllEnvs())
    const opening = open(['secret'], { secretVariable: 'TUNNEL_TOKEN', secret: 'very-secret-1' })
    const error: unknown = await opening.catch((reason: unknown) => reason)
    expect(error).toMatchObject({ details: expect.stringContaining('token is [hidden]') as string })
    expect(error).toMatchObject({ details: expect.stringContaining('ours is missing') as string })
    expect(JSON.stringify(error)).not.toContain('very-secret-1')
  })

  test('that is wanted and not kept is asked for', async () => {
    await expect(open(['announce'], { secretVariable: 'TUNNEL_TOKEN' })).rejects.toMatchObject({
      code: 'tunnel-auth',
    })
  })

  test.each([
    ['--token', 'abc'],
    ['--token=abc'],
    ['-authtoken', 'x'],
    ['--credentials-contents', '{}'],
    ['run', 'eyJhIjoiNWFiNGU5ZDk4NzY1NDMyMSJ9'],
    ['--server', 'https://user:pass@frp.example'],
  ])('is refused among the arguments: %s %s', (...args) => {
    const command = { program: 'x', args, pattern: '', secretVariable: '' }
    expect(() => refuseSecretsInArguments(command)).toThrow(
      expect.objectContaining({ code: 'input-invalid' }) as Error,
    )
  })

  test('has no place in the ready-made command lines', () => {
    for (const { command } of TUNNEL_PROFILES) {
      if (command) expect(() => refuseSecretsInArguments(command)).not.toThrow()
    }
  })
})
