import { expect, test } from 'vitest'
import { Turns } from '../../main/core/turns.ts'
import { settle } from '../fakes/fake-clock.ts'

test('work waits for the work before it, and its result comes back', async () => {
  const turns = new Turns()
  const seen: string[] = []
  const gate = Promise.withResolvers<undefined>()
  const first = turns.run(async () => {
    seen.push('first begins')
    await gate.promise
    seen.push('first ends')
    return 1
  })
  const second = turns.run(() => {
    seen.push('second')
    return Promise.resolve(2)
  })
  await settle()
  expect(seen).toEqual(['first begins'])
  gate.resolve(undefined)
  expect(await Promise.all([first, second])).toEqual([1, 2])
  expect(seen).toEqual(['first begins', 'first ends', 'second'])
})

test('a failure reaches whoever asked, and nobody else', async () => {
  const turns = new Turns()
  const failing = turns.run(() => Promise.reject(new Error('no')))
  const next = turns.run(() => Promise.resolve('yes'))
  await expect(failing).rejects.toThrow('no')
  expect(await next).toBe('yes')
  await turns.idle()
})
