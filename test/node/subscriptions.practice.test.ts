// The running webhook against the practice tenant, through real sockets: other holders, removal, messages of all kinds.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freePort } from '../../build/free-port.ts'
import type { AppState } from '../../main/contract/models/state.ts'
import type { Subscription } from '../../main/contract/models/subscription.ts'
import { startPracticeTenant, type PracticeTenant } from '../../main/practice/practice-tenant.ts'
import { PracticeApp } from '../fakes/practice-app.ts'
import { createOpenApiCheck } from '../practice/openapi-check.ts'

const openApi = createOpenApiCheck()
let folder = ''
let tenant: PracticeTenant
let practice: PracticeApp

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emi-subscriptions-'))
  tenant = await startPracticeTenant({
    replicationDelayMs: 0,
    tap: (exchange) => {
      openApi?.(exchange)
    },
  })
  practice = new PracticeApp(tenant, folder)
  await practice.start()
  const port = await freePort()
  await practice.setUp({ webhookPort: port, publicUrl: `http://127.0.0.1:${port}` })
})

afterEach(async () => {
  await practice.stop()
  await tenant.close()
  await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  expect(openApi?.violations ?? []).toEqual([])
})

const allActive = (state: AppState) =>
  state.subscriptions.length === 3 && state.subscriptions.every((one) => one.status === 'active')

function find(state: AppState, key: string): Subscription | undefined {
  return state.subscriptions.find((one) => one.key === key)
}

function verifyStepOf({ setup }: AppState) {
  return setup.steps.find(({ id }) => id === 'verify')
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
  await practice.call('webhook.start')
  await practice.until(allActive)
  await say('chat')
  await say('channel')
  const state = await practice.until((one) => one.webhook.received >= 2)
  expect(state.webhook.refused).toBe(0)
  expect(state.health.light).toBe('ok')
  const lines = practice.app.logAfter(0).flatMap((entry) => entry.delivery ?? [])
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
    appIdOf(practice.app.state),
    '/teams/getAllMessages',
    'https://emi.vendor.example/hook',
  )
  await practice.call('webhook.start')
  const held = await practice.until(
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
  const elsewhere = { host: 'emi.vendor.example', key: 'channel-messages' }
  expect(held.gaps.entries).toMatchObject([{ phase: 'elsewhere', until: null, elsewhere }])
  await practice.call('subscription.ensure')
  expect(find(practice.app.state, 'channel-messages')?.heldBy?.subscriptionId).toBe(foreign)

  await practice.call('subscription.takeOver', { subscriptionId: foreign })
  const taken = await practice.until(allActive)
  expect(find(taken, 'channel-messages')?.heldBy).toBeNull()
  // Nobody may have had the place for the seconds in between, which is a gap of its own.
  expect(taken.gaps.entries.filter((gap) => gap.elsewhere)).toMatchObject([
    { phase: 'elsewhere', until: expect.any(String) as string, elsewhere, recovered: 0 },
  ])
  expect(tenant.control.counts().subscriptions).toBe(3)
})

test('what Microsoft removes is made anew, and a request to reauthorize is answered', async () => {
  await practice.call('webhook.start')
  const before = await practice.until(allActive)
  const removed = find(before, 'chat-messages')?.subscriptionId ?? ''
  await tenant.control.removeSubscription(removed)
  const after = await practice.until((state) => {
    const id = find(state, 'chat-messages')?.subscriptionId
    return allActive(state) && id !== null && id !== removed
  })
  await say('chat')
  await practice.until((state) => state.webhook.received >= 2)

  const kept = find(after, 'chats')
  await tenant.control.requestReauthorization(kept?.subscriptionId ?? '')
  const renewed = await practice.until(
    (state) => allActive(state) && find(state, 'chats')?.renewedAt !== kept?.renewedAt,
  )
  expect(find(renewed, 'chats')?.subscriptionId).toBe(kept?.subscriptionId)
  expect(tenant.control.counts().subscriptions).toBe(3)
})

test('pausing keeps the subscriptions with Microsoft, and going on needs no new ones', async () => {
  await practice.call('webhook.start')
  const before = await practice.until(allActive)
  await practice.call('webhook.pause')
  expect(tenant.control.counts().subscriptions).toBe(3)
  await practice.call('webhook.start')
  const after = await practice.until((state) => state.tunnel.phase === 'up' && allActive(state))
  expect(after.subscriptions.map((one) => one.subscriptionId).sort()).toEqual(
    before.subscriptions.map((one) => one.subscriptionId).sort(),
  )
})

test('presence of chosen people arrives in the administrator’s name, proven, and ends at sign-out', async () => {
  await practice.call('settings.update', {
    connection: {
      webhookPaused: false,
      presencePeople: tenant.people.slice(0, 2).map((one) => one.userPrincipalName),
    },
  })
  // Only a new sign-in asks for the further permission.
  await practice.call('signIn.start', { method: 'browser' })
  await practice.call('webhook.start')
  const kept = await practice.until((state) => find(state, 'presence')?.status === 'active')
  expect(find(kept, 'presence')?.error).toBeNull()
  tenant.control.act('change-presence')
  const proven = await practice.until((state) => state.webhook.content.proven === 2)
  expect(proven.webhook.content.refused).toBe(0)
  expect(proven.health.light).toBe('ok')
  const before = tenant.control.counts().subscriptions
  await practice.call('signIn.signOut')
  const signedOut = await practice.until((state) => find(state, 'presence')?.status === 'paused')
  expect(tenant.control.counts().subscriptions).toBe(before - 1)
  expect(signedOut.health.light).toBe('ok')
})

test('consent taken away, then the application switched off: the light names that, not what follows or is smaller', async () => {
  await practice.call('webhook.start')
  await practice.until(allActive)
  tenant.control.act('take-channel-messages')
  await practice.call('subscription.ensure')
  const smaller = practice.app.state.health
  expect(smaller.sentence).toContain('Another server')

  tenant.control.act('revoke-consent')
  await practice.call('subscription.ensure')
  expect(practice.app.state.health).toMatchObject({
    light: 'failed',
    sentence: expect.stringMatching(/^Consent to the application permissions/) as string,
  })

  tenant.control.act('disable-service-principal')
  await practice.call('subscription.ensure')
  const { health, stations } = practice.app.state
  expect(health).toMatchObject({ light: 'failed', fix: { page: 'application' } })
  expect(health.sentence).toMatch(/^Somebody switched the application off/)
  expect(stations[0]).toMatchObject({ name: 'microsoft', light: 'failed' })
  expect(verifyStepOf(practice.app.state)).toMatchObject({
    state: 'attention',
    summary: expect.stringContaining('The application is switched off.') as string,
  })
  expect(practice.app.state).toMatchObject({ setup: { verified: {} }, webhook: { running: true } })

  await practice.call('drift.check')
  const compared = await practice.until((state) => state.drift.report !== null)
  expect(compared.access?.cause).toBe('switched-off')
  await practice.call('drift.repair', { removals: [] })
  const mended = await practice.until((state) => state.health.sentence === smaller.sentence)
  expect(mended.access).toBeNull()
  await practice.until((state) => verifyStepOf(state)?.state === 'done')
})

test('consent that somebody gives back in Entra mends the subscriptions with the next token', async () => {
  await practice.call('webhook.start')
  await practice.until(allActive)
  const { graph } = practice.app.connected.tenant
  const principals = (await graph.administrator.list('/servicePrincipals')) as {
    id: string
    appId: string
  }[]
  const id = principals.find(({ appId }) => appId === appIdOf(practice.app.state))?.id ?? ''
  const path = `/servicePrincipals/${id}/appRoleAssignments`
  const given = (await graph.administrator.list(path)) as Record<
    'principalId' | 'resourceId' | 'appRoleId',
    string
  >[]

  tenant.control.act('revoke-consent')
  tenant.control.act('remove-subscriptions')
  await practice.call('subscription.ensure')
  await practice.until((state) => state.subscriptions.every((one) => one.status === 'refused'))
  expect(practice.app.state.access?.cause).toBe('consent')
  await practice.call('drift.check')
  await practice.until((state) => state.drift.report?.inOrder === false)
  expect(practice.app.state.drift.outdated).toBe(false)

  for (const { principalId, resourceId, appRoleId } of given) {
    await graph.administrator.post(path, { principalId, resourceId, appRoleId })
  }
  graph.forgetToken()
  await graph.application.list('/subscriptions')
  const mended = await practice.until(allActive)
  expect(mended.health.light).toBe('ok')
  // Nobody compared again, and yet the alert of the comparison has no ground any more.
  expect(mended.drift).toMatchObject({ report: { inOrder: false }, outdated: true })
})
