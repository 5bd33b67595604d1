import { expect, test } from 'vitest'
import type { DeliveryPage } from '../../../main/contract/models/delivery.ts'
import { StoredSearch } from '../../../renderer/state/stored-search.svelte.ts'
import { fakePageClient, settle } from '../../fakes/page-client.ts'
import { storedPage } from '../../fakes/sample-stored.ts'

const now = Date.parse('2026-03-02T09:00:00.000Z')

function open(answer: (input: unknown) => DeliveryPage | Promise<DeliveryPage>) {
  const fake = fakePageClient()
  const asked: Record<string, unknown>[] = []
  fake.answer('delivery.search', async (input) => {
    asked.push(input as Record<string, unknown>)
    return { ok: true, value: await answer(input) }
  })
  return { asked, search: new StoredSearch(fake.client, () => now) }
}

test('filters of every kind are combined, and cleared together', async () => {
  const { asked, search } = open(() => storedPage)
  search.chosen.what = 'updated'
  search.chosen.handOn = 'dead'
  search.chosen.content = 'refused'
  search.time = 'hour'
  search.text = ' Adele '
  await search.search()
  expect(asked).toEqual([
    {
      ...{ kind: 'changeNotification', changeType: 'updated', handOn: 'dead' },
      ...{ verdict: 'refused', from: '2026-03-02T08:00:00.000Z', text: 'Adele', limit: 200 },
    },
  ])
  expect([search.filtered, search.found.length]).toEqual([true, storedPage.found.length])
  search.clear()
  expect(search.wanted).toEqual({})
})

test('what changes while an answer is awaited is asked for once, and only the last answer is shown', async () => {
  const answers: ((page: DeliveryPage) => void)[] = []
  const { asked, search } = open(() => new Promise((resolve) => answers.push(resolve)))
  const first = search.search()
  for (const text of ['A', 'Ad', 'Ade']) {
    search.text = text
    void search.search()
  }
  answers[0]?.(storedPage)
  await settle()
  expect(search.found).toEqual([])
  expect(search.searching).toBe(true)
  answers[1]?.({ ...storedPage, found: storedPage.found.slice(0, 2) })
  await first
  expect(asked.map(({ text }) => text)).toEqual([undefined, 'Ade'])
  expect([search.found.length, search.searching]).toEqual([2, false])
})

test('older ones are added below, and a new question drops an answer about older ones', async () => {
  const older: ((page: DeliveryPage) => void)[] = []
  const { asked, search } = open((input) =>
    (input as { beforeId?: number }).beforeId === undefined
      ? storedPage
      : new Promise((resolve) => older.push(resolve)),
  )
  await search.search()
  const more = search.more()
  await search.search()
  older[0]?.(storedPage)
  await more
  expect(search.found.length).toBe(storedPage.found.length)
  const again = search.more()
  await settle()
  older[1]?.({ ...storedPage, nextBeforeId: null })
  await again
  expect(search.found.length).toBe(2 * storedPage.found.length)
  expect(asked.at(-1)).toMatchObject({ beforeId: 54 })
})

test('an entry counts as left out only where the search came far enough to see it', async () => {
  const { search } = open(() => storedPage)
  await search.search()
  expect([search.reaches(60), search.reaches(54), search.reaches(53)]).toEqual([true, true, false])
  search.nextBeforeId = null
  expect(search.reaches(1)).toBe(true)
})

test('what one entry has become replaces it in the list', async () => {
  const { search } = open(() => storedPage)
  await search.search()
  const [first, second] = storedPage.found
  if (!first || !second) throw new Error('The sample is empty.')
  search.put({ ...second, summary: 'Changed meanwhile' })
  expect(search.found.map(({ summary }) => summary).slice(0, 2)).toEqual([
    first.summary,
    'Changed meanwhile',
  ])
  expect(search.found).toHaveLength(storedPage.found.length)
})
