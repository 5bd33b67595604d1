// Runs the whole job with the real command: every request must be one that Graph publishes, and no secret may be
// found afterwards where none may be.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import tls from 'node:tls'
import { expect, test } from 'vitest'
import { freePort } from '../../build/free-port.ts'
import { startPracticeTenant } from '../../main/practice/practice-tenant.ts'
import type { PracticeExchange } from '../../main/practice/practice-tenant.ts'
import { createOpenApiCheck } from '../practice/openapi-check.ts'
import {
  answerSignIn,
  customCloudOptions,
  newDataFolder,
  PASSPHRASE,
  startCli,
  waitForOutput,
} from './cli-process.ts'

/** Names of fields, headers and parameters whose values are secret. */
const SECRET_NAMES = new Set([
  ...['secretText', 'client_secret', 'access_token', 'refresh_token', 'id_token', 'client_info'],
  ...['code', 'code_verifier', 'clientState', 'validationToken', 'validationTokens'],
])

test('after a whole run no secret, token or clientState is in the data folder or in any output', async () => {
  const canaries = new Set([PASSPHRASE])
  const openApi = createOpenApiCheck()
  const tenant = await startPracticeTenant({
    replicationDelayMs: 0,
    tap: (exchange) => {
      collect(exchange, canaries)
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
  await expect.poll(() => tenant.control.counts().subscriptions, { timeout: 15_000 }).toBe(3)
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
  const found = await filesUnder(folder.path).then((files) =>
    Promise.all(files.map(async (file) => ({ file, content: await readFile(file) }))),
  )
  expect(found.map(({ file }) => file.slice(folder.path.length + 1))).toEqual(
    expect.arrayContaining(['vault.json', 'settings.json', 'emi-tray.log']),
  )
  for (const canary of canaries) {
    expect(output, 'a secret in the output').not.toContain(canary)
    for (const { file, content } of found) {
      expect(content.includes(canary), `a secret in ${file}`).toBe(false)
      const encoded = Buffer.from(canary).toString('base64').replace(/=+$/, '').slice(0, -1)
      expect(content.includes(encoded), `an encoded secret in ${file}`).toBe(false)
    }
  }
  await folder.remove()
}, 60_000)

/** Gathers secret values from everything that went over the wire. */
function collect(exchange: PracticeExchange, canaries: Set<string>): void {
  const walk = (value: unknown, name: string): void => {
    if (typeof value === 'string') {
      // Graph's errors have a `code` as well, which is no secret.
      const isSecret = SECRET_NAMES.has(name) && (name !== 'code' || exchange.host === 'login')
      if (isSecret && value.length > 12) canaries.add(value)
    } else if (Array.isArray(value)) {
      for (const one of value) walk(one, name)
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, one] of Object.entries(value)) walk(one, key)
    }
  }
  walk(exchange.requestBody, '')
  walk(exchange.responseBody, '')
  const bearer = /^Bearer (.+)$/.exec(exchange.requestHeaders['authorization'] ?? '')?.[1]
  if (bearer) canaries.add(bearer)
}

/** The address of the sign-in page carries state and challenge for the person's own browser, by design. */
function withoutSignInAddress(text: string): string {
  return text.replace(/https?:\/\/localhost:\d+\/\S+authorize\?\S+/g, '')
}

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  return entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name))
}
