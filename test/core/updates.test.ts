// When new versions are looked for, and what is shown of them.
import { describe, expect, it } from 'vitest'
import { AppError } from '../../main/core/app-error.ts'
import { LogBook } from '../../main/core/log.ts'
import type { Updater, UpdateRoute } from '../../main/core/ports/machine.ts'
import { Updates } from '../../main/core/updates.ts'
import { FakeClock, settle } from '../fakes/fake-clock.ts'
import { seededRandom } from '../fakes/memory-ports.ts'

const HOUR_MS = 60 * 60_000

/** An update server that answers as it is told. */
function start(off: string | null = null) {
  const clock = new FakeClock()
  const seen: string[] = []
  const world = {
    answer: (): Promise<string | null> => Promise.resolve(null),
    asked: 0,
    route: null as UpdateRoute | null,
    proxy: 'one.example:3128',
    restarts: 0,
  }
  const updater: Updater = {
    off,
    fetch: async (route, onProgress) => {
      world.asked += 1
      world.route = route
      const version = await world.answer()
      if (version !== null) onProgress({ version, percent: 50 })
      return version
    },
    restart: () => {
      world.restarts += 1
    },
  }
  const updates = new Updates(updater, {
    clock,
    random: seededRandom(),
    log: new LogBook({ clock, sink: () => undefined }),
    route: () => ({
      proxy: { kind: 'address', address: world.proxy, bypass: '', username: '' },
      signInTo: null,
    }),
    onChange: () => seen.push(updates.state.phase),
  })
  updates.start()
  return { clock, seen, updates, world }
}

const down = () =>
  Promise.reject(new AppError('update-failed', { message: 'No answer.', nextStep: 'Wait.' }))

describe('updates', () => {
  it('are looked for a minute after the start, then every six hours', async () => {
    const { clock, updates, world } = start()
    await clock.advance(59_000)
    expect(world.asked).toBe(0)
    await clock.advance(1_000)
    expect(world.asked).toBe(1)
    expect(updates.state).toEqual({ phase: 'current', checkedAt: '2026-03-02T09:01:00.000Z' })
    await clock.advance(18 * HOUR_MS)
    expect(world.asked).toBe(4)
  })

  it('are asked for through the proxy that is set at that moment', async () => {
    const { clock, world } = start()
    await clock.advance(60_000)
    expect(world.route?.proxy.address).toBe('one.example:3128')
    world.proxy = 'two.example:3128'
    await clock.advance(6 * HOUR_MS)
    expect(world.route?.proxy.address).toBe('two.example:3128')
  })

  it('are fetched when there is one, and then wait for a person however long that takes', async () => {
    const { clock, seen, updates, world } = start()
    world.answer = () => Promise.resolve('1.1.0')
    await clock.advance(60_000)
    expect(seen).toEqual(['checking', 'downloading', 'ready'])
    await clock.advance(200 * HOUR_MS)
    expect(world.restarts).toBe(0)
    updates.restart()
    expect(world.restarts).toBe(1)
  })

  it('stay ready while an even newer one is looked for, also when that fails', async () => {
    const { clock, seen, updates, world } = start()
    world.answer = () => Promise.resolve('1.1.0')
    await clock.advance(60_000)
    world.answer = down
    await clock.advance(6 * HOUR_MS)
    expect(updates.state).toEqual({ phase: 'ready', version: '1.1.0' })
    world.answer = () => Promise.resolve('1.2.0')
    await clock.advance(6 * HOUR_MS)
    expect(updates.state).toEqual({ phase: 'ready', version: '1.2.0' })
    expect(seen.slice(2)).not.toContain('checking')
  })

  it('that fail say so, and are tried again in time or on a click', async () => {
    const { clock, updates, world } = start()
    world.answer = down
    await clock.advance(60_000)
    expect(updates.state).toMatchObject({ phase: 'failed', error: { code: 'update-failed' } })
    world.answer = () => Promise.resolve(null)
    updates.check()
    await settle()
    expect(updates.state.phase).toBe('current')
    expect(world.asked).toBe(2)
    await clock.advance(6 * HOUR_MS)
    expect(world.asked).toBe(3)
  })

  it('are asked for once, however often a person clicks', async () => {
    const { updates, world } = start()
    const { promise, resolve } = Promise.withResolvers<null>()
    world.answer = () => promise
    updates.check()
    updates.check()
    expect(world.asked).toBe(1)
    resolve(null)
    await settle()
    expect(updates.state.phase).toBe('current')
  })

  it('that are off are never asked for, and a click says why', async () => {
    const { clock, updates, world } = start('Your organization brings new versions.')
    await clock.advance(24 * HOUR_MS)
    expect(world.asked).toBe(0)
    expect(updates.state).toEqual({
      phase: 'off',
      reason: 'Your organization brings new versions.',
    })
    expect(() => updates.check()).toThrow('Your organization brings new versions.')
  })

  it('need to be ready before a restart, and end with the app', async () => {
    const { clock, updates, world } = start()
    expect(() => updates.restart()).toThrow('No new version is ready')
    updates.stop()
    await clock.advance(24 * HOUR_MS)
    expect(world.asked + world.restarts).toBe(0)
  })
})
