// Content from end to end: basic notifications of a practice tenant, read app-only, handed on, and shown by signed addresses.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../../../build/free-port.ts'
import type { Delivery, DeliveryNames } from '../../../main/contract/models/delivery.ts'
import type { MessageContent } from '../../../main/contract/models/message.ts'
import type { AppState } from '../../../main/contract/models/state.ts'
import { EmiApp } from '../../../main/core/app.ts'
import { openNodePlatform, type NodePlatform } from '../../../main/node/platform.ts'
import { signInAs } from '../../../main/practice/browser-person.ts'
import { type PracticeTenant, startPracticeTenant } from '../../../main/practice/practice-tenant.ts'
import { createOpenApiCheck } from '../../practice/openapi-check.ts'

const CANARY = 'words-that-nobody-may-keep'
const openApi = createOpenApiCheck()
const named: DeliveryNames[] = []
let folder = ''
let tenant: PracticeTenant
let platform: NodePlatform
let app: EmiApp
let local = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emi-content-'))
  tenant = await startPracticeTenant({ replicationDelayMs: 0, tap: (one) => openApi?.(one) })
  await writeFile(join(folder, 'ca.pem'), tenant.caPem)
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
  app.onDeliveriesNamed((list) => named.push(...list))
  await app.start()
  const webhookPort = await freePort()
  const localSidePort = await freePort()
  local = `http://127.0.0.1:${localSidePort}`
  await call('connection.choose', { mode: 'microsoft' })
  await call('settings.update', {
    connection: {
      cloud: 'custom',
      customLoginHost: tenant.loginHost,
      customGraphHost: tenant.graphHost,
      caFile: join(folder, 'ca.pem'),
      tenantUrl: 'acme.brightpattern.example',
      webhookPort,
      publicUrl: `http://127.0.0.1:${webhookPort}`,
      optionalPermissions: ['Chat.Read.All'],
      ...{ handOnTarget: 'file', sendContent: true, webhookPaused: true },
      ...{ contentEndpoint: true, metricsEndpoint: true, localSidePort },
    },
  })
  await call('signIn.start', { method: 'browser' })
  await until((state) => state.setup.plan !== null)
  await call('setup.apply')
  await until((state) => state.setup.verified !== null)
  await call('webhook.start')
  await until(
    ({ subscriptions }) =>
      subscriptions.length > 0 && subscriptions.every(({ status }) => status === 'active'),
  )
})

afterAll(async () => {
  await app.stop()
  await platform.close()
  await tenant.close()
  await rm(folder, { recursive: true, force: true, maxRetries: 3 })
})

async function call(name: string, input?: unknown): Promise<unknown> {
  const reply = await app.dispatch(name, input)
  if (!reply.ok) throw new Error(`${name}: ${reply.error.code} ${reply.error.message}`)
  return reply.value
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

async function say(image: boolean): Promise<Delivery> {
  const before = app.state.webhook.received
  const chat = tenant.control.chats.find(({ topic }) => topic === 'Billing escalations')
  const person = tenant.people.find(({ displayName }) => displayName === 'Ella Brandt')
  if (!chat || !person) throw new Error('an empty practice tenant')
  await tenant.control.say({ chatId: chat.id, personId: person.id, text: CANARY, image })
  await until(({ webhook }) => webhook.received > before)
  const delivery = app.logAfter(0).findLast((entry) => entry.delivery)?.delivery
  if (!delivery) throw new Error('nothing came')
  return delivery
}

test('a message with a picture is read, named, handed on and shown, and its words stay nowhere else', async () => {
  const delivery = await say(true)
  const message = (await call('delivery.content', { id: delivery.id })) as MessageContent
  expect(message).toMatchObject({
    kind: 'message',
    text: CANARY,
    sender: { kind: 'person', name: 'Ella Brandt' },
    images: [{ url: expect.stringContaining(`${local}/content/image/`) as string }],
  })
  // The practice tenant writes coordinates into every second picture.
  const isPlaced = (Number(delivery.resourceId) % 997) % 2 === 0
  expect(message.images[0]?.location === null).toBe(!isPlaced)
  const [image] = message.images
  const { dataUrl } = (await call('delivery.image', { id: delivery.id, imageId: image?.id })) as {
    dataUrl: string
  }
  expect(dataUrl).toMatch(/^data:image\/png;base64,iVBOR/)

  await until(({ handOn }) => handOn.handedOn > 0)
  const lines = await readFile(join(folder, 'data/microsoft/hand-on/events.jsonl'), 'utf8')
  const events = lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { data: EventPart })
  const { data } = events.find((event) => event.data.messageId === delivery.resourceId) ?? {
    data: null,
  }
  expect(data).toMatchObject({ content: null, contentError: null, message: { text: CANARY } })
  const picture = await fetch(data?.message?.images[0]?.url ?? '')
  expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/png'])
  // Ella has no photo in the practice tenant.
  expect((await fetch(data?.message?.sender?.photoUrl ?? '')).status).toBe(404)
  expect((await fetch(`${local}/content/photo/anything`)).status).toBe(404)

  await expect
    .poll(() => named)
    .toContainEqual({
      deliveryId: delivery.id,
      senderName: 'Ella Brandt',
      placeName: 'Billing escalations',
    })
  const metrics = await (await fetch(`${local}/metrics`)).text()
  expect(metrics).toContain('emi_notifications_stored_total{kind="changeNotification"}')
  expect(metrics).toContain('emi_pictures_total{result="sent"} 1')
  expect(metrics).not.toMatch(/Ella|Billing|@/)
  expect(JSON.stringify([app.state, app.logAfter(0)])).not.toContain(CANARY)
  expect(await onDiskButHandedOn()).not.toContain(CANARY)
  expect(openApi?.violations ?? []).toEqual([])
})

interface EventPart {
  messageId: string
  message: MessageContent | null
}

/** The data folder as one text, without the file that events are handed on to. */
async function onDiskButHandedOn(): Promise<string> {
  const names = await readdir(join(folder, 'data'), { recursive: true, withFileTypes: true })
  const files = names.filter((one) => one.isFile() && !one.parentPath.endsWith('hand-on'))
  const texts = files.map((one) => readFile(join(one.parentPath, one.name), 'latin1'))
  return (await Promise.all(texts)).join('\n')
}
