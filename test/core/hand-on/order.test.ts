// Random failures: whatever goes wrong in which order, each chat's events arrive in order and none is lost.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CloudEvent } from '../../../main/core/hand-on/event.ts'
import { createRig, message } from './rig.ts'

const DAY = 24 * 60 * 60_000

/** What the contact center does with one attempt. */
const answers = fc.constantFrom(
  200,
  204,
  204,
  204,
  400,
  410,
  429,
  500,
  503,
  'breaks',
  'taken, breaks',
)

test('keeps each chat in order and loses nothing under random failures and restarts', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ chat: fc.integer({ min: 0, max: 4 }), pause: fc.nat(20_000) }), {
        minLength: 1,
        maxLength: 40,
      }),
      fc.array(answers, { maxLength: 60 }),
      fc.nat(1_000_000),
      async (items, script, seed) => {
        const left = [...script]
        const seen: { chat: string; id: string }[] = []
        const receive: typeof fetch = (_url, init) => {
          const body = init?.body
          const event = JSON.parse(typeof body === 'string' ? body : '') as CloudEvent
          const answer = left.shift() ?? 204
          const isTaken = typeof answer === 'number' ? answer < 300 : answer === 'taken, breaks'
          const { chatId, messageId } = event.data
          if (isTaken) seen.push({ chat: chatId ?? '', id: messageId ?? '' })
          return typeof answer === 'number'
            ? Promise.resolve(new Response(null, { status: answer }))
            : Promise.reject(new TypeError('fetch failed'))
        }
        const options = {
          fetch: receive,
          seed: seed + 1,
          settings: { handOnUrl: 'https://contactcenter.example/events' },
        }
        const first = createRig(options)
        const { database, secrets, clock } = first
        let rig = first
        await rig.start()
        const sent: { chat: string; id: string }[] = []
        for (const [index, { chat, pause }] of items.entries()) {
          const item = message(`chat-${chat}`, rig.now())
          sent.push({ chat: `chat-${chat}`, id: item.resourceId ?? '' })
          await rig.store([item])
          await rig.pass(pause)
          if (index % 13 === 7) {
            await rig.handOn.stop()
            rig = createRig({ ...options, database, secrets, clock })
            await rig.start()
          }
        }
        await rig.pass(2 * DAY)
        await rig.handOn.stop()
        expect(rig.handOn.state()).toMatchObject({ waiting: 0, dead: 0 })
        for (const chat of new Set(sent.map((one) => one.chat))) {
          const of = (list: typeof sent) =>
            list.filter((one) => one.chat === chat).map(({ id }) => id)
          // Repetitions are allowed, but the first time of each comes in order.
          expect([...new Set(of(seen))]).toEqual(of(sent))
        }
      },
    ),
    { numRuns: 60, seed: 4 },
  )
})
