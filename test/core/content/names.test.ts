// Names in the log: found out in the background, kept, told in batches; and ids where Graph cannot be asked.
import { describe, expect, it } from 'vitest'
import { CHAT, createRig, delivery, ELLA, graphMessage, MESSAGE_PATH, refusal } from './rig.ts'

const PLACE_PATH = `/chats/${encodeURIComponent(CHAT)}`
const members = ['Ella Brandt', 'Tomás Rivera'].map((displayName) => ({ displayName }))

function rig() {
  const made = createRig()
  made.graph.set(MESSAGE_PATH, graphMessage())
  made.graph.set(PLACE_PATH, { id: CHAT, topic: 'Billing escalations', members })
  return made
}

describe('names for the log', () => {
  it('are found out, kept and told in batches', async () => {
    const { content, clock, kept, senders, named } = rig()
    const items = [delivery(), delivery(), delivery()]
    content.names.noteStored(items)
    await clock.advance(2_000)
    expect(named).toEqual(
      items.map(({ id }) => ({
        deliveryId: id,
        senderName: 'Ella Brandt',
        placeName: 'Billing escalations',
      })),
    )
    expect([...senders]).toEqual(items.map(({ id }) => [id, ELLA]))
    expect(kept.get(`user:${ELLA}`)?.name).toBe('Ella Brandt')
    expect(kept.get(`chat:${CHAT}`)?.name).toBe('Billing escalations')
    await content.stop()
    expect(clock.pending).toBe(0)
  })

  it('are those of the members for a chat without a topic', async () => {
    const { content, clock, graph, named } = rig()
    graph.set(PLACE_PATH, { id: CHAT, topic: null, members })
    content.names.noteStored([delivery()])
    await clock.advance(2_000)
    expect(named[0]?.placeName).toBe('Ella Brandt, Tomás Rivera')
  })

  it('are asked for in the directory where the message does not tell them', async () => {
    const { content, clock, graph, named } = rig()
    graph.set(MESSAGE_PATH, graphMessage({ from: { user: { id: ELLA, displayName: null } } }))
    graph.set(`/users/${ELLA}`, { id: ELLA, displayName: 'Ella B.' })
    content.names.noteStored([delivery()])
    await clock.advance(2_000)
    expect(named[0]?.senderName).toBe('Ella B.')
  })

  it('are asked for once, not with each message', async () => {
    const { content, clock, asked } = rig()
    for (let n = 0; n < 5; n += 1) {
      content.names.noteStored([delivery({ receivedAt: clock.now().toISOString() })])
      await clock.advance(3_000)
    }
    expect(asked.filter((path) => path === PLACE_PATH)).toHaveLength(1)
  })

  it('follow a chat that was given another topic', async () => {
    const { content, clock, graph, named } = rig()
    content.names.noteStored([delivery()])
    await clock.advance(2_000)
    graph.set(PLACE_PATH, { id: CHAT, topic: 'Refunds' })
    const receivedAt = clock.now().toISOString()
    content.names.noteStored([delivery({ resource: `chats('${CHAT}')`, receivedAt })])
    await clock.advance(2_000)
    expect(named.at(-1)).toMatchObject({ placeName: 'Refunds', senderName: null })
  })

  it('wait while Graph is down, and come once it is back', async () => {
    const { content, clock, graph, asked, named } = rig()
    graph.set(PLACE_PATH, refusal(503))
    content.names.noteStored([delivery()])
    await clock.advance(30_000)
    expect(asked).toHaveLength(1)
    graph.set(PLACE_PATH, { id: CHAT, topic: 'Billing escalations' })
    await clock.advance(60_000)
    expect(named[0]?.placeName).toBe('Billing escalations')
  })

  it('stay unknown where they may not be read, and nothing else suffers', async () => {
    const { content, clock, graph, named, asked } = rig()
    graph.set(PLACE_PATH, refusal(403))
    content.names.noteStored([delivery(), delivery()])
    await clock.advance(3_000)
    expect(named).toMatchObject([
      { senderName: 'Ella Brandt', placeName: null },
      { senderName: 'Ella Brandt', placeName: null },
    ])
    expect(asked.filter((path) => path === PLACE_PATH)).toHaveLength(1)
  })

  it('let what a person asks for go first, and keep to the newest in a flood', async () => {
    const { content, clock, graph, named } = rig()
    const flood = Array.from({ length: 2_000 }, (_, n) => {
      graph.set(`${PLACE_PATH}/messages/${n}`, graphMessage({ id: String(n) }))
      return delivery({ resource: `chats('${CHAT}')/messages('${n}')` })
    })
    content.names.noteStored(flood)
    await clock.advance(5_000)
    const click = content.read(flood[0] ?? delivery())
    await clock.advance(1_001)
    expect(await click).not.toBeNull()
    await clock.advance(600_000)
    expect(named.length).toBeLessThanOrEqual(500)
    expect(named.at(-1)?.deliveryId).toBe(flood.at(-1)?.id)
  })

  it('never hold words of a message', async () => {
    const { content, clock, kept, log } = rig()
    content.names.noteStored([delivery()])
    await clock.advance(2_000)
    expect(JSON.stringify([...kept.values(), ...log.entries])).not.toContain('48213')
  })
})
