// emi-tray tunnel against a scripted core: what it prints, and what it refuses.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../node/temporary-folder.ts'
import { besideApp, readyApp, runCommand, ScriptedApp } from './fake-world.ts'

it('prints the provider, and the text for one program alone', async () => {
  const app = readyApp()
  app.script['tunnel.snippets'] = () => [{ name: 'nginx', text: 'server { }\n' }]
  expect((await runCommand(['tunnel'], app)).stdout).toMatch(/Provider +static/)
  expect((await runCommand(['tunnel', '--snippet', 'nginx'], app)).stdout).toBe('server { }\n')
})

it('says when there is no text for the provider that is chosen', async () => {
  const app = readyApp()
  app.script['tunnel.snippets'] = () => []
  const run = await runCommand(['tunnel', '--snippet', 'sshd'], app)
  expect(run.code).not.toBe(0)
  expect(run.stderr).toContain('no text for sshd')
})

it('keeps no token where the text that is asked for does not exist', async () => {
  const app = readyApp()
  app.script['tunnel.snippets'] = () => []
  const file = path.join(temporaryFolder(), 'token.txt')
  writeFileSync(file, 'Token: a')
  const args = ['tunnel', '--snippet', 'sshd', '--host-token-file', file]
  expect((await runCommand(args, app)).code).toBe(2)
  expect(app.calls).not.toContain('tunnel.setSecret')
})

it('tells beside the app that runs how the tunnel stands, and leaves what acts to that one', async () => {
  const app = readyApp()
  const hop = { name: 'Connection', ok: false, durationMs: 3, message: 'Nothing listens there.' }
  const lastProbe = { at: '2026-03-02T09:00:00.000Z', ok: false, hops: [hop] }
  app.change({
    settings: { ...app.state.settings, mode: 'practice' },
    tunnel: { ...app.state.tunnel, phase: 'degraded', publicUrl: 'https://a.example', lastProbe },
  })
  const beside = (...args: string[]) =>
    runCommand(['tunnel', ...args], new ScriptedApp(), besideApp(app))
  const told = await beside()
  expect(told.code).toBe(0)
  expect(told.stdout).toMatch(/process 4711[^]*State +degraded[^]*Nothing listens there\./)
  expect((await beside('--json')).json()).toMatchObject({
    tunnelProvider: 'static',
    running: { pid: 4711, tunnel: { publicUrl: 'https://a.example' } },
  })
  expect((await beside('--snippet', 'nginx')).stdout).toContain('upstream emi_tray')
  // The text for sshd holds this installation's key, which is in the vault.
  for (const args of [['--test'], ['--snippet', 'sshd']])
    expect((await beside(...args)).stderr).toContain('Use its page.')
})

it('tests the way once, and exits with 5 when it does not lead here', async () => {
  const app = readyApp()
  const publicUrl = 'https://emi.example.com'
  const hop = { name: 'Connection', ok: true, durationMs: 3, message: 'Connected.' }
  const probe = { at: '2026-03-02T09:00:00.000Z', ok: true, hops: [hop] }
  app.script['tunnel.tryOut'] = () => ({ publicUrl, probe })
  const good = await runCommand(['tunnel', '--test'], app)
  expect(good.code).toBe(0)
  expect(good.stdout).toContain(publicUrl)
  const failed = { ...hop, ok: false, message: 'Nothing listens there.' }
  app.script['tunnel.tryOut'] = () => ({
    publicUrl,
    probe: { ...probe, ok: false, hops: [failed] },
  })
  const bad = await runCommand(['tunnel', '--test'], app)
  expect(bad.code).toBe(5)
  expect(bad.stdout).toMatch(/failed: Connection +Nothing listens there/)
})

it('takes the token of a Dev Tunnel out of a file, and says how long it is good for', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'emi-token-'))
  try {
    const file = path.join(folder, 'token.txt')
    writeFileSync(file, 'Token: eyJhbGciOi.eyJ0dW5uZWwi.c2ln\n')
    const app = readyApp()
    const given: unknown[] = []
    app.script['tunnel.setSecret'] = (input) => void given.push(input)
    const validUntil = '2026-03-03T09:00:00.000Z'
    app.script['tunnel.keptSecrets'] = () => [{ secret: 'devtunnels', validUntil }]
    const { stdout } = await runCommand(['tunnel', '--host-token-file', file], app)
    expect(given).toMatchObject([{ secret: 'devtunnels' }])
    expect(stdout).toContain(validUntil)
    expect(stdout).not.toContain('eyJ')
    const missing = await runCommand(['tunnel', '--host-token-file', `${file}.no`], app)
    expect(missing.stderr).toContain('cannot be read')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
