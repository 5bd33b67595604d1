// Handing on with a fake clock, a database in memory and a real receiver; time passes when nothing is under way.
import type { Delivery } from '../../../main/contract/models/delivery.ts'
import type { MessageContent } from '../../../main/contract/models/message.ts'
import type { ConnectionSettings } from '../../../main/contract/models/settings.ts'
import { HandOn } from '../../../main/core/hand-on/hand-on.ts'
import type { Database } from '../../../main/core/ports/database.ts'
import type { HandOnFile } from '../../../main/core/ports/hand-on.ts'
import type { NewDelivery } from '../../../main/core/ports/stored.ts'
import { defaultSettings } from '../../../main/core/settings.ts'
import { FakeClock, settle } from '../../fakes/fake-clock.ts'
import { MemoryDatabase, MemorySecrets, memoryLog, seededRandom } from '../../fakes/memory-ports.ts'

export interface RigOptions {
  settings?: Partial<ConnectionSettings>
  database?: Database
  secrets?: MemorySecrets
  clock?: FakeClock
  fetch?: typeof fetch
  content?: (delivery: Delivery) => Promise<unknown>
  message?: (delivery: Delivery) => Promise<MessageContent | null>
  seed?: number
}

export type Rig = ReturnType<typeof createRig>

/** A HandOn that is not started yet, and everything around it. */
export function createRig(options: RigOptions = {}) {
  const clock = options.clock ?? new FakeClock()
  const database = options.database ?? new MemoryDatabase()
  const secrets = options.secrets ?? new MemorySecrets()
  const log = memoryLog(clock)
  const lines: string[] = []
  const file: HandOnFile = {
    path: '/data/events.jsonl',
    append: (text) => {
      lines.push(...text.split('\n').filter(Boolean))
      return Promise.resolve()
    },
    close: () => Promise.resolve(),
  }
  const underWay = new Set<Promise<unknown>>()
  const settings: ConnectionSettings = {
    ...defaultSettings.connections.microsoft,
    handOnTarget: 'http',
    ...options.settings,
  }
  const plainFetch = options.fetch ?? fetch
  let changes = 0
  let mostUnderWay = 0
  const handOn = new HandOn({
    ...{ database, secrets, clock, log, file },
    settings: () => settings,
    random: seededRandom(options.seed),
    fetch: (...input) => {
      const answer = plainFetch(...input)
        .then(wholeOf)
        .finally(() => underWay.delete(answer))
      underWay.add(answer)
      mostUnderWay = Math.max(mostUnderWay, underWay.size)
      return answer
    },
    content: options.content ?? (() => Promise.resolve(null)),
    message: options.message ?? (() => Promise.resolve(null)),
    onChange: () => {
      changes += 1
    },
  })
  /** Waits until nothing is under way any more, however long the real server takes. */
  const quiet = async () => {
    do {
      await Promise.allSettled(underWay)
      await settle()
      await settle()
    } while (underWay.size > 0)
  }
  return {
    ...{ handOn, clock, database, secrets, log, lines, settings, quiet },
    changes: () => changes,
    /** The most requests that ever were under way at the same time. */
    mostUnderWay: () => mostUnderWay,
    start: async () => {
      await handOn.load()
      handOn.start()
      await quiet()
    },
    /** Lets time pass, waiting for the receiver after each step. */
    pass: async (ms: number) => {
      const end = clock.now().getTime() + ms
      for (;;) {
        await quiet()
        const next = clock.nextInMs
        if (next === undefined || clock.now().getTime() + next > end) break
        await clock.advance(next)
      }
      await clock.advance(end - clock.now().getTime())
      await quiet()
    },
    /** Stores items as the inbox does. */
    store: async (items: NewDelivery[]) => {
      const added = await database.addDeliveries(
        items.map((item) => {
          const handOnLane = handOn.laneOf(item)
          return handOnLane === undefined ? item : { ...item, handOnLane }
        }),
      )
      handOn.noteStored(added)
      return added
    },
    /** Changes settings as a person does. */
    change: (change: Partial<ConnectionSettings>) => {
      Object.assign(settings, change)
      handOn.noteSettings()
    },
    now: () => clock.now().toISOString(),
  }
}

/** The response once its body has come too, so that nothing of it is still under way. */
async function wholeOf(response: Response): Promise<Response> {
  const bytes = await response.arrayBuffer()
  const { status, headers } = response
  return new Response(bytes.byteLength > 0 ? bytes : null, { status, headers })
}

let counter = 0

/** A new message in a chat. */
export function message(chat: string, at = '2026-03-02T09:00:00.000Z'): NewDelivery {
  counter += 1
  const resourceId = String(1_770_000_000_000 + counter)
  return {
    receivedAt: at,
    kind: 'changeNotification',
    subscriptionKey: 'chat-messages',
    subscriptionId: 'sub-1',
    tenantId: 'tenant-1',
    changeType: 'created',
    resource: `chats('${chat}')/messages('${resourceId}')`,
    resourceId,
    rich: false,
    itemJson: '{}',
  }
}
