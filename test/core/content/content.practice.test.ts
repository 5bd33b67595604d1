// Content from end to end: basic notifications of a practice tenant, read app-only, handed on, and shown by signed addresses.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../../../build/free-port.ts'
import type { Delivery, DeliveryNames } from '../../../main/contract/models/delivery.ts'
import type { MessageContent } from '../../../main/contract/models/message.ts'
import { type PracticeTenant, startPracticeTenant } from '../../../main/practice/practice-tenant.ts'
import { PracticeApp } from '../../fakes/practice-app.ts'
import { createOpenApiCheck } from '../../practice/openapi-check.ts'

const CANARY = 'words-that-nobody-may-keep'
const openApi = createOpenApiCheck()
const named: DeliveryNames[] = []
let folder = ''
let tenant: PracticeTenant
let practice: PracticeApp
let local = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emi-content-'))
  tenant = await startPracticeTenant({ replicationDelayMs: 0, tap: (one) => openApi?.(one) })
  practice = new PracticeApp(tenant, folder)
  await practice.start((app) => app.onDeliveriesNamed((list) => named.push(...list)))
  const webhookPort = await freePort()
  const localSidePort = await freePort()
  local = `http://127.0.0.1:${localSidePort}`
  await practice.setUp({
    ...{ webhookPort, publicUrl: `http://127.0.0.1:${webhookPort}` },
    ...{ handOnTarget: 'file', sendContent: true },
    ...{ contentEndpoint: true, metricsEndpoint: true, localSidePort },
  })
  await practice.call('webhook.start')
  await practice.until(
    ({ subscriptions }) =>
      subscriptions.length > 0 && subscriptions.every(({ status }) => status === 'active'),
  )
})

afterAll(async () => {
  await practice.stop()
  await tenant.close()
  await rm(folder, { recursive: true, force: true, maxRetries: 3 })
})

async function say(image: boolean): Promise<Delivery> {
  const before = practice.app.state.webhook.received
  const chat = tenant.control.chats.find(({ topic }) => topic === 'Billing escalations')
  const person = tenant.people.find(({ displayName }) => displayName === 'Ella Brandt')
  if (!chat || !person) throw new Error('an empty practice tenant')
  await tenant.control.say({ chatId: chat.id, personId: person.id, text: CANARY, image })
  await practice.until(({ webhook }) => webhook.received > before)
  const delivery = practice.app.logAfter(0).findLast((entry) => entry.delivery)?.delivery
  if (!delivery) throw new Error('nothing came')
  return delivery
}

test('a message with a picture is read, named, handed on and shown, and its words stay nowhere else', async () => {
  const delivery = await say(true)
  const message = (await practice.call('delivery.content', { id: delivery.id })) as MessageContent
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
  const { dataUrl } = (await practice.call('delivery.image', {
    id: delivery.id,
    imageId: image?.id,
  })) as {
    dataUrl: string
  }
  expect(dataUrl).toMatch(/^data:image\/png;base64,iVBOR/)

  await practice.until(({ handOn }) => handOn.handedOn > 0)
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
  expect(JSON.stringify([practice.app.state, practice.app.logAfter(0)])).not.toContain(CANARY)
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
