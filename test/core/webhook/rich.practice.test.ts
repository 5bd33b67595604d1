// Rich notifications from end to end: the app against the practice tenant, through real sockets, threads and files.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freePort } from '../../../build/free-port.ts'
import type { Delivery } from '../../../main/contract/models/delivery.ts'
import type { AppState } from '../../../main/contract/models/state.ts'
import { NOTIFICATION_PATH } from '../../../main/core/webhook-paths.ts'
import {
  startPracticeTenant,
  type PracticeExchange,
  type PracticeTenant,
} from '../../../main/practice/practice-tenant.ts'
import { PracticeApp } from '../../fakes/practice-app.ts'
import { createOpenApiCheck } from '../../practice/openapi-check.ts'

const CANARY = 'words-that-nobody-may-keep'
const openApi = createOpenApiCheck()
let folder = ''
let tenant: PracticeTenant
let practice: PracticeApp
let port = 0
/** Bodies that came through the public address. */
let posts: string[] = []
let relay: Server
/** Called for each exchange before it is handled; may throw to drop the connection. */
let onExchange: (exchange: PracticeExchange) => void = () => {}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emi-rich-'))
  onExchange = () => {}
  tenant = await startPracticeTenant({
    replicationDelayMs: 0,
    tap: (exchange) => {
      openApi?.(exchange)
      onExchange(exchange)
    },
  })
  port = await freePort()
  posts = []
  relay = createServer((request, response) => void pass(request, response))
  relay.listen(0, '127.0.0.1')
  await once(relay, 'listening')
  practice = new PracticeApp(tenant, folder)
  await practice.start()
  await practice.setUp({
    webhookPort: port,
    publicUrl: `http://127.0.0.1:${String((relay.address() as AddressInfo).port)}`,
    richNotifications: true,
  })
  await practice.call('webhook.start')
  await practice.until(allActive)
})

afterEach(async () => {
  await practice.stop()
  await tenant.close()
  relay.closeAllConnections()
  await new Promise((resolve) => relay.close(resolve))
  await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  expect(openApi?.violations ?? []).toEqual([])
})

/** Plays the tunnel, and looks at what goes through it. */
async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await text(request)
  if (body !== '') posts.push(body)
  const init = request.method === 'POST' ? { method: 'POST', body } : {}
  const answer = await fetch(`http://127.0.0.1:${String(port)}${request.url ?? ''}`, init)
  response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' })
  response.end(await answer.text())
}

async function post(body: object): Promise<number> {
  const url = `http://127.0.0.1:${String(port)}${NOTIFICATION_PATH}`
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) })
  return answer.status
}

interface Post {
  value: { resource: string; resourceData: object }[]
  validationTokens: string[]
}

const isMessage = ({ value }: Post) => value.some(({ resource }) => resource.includes('/messages('))

const allActive = (state: AppState) =>
  state.subscriptions.length === 3 && state.subscriptions.every((one) => one.status === 'active')

async function say(kind: 'chat' | 'channel', text = CANARY): Promise<void> {
  const place = tenant.control.chats.find((one) => one.kind === kind)
  const person = tenant.people[0]
  if (!place || !person) throw new Error('an empty practice tenant')
  await tenant.control.say({ chatId: place.id, personId: person.id, text })
}

function deliveries(): Delivery[] {
  return practice.app.logAfter(0).flatMap((entry) => entry.delivery ?? [])
}

function read(delivery: Delivery): Promise<unknown> {
  return practice.app.connected.deliveries.richContent.read(delivery)
}

/** Everything in the data folder as one text, the database and its journal included. */
async function onDisk(): Promise<string> {
  const names = await readdir(join(folder, 'data'), { recursive: true, withFileTypes: true })
  const files = names.filter((one) => one.isFile())
  const texts = files.map((one) => readFile(join(one.parentPath, one.name), 'latin1'))
  return (await Promise.all(texts)).join('\n')
}

test('messages of chats and channels come encrypted, are proven, and can be read', async () => {
  await say('chat')
  await say('channel')
  const state = await practice.until(({ webhook }) => webhook.content.proven >= 2)
  expect(state.webhook.content.refused).toBe(0)
  const messages = deliveries().filter(({ resource }) => resource.includes('/messages('))
  expect(messages.map(({ subscriptionKey }) => subscriptionKey)).toEqual(
    expect.arrayContaining(['chat-messages', 'channel-messages']),
  )
  for (const message of messages) {
    expect(message.rich).toBe(true)
    expect(JSON.stringify(await read(message))).toContain(CANARY)
  }
})

test('the text is nowhere on disk, nor in the page’s view of a notification; nor are the tokens', async () => {
  await say('chat')
  await practice.until(({ webhook }) => webhook.content.proven >= 1)
  const [message] = deliveries().filter(({ resource }) => resource.includes('/messages('))
  if (!message) throw new Error('no message')
  expect(JSON.stringify(await read(message))).toContain(CANARY)
  const detail = await practice.app.connected.deliveries.stored.get(message.id)
  expect(detail.itemJson).not.toContain(CANARY)
  expect(detail.itemJson).toContain('[kept encrypted]')
  const disk = await onDisk()
  expect(disk).toContain(message.resourceId)
  expect(disk).not.toContain(CANARY)
  expect(disk).not.toContain('eyJ0eXAiOiJKV1Qi')
  expect(disk).not.toContain('PRIVATE KEY')
  expect(JSON.stringify(practice.app.logAfter(0))).not.toContain(CANARY)
})

test('while the keys cannot be fetched content waits; after a restart it is judged and read', async () => {
  onExchange = ({ path }) => {
    if (path.includes('discovery/v2.0/keys')) throw new Error('unreachable')
  }
  await say('chat')
  await practice.until(({ webhook }) => webhook.received >= 1)
  const [message] = deliveries().filter(({ resource }) => resource.includes('/messages('))
  if (!message) throw new Error('no message')
  expect(practice.app.state.webhook.content).toEqual({ proven: 0, refused: 0 })
  await practice.stop()
  expect(await onDisk()).not.toContain('eyJ0eXAiOiJKV1Qi')

  onExchange = () => {}
  await practice.start()
  await practice.until(({ webhook }) => webhook.content.proven >= 1)
  expect(JSON.stringify(await read(message))).toContain(CANARY)
})

test('whoever knows the clientState and the certificate, but is not Microsoft, is not believed', async () => {
  await say('chat', 'genuine')
  await practice.until(({ webhook }) => webhook.content.proven >= 1)
  const genuine = posts.map((body) => JSON.parse(body) as Post).find(isMessage)
  if (!genuine) throw new Error('nothing was posted')
  const forge = (id: string) =>
    genuine.value.map((item) => ({
      ...item,
      id,
      resource: `chats('19:a')/messages('${id}')`,
      resourceData: { ...item.resourceData, id },
    }))
  const statuses = [await post({ value: forge('1') })]
  await practice.until(({ webhook }) => webhook.content.refused === 1)
  const [header = '', claims = ''] = (genuine.validationTokens[0] ?? '').split('.')
  const validationTokens = [`${header}.${claims}.c2lnbmF0dXJl`]
  statuses.push(await post({ value: forge('2'), validationTokens }))
  await practice.until(({ webhook }) => webhook.content.refused === 2)
  // A forger learns nothing.
  expect(statuses).toEqual([202, 202])
  const forged = deliveries().filter(({ resourceId }) => ['1', '2'].includes(resourceId ?? ''))
  expect(forged).toHaveLength(2)
  for (const one of forged) {
    await expect(read(one)).rejects.toMatchObject({ code: 'content-unproven' })
  }
})

test('switching content off and on makes the subscriptions anew, and both kinds arrive', async () => {
  const ids = (state: AppState) => state.subscriptions.map((one) => one.subscriptionId)
  let before = ids(practice.app.state)
  for (const isOn of [false, true]) {
    await practice.call('settings.update', { connection: { richNotifications: isOn } })
    const after = await practice.until(
      (state) => allActive(state) && !ids(state).some((id) => before.includes(id)),
    )
    before = ids(after)
    const earlier = deliveries().length
    await say('channel')
    await practice.until(() => deliveries().length > earlier)
    const last = deliveries().at(-1)
    expect(last?.rich).toBe(isOn)
    if (last) expect(await read(last)).toEqual(isOn ? expect.anything() : null)
  }
})
