// emi-tray network against a scripted core: what it changes, checks and prints, and how it ends.
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import type { Cloud } from '../../main/contract/models/connection.ts'
import type { ProxySettings } from '../../main/contract/models/settings.ts'
import { noNetwork } from '../../main/core/nothing-yet.ts'
import { defaultSettings } from '../../main/core/settings.ts'
import type { CliWorld } from '../../main/headless/command-context.ts'
import { openNetwork } from '../../main/node/network.ts'
import { globalCloud } from '../core/sample-record.ts'
import { MemorySecrets } from '../fakes/memory-ports.ts'
import { checkedNetwork } from '../fakes/sample-network.ts'
import { temporaryFolder } from '../node/temporary-folder.ts'
import { practiceApp, readyApp, report, runCommand } from './fake-world.ts'

function appThatFinds(network = checkedNetwork) {
  const app = readyApp()
  app.script['network.check'] = () => app.change({ network })
  return app
}

it('prints each hop with its time and what to do, and ends with 5 when one failed', async () => {
  const run = await runCommand(['network'], appThatFinds())
  expect(run.code).toBe(5)
  expect(run.stdout).toMatch(/Microsoft’s sign-in \(login\.microsoftonline\.com:443\)\n {2}ok +Way/)
  expect(run.stdout).toMatch(/look +Certificate +48 ms {2}Acme Inspection signed/)
  expect(run.stdout).toMatch(/FAILED +Connection[^]*Ask your network team to allow CONNECT/)
  const [signIn] = checkedNetwork.targets
  const fine = { ...checkedNetwork, targets: signIn ? [signIn] : [] }
  expect((await runCommand(['network'], appThatFinds(fine))).code).toBe(0)
})

it('changes the way out first, with the password from a file and never from the line', async () => {
  const file = path.join(temporaryFolder(), 'password')
  writeFileSync(file, 'p w\n')
  const app = appThatFinds(noNetwork)
  const options = ['--proxy', 'proxy:8080', '--proxy-user', 'ana', '--proxy-password-file', file]
  const run = await runCommand(['network', ...options], app)
  expect(app.inputs.get('settings.update')).toEqual({
    connection: { proxy: { kind: 'address', address: 'proxy:8080', bypass: '', username: 'ana' } },
  })
  expect(app.inputs.get('network.setProxyPassword')).toEqual({ password: 'p w' })
  expect(app.calls.indexOf('network.setProxyPassword')).toBeLessThan(
    app.calls.indexOf('network.check'),
  )
  expect(`${run.stdout}${run.stderr}`).not.toContain('p w')
  // A part that is refused changes nothing.
  const untouched = appThatFinds(noNetwork)
  const badly = [...options.slice(0, -1), `${file}.none`]
  expect((await runCommand(['network', ...badly], untouched)).code).toBe(2)
  expect(untouched.calls).not.toContain('settings.update')
})

it('keeps the whole path of a CA file: a service has another working folder', async () => {
  const app = appThatFinds(noNetwork)
  await runCommand(['network', '--ca-file', 'ca.pem'], app)
  expect(app.inputs.get('settings.update')).toEqual({
    connection: { caFile: path.resolve('ca.pem') },
  })
  expect((await runCommand(['network', '--firewall-request', 'pigeon'], app)).code).toBe(2)
})

it('prints the text for the network team without checking anything', async () => {
  const app = appThatFinds()
  app.script['network.firewallRequest'] = () => ({ text: 'Please allow\n' })
  const run = await runCommand(['network', '--firewall-request', 'ssh'], app)
  expect(run).toMatchObject({ code: 0, stdout: 'Please allow\n' })
  expect(app.inputs.get('network.firewallRequest')).toEqual({ provider: 'ssh' })
  expect(app.calls).not.toContain('network.check')
})

/** Nothing is chosen; what would be reached is this computer itself, where nobody listens. */
function unset(): Partial<CliWorld> {
  const secrets = new MemorySecrets()
  const proxy: ProxySettings = { ...defaultSettings.connections.microsoft.proxy, kind: 'none' }
  const settings = { ...defaultSettings.connections.microsoft, proxy }
  const here = 'https://127.0.0.1:1'
  return {
    openUnsetNetwork: () => {
      const network = openNetwork({ secrets, env: {}, proxy })
      const cloud: Cloud = { ...globalCloud, id: 'custom', loginHost: here, graphHost: here }
      return Promise.resolve({
        ...{ settings, cloud, network, secrets },
        close: () => network.close(),
      })
    },
  }
}

it('looks before anything is set up without setting anything up', async () => {
  const app = appThatFinds(noNetwork)
  app.change({ mode: null })
  const checked = await runCommand(['network'], app, unset())
  expect(checked.code).toBe(5)
  expect(checked.stdout).toMatch(/Microsoft’s sign-in \(127\.0\.0\.1:1\)[^]*FAILED/)
  const asked = await runCommand(['network', '--firewall-request', 'ssh'], app, unset())
  expect(asked.stdout).toContain('127.0.0.1')
  expect([asked.code, app.isStarted, app.calls]).toEqual([0, false, []])
})

it('chooses Microsoft together with the first change, and nothing where that is refused', async () => {
  const app = appThatFinds(noNetwork)
  app.change({ mode: null })
  const args = ['network', '--proxy', 'none']
  expect((await runCommand(args, app, unset())).code).toBe(0)
  const { proxy } = defaultSettings.connections.microsoft
  expect(app.inputs.get('connection.choose')).toEqual({
    mode: 'microsoft',
    connection: { proxy: { ...proxy, kind: 'none' } },
  })
  const refused = practiceApp()
  refused.script['connection.choose'] = () => report('input-invalid')
  expect((await runCommand(args, refused, unset())).code).toBe(2)
  expect(refused.calls).toEqual(['connection.choose'])
})
