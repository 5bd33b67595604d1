// Messages in one shape: texts, pictures, cards, system events, guests; and what happens when Graph says no.
import { describe, expect, it } from 'vitest'
import { AppError } from '../../../main/core/app-error.ts'
import { drawPng } from '../../../main/practice/png.ts'
import { jpegWithGps } from './exif-jpeg.ts'
import { CHAT, createRig, delivery, ELLA, graphMessage, MESSAGE_PATH, refusal } from './rig.ts'

const BASE = 'http://10.0.0.5:8740'
const picture = 'https://graph.microsoft.com/v1.0/chats/x/messages/1/hostedContents/pic%3D/$value'
const picturePath = `${MESSAGE_PATH}/hostedContents/pic%3D/$value`
const harbour = jpegWithGps({
  latitude: [52, 22, 12],
  north: true,
  longitude: [4, 53, 42],
  east: true,
})
const withPicture = graphMessage({
  body: { contentType: 'html', content: `<p>The label</p><img src="${picture}" alt="Label">` },
})

describe('the content of a message', () => {
  it('comes in one shape with its sender, time and text', async () => {
    const { content, graph } = createRig()
    graph.set(MESSAGE_PATH, graphMessage({ importance: 'urgent', subject: 'Charge' }))
    expect(await content.read(delivery())).toEqual({
      kind: 'message',
      id: '1',
      sender: { kind: 'person', id: ELLA, name: 'Ella Brandt', photoUrl: null },
      placeName: null,
      sentAt: '2026-03-02T08:59:00.000Z',
      editedAt: null,
      deletedAt: null,
      subject: 'Charge',
      text: 'Order 48213 was charged twice.',
      html: 'Order 48213 was charged twice.',
      importance: 'urgent',
      replyToId: null,
      mentions: [],
      attachments: [],
      images: [],
      event: null,
    })
  })

  it('is asked of Graph once for the log, the page and the contact center', async () => {
    const { content, graph, asked } = createRig()
    graph.set(MESSAGE_PATH, graphMessage())
    const item = delivery()
    await Promise.all([content.read(item), content.read(item)])
    await content.read(item)
    expect(asked).toEqual([MESSAGE_PATH])
  })

  it('is read anew for a notification that came after it was read', async () => {
    const { content, clock, graph } = createRig()
    graph.set(MESSAGE_PATH, graphMessage())
    await content.read(delivery())
    await clock.advance(1_500)
    graph.set(MESSAGE_PATH, graphMessage({ body: { contentType: 'text', content: 'corrected' } }))
    const edit = delivery({ changeType: 'updated', receivedAt: clock.now().toISOString() })
    expect((await content.read(edit))?.text).toBe('corrected')
  })

  it('is what came along, for a rich notification, without asking Graph', async () => {
    const { content, asked, setRich } = createRig()
    setRich(() =>
      Promise.resolve(graphMessage({ body: { contentType: 'text', content: 'sealed' } })),
    )
    expect((await content.read(delivery({ rich: true })))?.text).toBe('sealed')
    expect(asked).toEqual([])
  })

  it('is null for a test of ours, which names a message that never was', async () => {
    const { content, asked } = createRig()
    expect(await content.read(delivery({ origin: 'test' }))).toBeNull()
    content.names.noteStored([delivery({ origin: 'test' })])
    expect(asked).toEqual([])
    await content.stop()
  })

  it('is null for what is no message', async () => {
    const { content, asked } = createRig()
    const resources = [`chats('${CHAT}')`, `chats('${CHAT}')/members('m')`, "users('u')/presence"]
    for (const resource of resources) expect(await content.read(delivery({ resource }))).toBeNull()
    expect(asked).toEqual([])
  })

  it('carries signed addresses for pictures and photos, and where a picture was taken', async () => {
    const { content, graph } = createRig({ baseUrl: BASE })
    graph.set(MESSAGE_PATH, withPicture)
    graph.set(picturePath, harbour)
    const read = await content.read(delivery())
    expect(read?.html).toBe('<p>The label</p>')
    expect(read?.images).toMatchObject([
      { id: 'pic=', description: 'Label', location: { latitude: 52.37, longitude: 4.895 } },
    ])
    const url = new URL(read?.images[0]?.url ?? '')
    expect(await content.urls.open(url)).toEqual({ kind: 'image', path: picturePath })
    const photo = new URL(read?.sender?.photoUrl ?? '')
    expect(await content.urls.open(photo)).toEqual({
      kind: 'photo',
      path: `/users/${ELLA}/photo/$value`,
    })
  })

  it('is still told when a picture cannot be had', async () => {
    const { content, graph } = createRig({ baseUrl: BASE })
    graph.set(MESSAGE_PATH, withPicture)
    graph.set(picturePath, refusal(503))
    const read = await content.read(delivery())
    expect(read?.text).toBe('The label')
    expect(read?.images).toMatchObject([{ location: null }])
  })

  it('shows a picture only if it is one', async () => {
    const { content, graph } = createRig()
    graph.set(picturePath, drawPng(1, 8))
    expect(await content.image(delivery(), 'pic=')).toMatchObject({ type: 'image/png' })
    const other = `${MESSAGE_PATH}/hostedContents/svg/$value`
    graph.set(other, new TextEncoder().encode('<svg onload="alert(1)"/>'))
    await expect(content.image(delivery(), 'svg')).rejects.toMatchObject({ code: 'not-found' })
    await expect(content.image(delivery(), 'gone')).rejects.toMatchObject({ code: 'not-found' })
  })

  it('fetches nothing but pictures of the message itself, whatever its text says', async () => {
    const { content, graph, asked } = createRig({ baseUrl: BASE })
    const sources = [
      'https://evil.example/v1.0/chats/x/messages/1/hostedContents/a/$value',
      'http://169.254.169.254/latest/meta-data',
      'https://graph.microsoft.com/v1.0/users/boss/photo/$value',
      'https://graph.microsoft.com/v1.0/chats/other/messages/9/hostedContents/..%2F..%2Fusers/$value',
    ]
    const html = sources.map((src) => `<img src="${src}">`).join('')
    graph.set(MESSAGE_PATH, graphMessage({ body: { contentType: 'html', content: html } }))
    await content.read(delivery())
    expect(asked).toEqual([MESSAGE_PATH, `${MESSAGE_PATH}/hostedContents/..%2F..%2Fusers/$value`])
  })

  it('holds everything back when Graph asks to wait, and says why', async () => {
    const { content, clock, graph, asked } = createRig()
    graph.set(MESSAGE_PATH, refusal(429, 8))
    await expect(content.read(delivery())).rejects.toMatchObject({ code: 'graph-throttled' })
    graph.set(MESSAGE_PATH, graphMessage())
    const later = content.read(delivery())
    await clock.advance(7_999)
    expect(asked).toHaveLength(1)
    await clock.advance(1)
    expect((await later)?.text).toContain('48213')
  })

  it('tells why sealed content cannot be read', async () => {
    const { content, setRich } = createRig()
    const error = new AppError('content-unproven', { message: 'No.', nextStep: 'None.' })
    setRich(() => Promise.reject(error))
    await expect(content.read(delivery({ rich: true }))).rejects.toBe(error)
  })

  it.each([
    ['reference', 'file'],
    ['messageReference', 'quoted reply'],
    ['application/vnd.microsoft.card.adaptive', 'card'],
    ['application/vnd.microsoft.card.codesnippet', 'code snippet'],
    ['application/vnd.microsoft.card.announcement', 'announcement'],
    ['meetingReference', 'meeting'],
    ['image/png', 'image'],
    ['application/x-unheard-of', 'other'],
  ])('names an attachment of type %s a %s', async (contentType, kind) => {
    const { content, graph } = createRig()
    const attachments = [
      {
        id: 'a',
        contentType,
        name: 'Budget.docx',
        contentUrl: 'javascript:alert(1)',
        content: JSON.stringify({ title: 'Hello', text: 'a<br>b' }),
      },
    ]
    graph.set(MESSAGE_PATH, graphMessage({ attachments }))
    expect((await content.read(delivery()))?.attachments).toEqual([
      { kind, name: 'Budget.docx', url: null, text: 'Hello\na\nb' },
    ])
  })

  it('knows guests, applications, deleted messages, and what Teams itself says', async () => {
    const { content, clock, graph } = createRig({ baseUrl: BASE })
    const read = async (change: Record<string, unknown>) => {
      await clock.advance(60_000)
      graph.set(MESSAGE_PATH, graphMessage(change))
      return content.read(delivery())
    }
    const guest = { id: 'anon-1', displayName: 'Visitor', userIdentityType: 'anonymousGuest' }
    expect((await read({ from: { user: guest } }))?.sender).toEqual({
      kind: 'guest',
      id: 'anon-1',
      name: 'Visitor',
      photoUrl: null,
    })
    const bot = { id: 'b', displayName: 'Ticket bot' }
    expect((await read({ from: { user: null, application: bot } }))?.sender).toMatchObject({
      kind: 'application',
      name: 'Ticket bot',
    })
    expect(
      await read({ deletedDateTime: '2026-03-02T09:01:00Z', body: { content: 'still here' } }),
    ).toMatchObject({ kind: 'deleted message', text: '', deletedAt: '2026-03-02T09:01:00Z' })
    const detail = {
      '@odata.type': '#microsoft.graph.chatRenamedEventMessageDetail',
      chatDisplayName: 'Refunds',
    }
    expect(
      await read({ messageType: 'systemEventMessage', from: null, eventDetail: detail }),
    ).toMatchObject({
      kind: 'system event',
      sender: null,
      event: 'chatRenamed',
      text: 'The chat was renamed. It is now called “Refunds”.',
    })
  })

  it('takes nothing for granted that Graph sends', async () => {
    const { content, clock, graph } = createRig()
    const odd = [
      { id: 7 },
      { id: '1', messageType: {} },
      { id: '1', messageType: 'message', body: [], from: 'somebody', attachments: 'none' },
      { id: '1', messageType: 'message', mentions: [{ mentioned: 3 }], importance: 9 },
      'text',
      null,
    ]
    for (const answer of odd) {
      await clock.advance(60_000)
      graph.set(MESSAGE_PATH, answer)
      const read = await content.read(delivery())
      expect(read?.text ?? '').toBe('')
    }
  })
})
