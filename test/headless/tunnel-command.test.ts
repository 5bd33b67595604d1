// emi-tray tunnel against a scripted core: what it prints, and what it refuses.
import { expect, it } from 'vitest'
import { readyApp, runCommand } from './fake-world.ts'

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
