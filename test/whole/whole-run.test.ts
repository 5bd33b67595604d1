// Runs the whole job with the real command: every request must be one that Graph publishes, and no secret may be
// found afterwards where none may be.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import tls from 'node:tls'
import { expect, test } from 'vitest'
import { freePort } from '../../build/free-port.ts'
import { startPracticeTenant } from '../../main/practice/practice-tenant.ts'
import { createOpenApiCheck } from '../practice/openapi-check.ts'
import { collectCanaries, expectNoCanary, withoutSignInAddress } from './canaries.ts'
import {
  answerSignIn,
  customCloudOptions,
  newDataFolder,
  PASSPHRASE,
  startCli,
  waitForOutput,
} from './cli-process.ts'

test('after a whole run no secret, token or clientState is in the data folder or in any output', async () => {
  const canaries = new Set([PASSPHRASE])
  const openApi = createOpenApiCheck()
  const tenant = await startPracticeTenant({
    replicationDelayMs: 0,
    tap: (exchange) => {
      collectCanaries(exchange, canaries)
      openApi?.(exchange)
    },
  })
  tls.setDefaultCACertificates([...tls.getCACertificates('bundled'), tenant.caPem])
  const folder = await newDataFolder()
  const common = ['--data', folder.path]
  const cloud = await customCloudOptions(tenant, folder.path)
  let output = ''

  const setup = startCli(['setup', ...cloud, '--with-chat-read-all', '--yes', '--json', ...common])
  await answerSignIn(setup, tenant)
  expect(await setup.exited, setup.stderr()).toBe(0)
  output += setup.stdout() + withoutSignInAddress(setup.stderr())

  for (const command of ['verify', 'status', 'handover']) {
    const run = startCli([command, '--json', ...common])
    expect(await run.exited, run.stderr()).toBe(0)
    output += run.stdout() + run.stderr()
  }

  const port = await freePort()
  const settingsFile = join(folder.path, 'settings.json')
  const settings = JSON.parse(await readFile(settingsFile, 'utf8')) as {
    connections: { microsoft: { webhookPort: number; publicUrl: string } }
  }
  settings.connections.microsoft.webhookPort = port
  settings.connections.microsoft.publicUrl = `http://127.0.0.1:${port}`
  await writeFile(settingsFile, JSON.stringify(settings))
  const serve = startCli(['serve', '--no-open', ...common])
  await waitForOutput(serve, /http:\/\/127\.0\.0\.1:\d+\/\S*/)
  await expect.poll(() => tenant.control.counts().subscriptions).toBe(3)
  const chat = tenant.control.chats[0]
  const person = tenant.people[0]
  if (!chat || !person) throw new Error('an empty practice tenant')
  const text = 'the quick brown canary sings at noon'
  canaries.add(text)
  const said = await tenant.control.say({ chatId: chat.id, personId: person.id, text })
  expect(said.notified).toBeGreaterThan(0)
  // A stranger's forged notification, whose guess must not be logged either.
  const guess = 'a-forged-client-state-1234567890'
  canaries.add(guess)
  const forged = await fetch(`http://127.0.0.1:${port}/emi/notifications`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      value: [
        {
          subscriptionId: '00000000-0000-4000-8000-000000000000',
          clientState: guess,
          tenantId: tenant.tenantId,
          changeType: 'created',
          resource: 'chats(1)',
        },
      ],
    }),
  })
  expect(forged.status).toBe(202)
  serve.child.kill('SIGTERM')
  await serve.exited
  // The one-time token of the local pages is meant to be printed; everything else is not.
  output += (serve.stdout() + serve.stderr()).replace(/\?token=\S+/g, '')
  await tenant.close()

  if (openApi) {
    expect(openApi.violations).toEqual([])
    expect(openApi.checked).toBeGreaterThan(20)
  } else {
    console.log('The OpenAPI check was left out: ../shared is not here.')
  }
  expect(canaries.size).toBeGreaterThan(15)
  const files = await expectNoCanary({ canaries, output, folder: folder.path })
  expect(files).toEqual(expect.arrayContaining(['vault.json', 'settings.json', 'emi-tray.log']))
  await folder.remove()
})
