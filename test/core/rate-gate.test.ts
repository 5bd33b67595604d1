// The pace of requests to Graph: Microsoft's limits are kept, and nobody waits longer than they ask for.
import { describe, expect, it } from 'vitest'
import { RateGate } from '../../main/core/rate-gate.ts'
import { FakeClock } from '../fakes/fake-clock.ts'

function rig() {
  const clock = new FakeClock()
  const gate = new RateGate(clock)
  const startedAt = clock.now().getTime()
  const went: { name: string; at: number }[] = []
  const ask = (name: string, key: string | null, priority: 'now' | 'background' = 'now') =>
    gate
      .enter({ key, priority })
      .then(() => went.push({ name, at: clock.now().getTime() - startedAt }))
  return { clock, gate, went, ask }
}

describe('the pace of requests to Graph', () => {
  it('lets one a second go to one chat, and others meanwhile', async () => {
    const { clock, went, ask } = rig()
    void ask('a1', 'a')
    void ask('a2', 'a')
    void ask('b1', 'b')
    await clock.advance(0)
    expect(went.map(({ name }) => name)).toEqual(['a1', 'b1'])
    await clock.advance(999)
    expect(went).toHaveLength(2)
    await clock.advance(1)
    expect(went.at(-1)).toEqual({ name: 'a2', at: 1_000 })
  })

  it('never sends more than twenty within any second', async () => {
    const { clock, went, ask } = rig()
    for (let n = 0; n < 65; n += 1) void ask(String(n), `chat-${n}`)
    await clock.advance(10_000)
    expect(went).toHaveLength(65)
    for (const { at } of went) {
      const within = went.filter((one) => one.at >= at && one.at < at + 1_000)
      expect(within.length).toBeLessThanOrEqual(20)
    }
    expect(went.at(-1)?.at).toBe(3_000)
  })

  it('lets the background go only while nobody else waits', async () => {
    const { clock, gate, went, ask } = rig()
    gate.hold(500)
    void ask('name', 'a', 'background')
    void ask('click', 'a')
    await clock.advance(499)
    expect(went).toEqual([])
    await clock.advance(1)
    expect(went).toEqual([{ name: 'click', at: 500 }])
    await clock.advance(1_000)
    expect(went.at(-1)).toEqual({ name: 'name', at: 1_500 })
  })

  it('holds everything back for as long as Graph asks to wait', async () => {
    const { clock, gate, went, ask } = rig()
    void ask('first', 'a')
    gate.hold(7_000)
    void ask('second', 'b')
    await clock.advance(6_999)
    expect(went.map(({ name }) => name)).toEqual(['first'])
    await clock.advance(1)
    expect(went.at(-1)).toEqual({ name: 'second', at: 7_000 })
  })

  it('holds nobody up when the clock is set back', async () => {
    const { clock, gate, went, ask } = rig()
    for (let n = 0; n < 20; n += 1) void ask(String(n), `chat-${n}`)
    gate.hold(5_000)
    void ask('waits', 'chat-0')
    await clock.advance(1_000)
    clock.jump(-3_600_000)
    void ask('later', 'chat-1')
    await clock.advance(10_000)
    expect(went.map(({ name }) => name).slice(-2)).toEqual(['waits', 'later'])
  })

  it('forgets who stopped waiting', async () => {
    const { clock, gate, went, ask } = rig()
    const stop = new AbortController()
    gate.hold(1_000)
    const left = gate.enter({ key: 'a', priority: 'now', signal: stop.signal })
    void ask('stays', 'a')
    stop.abort()
    await expect(left).rejects.toMatchObject({ name: 'AbortError' })
    await clock.advance(1_000)
    expect(went).toEqual([{ name: 'stays', at: 1_000 }])
  })

  it('says so rather than let a queue grow without end', async () => {
    const { gate, ask } = rig()
    gate.hold(60_000)
    for (let n = 0; n < 500; n += 1) void ask(String(n), null)
    await expect(gate.enter({ key: null, priority: 'now' })).rejects.toMatchObject({ code: 'busy' })
  })
})
