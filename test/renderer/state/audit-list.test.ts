import { expect, test } from 'vitest'
import type { AuditEntry } from '../../../main/contract/models/removal.ts'
import type { Reply } from '../../../main/contract/protocol.ts'
import { AuditList } from '../../../renderer/state/audit-list.svelte.ts'
import { fakePageClient, settle } from '../../fakes/page-client.ts'
import { auditTrail } from '../../fakes/sample-application.ts'
import { sampleError } from '../../fakes/sample-states.ts'

/** A core with a trail, which it gives out in pages. */
function start(trail: AuditEntry[], pageSize = 3) {
  const fake = fakePageClient()
  const core = { trail }
  const give = (input: unknown): Reply => {
    const { afterId } = input as { afterId: number }
    const value = core.trail.filter((entry) => entry.id > afterId).slice(0, pageSize)
    return { ok: true, value }
  }
  fake.answer('audit.list', give)
  return { fake, core, give, list: new AuditList(fake.client) }
}

const idsOf = (entries: AuditEntry[]): number[] => entries.map((entry) => entry.id)

test('the whole trail is read page by page and shown the newest first', async () => {
  const { list } = start(auditTrail)
  await list.follow('microsoft', 8)
  expect(list.loaded).toBe(true)
  expect(idsOf(list.visible)).toEqual([8, 7, 6, 5, 4, 3, 2, 1])
})

test('when the trail grows only what is new is asked for', async () => {
  const { fake, core, list } = start(auditTrail.slice(0, 2))
  await list.follow('microsoft', 2)
  core.trail = auditTrail.slice(0, 3)
  await list.follow('microsoft', 3)
  await list.follow('microsoft', 3)
  expect(fake.calls.map((call) => call.input)).toEqual([{ afterId: 0 }, { afterId: 2 }])
  expect(idsOf(list.visible)).toEqual([3, 2, 1])
})

test('what grows while it is being read is read too', async () => {
  const { fake, core, give, list } = start(auditTrail.slice(0, 1))
  let answer: (() => void) | undefined
  fake.answer(
    'audit.list',
    (input) =>
      new Promise((resolve) => {
        answer = () => resolve(give(input))
      }),
  )
  const first = list.follow('microsoft', 1)
  await settle()
  core.trail = auditTrail.slice(0, 5)
  fake.answer('audit.list', give)
  void list.follow('microsoft', 5)
  answer?.()
  await first
  expect(idsOf(list.visible)).toEqual([5, 4, 3, 2, 1])
})

test('the other tenant’s trail takes its place, and an answer that comes late is dropped', async () => {
  const { fake, core, give, list } = start(auditTrail)
  let answer: (() => void) | undefined
  fake.answer('audit.list', (input) => {
    const reply = give(input)
    return new Promise((resolve) => {
      answer = () => resolve(reply)
    })
  })
  const first = list.follow('microsoft', 8)
  await settle()
  core.trail = [{ ...auditTrail[0], id: 1, name: 'Practice' } as AuditEntry]
  fake.answer('audit.list', give)
  void list.follow('practice', 1)
  answer?.()
  await first
  expect(list.visible.map((entry) => entry.name)).toEqual(['Practice'])
})

test('an erased trail is gone from the page', async () => {
  const { core, list } = start(auditTrail)
  await list.follow('microsoft', 8)
  core.trail = []
  await list.follow('microsoft', 0)
  expect(list.visible).toEqual([])
})

test('a failed reading is said, and the next one begins where it stopped', async () => {
  const { fake, give, list } = start(auditTrail)
  fake.answer('audit.list', () => ({ ok: false, error: sampleError({ code: 'unexpected' }) }))
  await list.follow('microsoft', 8)
  expect(list.error?.code).toBe('unexpected')
  expect(list.loaded).toBe(false)
  fake.answer('audit.list', give)
  await list.follow('microsoft', 8)
  expect(list.error).toBeNull()
  expect(list.total).toBe(8)
})

test('it is filtered by what was done, by trouble, and by words', async () => {
  const { list } = start(auditTrail)
  await list.follow('microsoft', 8)
  list.filter = 'remove'
  expect(idsOf(list.visible)).toEqual([8])
  list.filter = 'trouble'
  expect(idsOf(list.visible)).toEqual([6, 5])
  list.clearFilter()
  list.search = 'ADDPASSWORD'
  expect(idsOf(list.visible)).toEqual([3])
  list.search = 'b07'
  expect(list.matching.map((entry) => entry.requestId)).toEqual([auditTrail[6]?.requestId])
})

test('a long trail is shown a hundred at a time', async () => {
  const long = Array.from(
    { length: 250 },
    (_, index) => ({ ...auditTrail[0], id: index + 1 }) as AuditEntry,
  )
  const { list } = start(long, 500)
  await list.follow('microsoft', 250)
  expect(list.matching).toHaveLength(250)
  expect(list.visible).toHaveLength(100)
  list.showMore()
  expect(list.visible).toHaveLength(200)
  expect(list.visible[0]?.id).toBe(250)
})
