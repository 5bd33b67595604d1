// People chatting on their own: messages, pictures, reactions, edits, deletions, now and then a new chat.
import type { After } from './after.ts'
import { type Draw, nextSentence, nextTopic, pick, pictureSentence } from './conversations.ts'
import { people } from './people.ts'
import type { MessageRecord, Teams, TeamsChange } from './teams.ts'

export interface Traffic {
  readonly settings: { on: boolean; perMinute: number }
  set(settings: { on: boolean; perMinute: number }): void
  close(): void
}

const MAX_PER_MINUTE = 600
const DEFAULT_PER_MINUTE = 12
const SEED = 20_261_123
const REACTIONS = ['👍', '❤️', '😆']

/** Traffic that is off until it is switched on. The same seed gives the same conversation. */
export function createTraffic(
  teams: Teams,
  { announce, after }: { announce: (change: TeamsChange) => void; after: After },
): Traffic {
  const draw = seededDraw(SEED)
  let settings = { on: false, perMinute: DEFAULT_PER_MINUTE }
  let cancel = () => {}

  const schedule = () => {
    cancel()
    if (!settings.on) return
    const mean = 60_000 / settings.perMinute
    cancel = after(mean * (0.5 + draw()), () => {
      for (const change of somethingHappens(teams, draw)) announce(change)
      schedule()
    })
  }
  return {
    get settings() {
      return { ...settings }
    },
    set: ({ on, perMinute }) => {
      if (!(perMinute > 0 && perMinute <= MAX_PER_MINUTE)) {
        throw new Error(`Choose between 1 and ${MAX_PER_MINUTE} messages a minute.`)
      }
      settings = { on, perMinute }
      schedule()
    },
    close: () => cancel(),
  }
}

/** One thing people do: mostly a message. */
export function somethingHappens(teams: Teams, draw: Draw): TeamsChange[] {
  const chat = pick(teams.chats, draw)
  const personId = pick(chat.memberIds, draw)
  const recent = chat.messages
    .slice(-5)
    .filter((message) => message.personId !== null && message.deletedAt === null)
  const kind = draw()
  if (kind < 0.08 && recent.length > 0) {
    const message = pick(recent, draw)
    teams.react(message, { personId, reactionType: pick(REACTIONS, draw) })
    return [updated(message)]
  }
  if (kind < 0.13 && recent.length > 0) {
    const message = pick(recent, draw)
    teams.edit(message, `${message.text} (corrected)`)
    return [updated(message)]
  }
  if (kind < 0.15 && recent.length > 0) {
    const message = pick(recent, draw)
    teams.remove(message)
    return [{ kind: 'message', changeType: 'deleted', message }]
  }
  if (kind < 0.17 && chat.chatType === 'group' && chat.kind === 'chat') {
    teams.rename(chat, nextTopic(draw))
    return [{ kind: 'chat', changeType: 'updated', chat }]
  }
  if (kind < 0.19) return newChat(teams, draw)
  const image = kind < 0.27
  const lastRoot = chat.messages.findLast((message) => message.replyToId === null)
  const isReply = chat.kind === 'channel' && lastRoot !== undefined && draw() < 0.5
  const message = teams.post({
    chat,
    personId,
    text: image ? pictureSentence(draw) : nextSentence(draw),
    image,
    ...(isReply ? { replyToId: lastRoot.id } : {}),
  })
  return [{ kind: 'message', changeType: 'created', message }]
}

/** Numbers from 0 to 1 that follow from a seed (mulberry32). */
export function seededDraw(seed: number): Draw {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

function newChat(teams: Teams, draw: Draw): TeamsChange[] {
  const first = pick(people, draw)
  const second = pick(people, draw)
  const memberIds = [...new Set([first.id, second.id, pick(people, draw).id])]
  const chat = teams.startChat({ memberIds, topic: nextTopic(draw) })
  const members: TeamsChange[] = memberIds.map((personId) => ({
    kind: 'member',
    changeType: 'created',
    chat,
    personId,
  }))
  const message = teams.post({ chat, personId: first.id, text: nextSentence(draw) })
  return [
    { kind: 'chat', changeType: 'created', chat },
    ...members,
    { kind: 'message', changeType: 'created', message },
  ]
}

function updated(message: MessageRecord): TeamsChange {
  return { kind: 'message', changeType: 'updated', message }
}
