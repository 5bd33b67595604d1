// What is caught up and what is read for people goes through one gate: Graph counts both.
import { expect, test } from 'vitest'
import { createRig, MINUTE } from './rig.ts'

test('a chat is read once a second, whoever reads it', async () => {
  const rig = createRig()
  rig.teams.people = { ada: ['19:a'] }
  const readAt: number[] = []
  // Only channels may be read, which are read one by one.
  rig.teams.refuse = (path) => {
    if (path.includes('/channels/19:a/')) readAt.push(rig.now())
    return null
  }
  await rig.start()
  await rig.inbox.add([rig.notification(`teams('t')/channels('19:a')/messages('1')`)])
  await rig.goDown(10 * MINUTE)
  for (let count = 0; count < 5; count += 1) rig.say('channel:t/19:a')
  await rig.outage(MINUTE)
  // Somebody looks at its messages all the while.
  const pass = { key: 'channel:t/19:a', priority: 'now' } as const
  const looks = Array.from({ length: 60 }, () =>
    rig.gate.run(pass, () => Promise.resolve(readAt.push(rig.now()))),
  )
  await rig.clock.advance(5 * MINUTE)
  await Promise.all(looks)
  expect(rig.gap()).toMatchObject({ phase: 'done', recovered: 5 })
  expect(readAt.length).toBeGreaterThan(60)
  const gaps = readAt.slice(1).map((at, index) => at - (readAt[index] ?? 0))
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_000)
})

test('where Graph asks catch-up to wait, nobody else asks meanwhile', async () => {
  const rig = createRig()
  rig.teams.people = { ada: ['19:a'] }
  let heldUntil = 0
  rig.teams.refuse = (path) => {
    if (!path.includes('/ada/') || heldUntil > 0) return null
    heldUntil = rig.now() + 30_000
    const look = () => Promise.resolve(wentAt.push(rig.now()))
    rig.clock.after(1_000, () => void rig.gate.run({ key: null, priority: 'now' }, look))
    return { status: 429, retryAfter: 30 }
  }
  const wentAt: number[] = []
  await rig.start()
  await rig.outage(10 * MINUTE)
  await rig.clock.advance(10 * MINUTE)
  expect(heldUntil).toBeGreaterThan(0)
  expect(wentAt).toHaveLength(1)
  expect(wentAt[0]).toBeGreaterThanOrEqual(heldUntil)
  expect(rig.gap()).toMatchObject({ phase: 'done' })
})
