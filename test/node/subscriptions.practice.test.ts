// The running webhook against the practice tenant, through real sockets: other holders, removal, messages of all kinds.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freePort } from '../../build/free-port.ts'
import type { AppState } from '../../main/contract/models/state.ts'
import type { Subscription } from '../../main/contract/models/subscription.ts'
import { EmiApp } from '../../main/core/app.ts'
import { openNodePlatform, type NodePlatform } from '../../main/node/platform.ts'
import { signInAs } from '../../main/practice/browser-person.ts'
import { startPracticeTenant, type PracticeTenant } from '../../main/practice/practice-tenant.ts'
import { createOpenApiCheck } from '../practice/openapi-check.ts'

const openApi = createOpenApiCheck()
let folder = ''
let tenant: PracticeTenant
let platform: NodePlatform
let app: EmiApp

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emi-subscriptions-'))
  tenant = await startPracticeTenant({
    replicationDelayMs: 0,
    tap: (exchange) => {
      openApi?.(exchange)
    },
  })
  const caFile = join(folder, 'ca.pem')
  await writeFile(caFile, tenant.caPem)
  platform = await openNodePlatform({
    dataFolder: join(folder, 'data'),
    host: 'headless',
    version: '0.0.0',
    env: { EMI_PASSPHRASE: 'a passphrase' },
    openBrowser: async (authorizeUrl) => {
      const person = tenant.people.find((one) => one.role === 'global-admin')
      if (person) await signInAs({ authorizeUrl, person })
    },
    copyText: null,
  })
  app = await EmiApp.create(platform)
  await app.start()
  const port = await freePort()
  await call('connection.choose', { mode: 'microsoft' })
  await call('settings.update', {
    connection: {
      cloud: 'custom',
      customLoginHost: tenant.loginHost,
      customGraphHost: tenant.graphHost,
      caFile,
      tenantUrl: 'acme.brightpattern.example',
      webhookPort: port,
      publicUrl: `http://127.0.0.1:${port}`,
      optionalPermissions: ['Chat.Read.All'],
      // Not before a test has prepared its tenant.
      webhookPaused: true,
    },
  })
  await call('signIn.start', { method: 'browser' })
  await until((state) => state.setup.plan !== null)
  await call('setup.apply')
  await until((state) => state.setup.verified !== null)
})

afterEach(async () => {
  await app.stop()
  await platform.close()
  await tenant.close()
  await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  expect(openApi?.violations ?? []).toEqual([])
})

async function call(name: string, input?: unknown): Promise<void> {
  const reply = await app.dispatch(name, input)
  if (!reply.ok) throw new Error(`${name}: ${reply.error.code} ${reply.error.message}`)
}

function until(fits: (state: AppState) => boolean): Promise<AppState> {
  return new Promise((resolve) => {
    const look = (state: AppState) => {
      if (!fits(state)) return
      undo()
      resolve(state)
    }
    const undo = app.onStateChanged(look)
    look(app.state)
  })
}

const allActive = (state: AppState) =>
  state.subscriptions.length === 3 && state.subscriptions.every((one) => one.status === 'active')

function find(state: AppState, key: string): Subscription | undefined {
  return state.subscriptions.find((one) => one.key === key)
}

function appIdOf(state: AppState): string {
  return state.handover.values.find((one) => one.field === 'client-id')?.value ?? ''
}

async function say(kind: 'chat' | 'channel'): Promise<void> {
  const place = tenant.control.chats.find((one) => one.kind === kind)
  const person = tenant.people[0]
  if (!place || !person) throw new Error('an empty practice tenant')
  await tenant.control.say({ chatId: place.id, personId: person.id, text: 'words nobody logs' })
}

test('messages of chats and channels arrive, each under its subscription, and survive on disk', async () => {
  await call('webhook.start')
  await until(allActive)
  await say('chat')
  await say('channel')
  const state = await until((one) => one.webhook.received >= 2)
  expect(state.webhook.refused).toBe(0)
  expect(state.health.light).toBe('ok')
  const lines = app.logAfter(0).flatMap((entry) => entry.delivery ?? [])
  expect(lines.map((one) => one.subscriptionKey)).toEqual(
    expect.arrayContaining(['chat-messages', 'channel-messages']),
  )
  expect(find(state, 'chat-messages')?.lastNotificationAt).not.toBeNull()
  const log = await readFile(join(folder, 'data', 'emi-tray.log'), 'utf8')
  expect(log).toContain('New channel message')
  expect(log).not.toContain('words nobody logs')
})

test('somebody else’s subscription is named, not fought; taking over is the person’s choice', async () => {
  const foreign = tenant.control.addForeignSubscription(
    appIdOf(app.state),
    '/teams/getAllMessages',
    'https://emi.vendor.example/hook',
  )
  await call('webhook.start')
  const held = await until(
    (state) =>
      find(state, 'channel-messages')?.status === 'held-elsewhere' &&
      find(state, 'chats')?.status === 'active' &&
      find(state, 'chat-messages')?.status === 'active',
  )
  expect(find(held, 'channel-messages')?.heldBy).toMatchObject({
    host: 'emi.vendor.example',
    subscriptionId: foreign,
  })
  expect(held.health).toMatchObject({ light: 'warning' })
  await call('subscription.ensure')
  expect(find(app.state, 'channel-messages')?.heldBy?.subscriptionId).toBe(foreign)

  await call('subscription.takeOver', { subscriptionId: foreign })
  const taken = await until(allActive)
  expect(find(taken, 'channel-messages')?.heldBy).toBeNull()
  expect(tenant.control.counts().subscriptions).toBe(3)
})

test('what Microsoft removes is made anew, and a request to reauthorize is answered', async () => {
  await call('webhook.start')
  const before = await until(allActive)
  const removed = find(before, 'chat-messages')?.subscriptionId ?? ''
  await tenant.control.removeSubscription(removed)
  const after = await until((state) => {
    const id = find(state, 'chat-messages')?.subscriptionId
    return allActive(state) && id !== null && id !== removed
  })
  await say('chat')
  await until((state) => state.webhook.received >= 2)

  const kept = find(after, 'chats')
  await tenant.control.requestReauthorization(kept?.subscriptionId ?? '')
  const renewed = await until(
    (state) => allActive(state) && find(state, 'chats')?.renewedAt !== kept?.renewedAt,
  )
  expect(find(renewed, 'chats')?.subscriptionId).toBe(kept?.subscriptionId)
  expect(tenant.control.counts().subscriptions).toBe(3)
})

test('pausing keeps the subscriptions with Microsoft, and going on needs no new ones', async () => {
  await call('webhook.start')
  const before = await until(allActive)
  await call('webhook.pause')
  expect(tenant.control.counts().subscriptions).toBe(3)
  await call('webhook.start')
  const after = await until((state) => state.tunnel.phase === 'up' && allActive(state))
  expect(after.subscriptions.map((one) => one.subscriptionId).sort()).toEqual(
    before.subscriptions.map((one) => one.subscriptionId).sort(),
  )
})

test('presence of chosen people arrives in the administrator’s name, proven, and ends at sign-out', async () => {
  await call('settings.update', {
    connection: {
      webhookPaused: false,
      presencePeople: tenant.people.slice(0, 2).map((one) => one.userPrincipalName),
    },
  })
  // Only a new sign-in asks for the further permission.
  await call('signIn.start', { method: 'browser' })
  await call('webhook.start')
  const kept = await until((state) => find(state, 'presence')?.status === 'active')
  expect(find(kept, 'presence')?.error).toBeNull()
  tenant.control.act('change-presence')
  const proven = await until((state) => state.webhook.content.proven === 2)
  expect(proven.webhook.content.refused).toBe(0)
  expect(proven.health.light).toBe('ok')
  const before = tenant.control.counts().subscriptions
  await call('signIn.signOut')
  const signedOut = await until((state) => find(state, 'presence')?.status === 'paused')
  expect(tenant.control.counts().subscriptions).toBe(before - 1)
  expect(signedOut.health.light).toBe('ok')
})
