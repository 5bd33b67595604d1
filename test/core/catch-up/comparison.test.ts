// Messages that no notification told of, though nothing seemed wrong, are found by comparing with Teams.
import { expect, test } from 'vitest'
import { HOUR, MINUTE, stage } from './rig.ts'

test('a message that no notification told of is found by the hourly look, and by “Check now”', async () => {
  const rig = stage()
  await rig.start()
  await rig.inbox.add([rig.notification(`chats('19:a')/messages('1')`)])
  await rig.clock.advance(10 * MINUTE)
  const id = rig.say('chat:19:a')
  await rig.clock.advance(HOUR)
  await rig.clock.advance(5 * MINUTE)
  expect(rig.gap()).toMatchObject({ reasons: ['silent'], phase: 'done', recovered: 1 })
  const second = rig.say('chat:19:a')
  await rig.clock.advance(10 * MINUTE)
  rig.catchUp.checkNow()
  await rig.clock.advance(2 * MINUTE)
  expect(rig.recovered()).toEqual(
    [id, second].map((one) => `created chats('19:a')/messages('${one}')`),
  )
  expect(rig.catchUp.state().checkedAt).not.toBeNull()
})

test('a message too young for one look is found by the next one, also when nobody waited between them', async () => {
  const rig = stage()
  await rig.start()
  await rig.inbox.add([rig.notification(`chats('19:a')/messages('1')`)])
  await rig.clock.advance(10 * MINUTE)
  const id = rig.say('chat:19:a')
  await rig.clock.advance(MINUTE)
  rig.catchUp.checkNow()
  await rig.clock.advance(MINUTE)
  expect(rig.recovered()).toEqual([])
  await rig.clock.advance(10 * MINUTE)
  rig.catchUp.checkNow()
  await rig.clock.advance(2 * MINUTE)
  expect(rig.recovered()).toEqual([`created chats('19:a')/messages('${id}')`])
})
