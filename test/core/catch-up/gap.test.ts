import { expect, test } from 'vitest'
import {
  addHole,
  ALL_AREAS,
  bounded,
  GAPS_KEPT,
  type GapRecord,
} from '../../../main/core/catch-up/gap.ts'

const at = (minute: number) => Date.parse('2026-03-02T09:00:00.000Z') + minute * 60_000
const iso = (minute: number) => new Date(at(minute)).toISOString()

const hole = (since: number, until: number, reason: GapRecord['reasons'][number] = 'tunnel') => ({
  ...{ since: at(since), until: at(until), reason, areas: ALL_AREAS },
})

test('holes that touch become one gap with both reasons; others stay apart', () => {
  let gaps = addHole([], hole(0, 10))
  gaps = addHole(gaps, { ...hole(10, 20, 'sleep'), areas: ['chats'] })
  gaps = addHole(gaps, hole(30, 40, 'paused'))
  expect(gaps.map(({ since, until, reasons }) => [since, until, reasons])).toEqual([
    [iso(30), iso(40), ['paused']],
    [iso(0), iso(20), ['tunnel', 'sleep']],
  ])
  gaps = addHole(gaps, hole(15, 35, 'missed'))
  expect(gaps).toHaveLength(1)
  expect(gaps[0]).toMatchObject({ since: iso(0), until: iso(40), phase: 'waiting' })
})

test('a gap that is being caught up keeps its bounds', () => {
  const [gap] = addHole([], hole(0, 10))
  if (!gap) throw new Error('no gap')
  const begun = { ...gap, cursor: { step: 'people' as const, after: 'ada' } }
  expect(addHole([begun], hole(5, 20))).toHaveLength(2)
})

test('only the latest are kept, and none that is not finished is dropped', () => {
  const [open] = addHole([], hole(-100, -90))
  if (!open) throw new Error('no gap')
  const done = Array.from({ length: GAPS_KEPT + 10 }, (_, i) => ({
    ...open,
    ...{ id: i + 2, since: iso(i), phase: 'done' as const },
  }))
  const kept = bounded([open, ...done])
  expect(kept).toHaveLength(GAPS_KEPT)
  expect(kept[0]?.since).toBe(iso(GAPS_KEPT + 9))
  expect(kept.at(-1)).toBe(open)
})
