// What is kept for a short time: within bounds, read once by many, never older than it may be.
import { describe, expect, it } from 'vitest'
import { Kept } from '../../../main/core/content/kept.ts'
import { FakeClock } from '../../fakes/fake-clock.ts'

function rig(options: { keepMs?: number; most?: number } = {}) {
  const clock = new FakeClock()
  const kept = new Kept<string>({
    clock,
    keepMs: options.keepMs ?? 1_000,
    most: options.most ?? 100,
    sizeOf: (value) => value.length,
  })
  let reads = 0
  const read = (value: string) => () => {
    reads += 1
    return Promise.resolve(value)
  }
  return { clock, kept, read, reads: () => reads }
}

describe('what is kept', () => {
  it('is read once for all who ask at the same time', async () => {
    const { kept, read, reads } = rig()
    const both = await Promise.all([kept.get('a', read('x')), kept.get('a', read('y'))])
    expect(both).toEqual(['x', 'x'])
    expect(reads()).toBe(1)
  })

  it('is read again after its time', async () => {
    const { clock, kept, read } = rig()
    await kept.get('a', read('old'))
    await clock.advance(999)
    expect(await kept.get('a', read('new'))).toBe('old')
    await clock.advance(1)
    expect(await kept.get('a', read('new'))).toBe('new')
  })

  it('is not used for what happened after it was read', async () => {
    const { clock, kept, read } = rig()
    await kept.get('a', read('before the edit'))
    await clock.advance(10)
    const editedAt = clock.now().getTime()
    expect(await kept.get('a', read('after the edit'), { notBefore: editedAt })).toBe(
      'after the edit',
    )
    expect(await kept.get('a', read('again'))).toBe('after the edit')
  })

  it('stays within its bounds, and lets go what was not used for longest', async () => {
    const { kept, read } = rig({ most: 10 })
    await kept.get('a', read('aaaa'))
    await kept.get('b', read('bbbb'))
    await kept.get('a', read('?'))
    await kept.get('c', read('cccc'))
    expect(kept.size).toBeLessThanOrEqual(10)
    expect(await kept.get('a', read('again'))).toBe('aaaa')
    expect(await kept.get('b', read('again'))).toBe('again')
    await kept.get('huge', read('more than all the room there is'))
    expect(kept.size).toBeLessThanOrEqual(10)
  })

  it('is not waited for by somebody in a hurry while a patient one reads', async () => {
    const { kept, read } = rig()
    const patient = kept.get('a', () => new Promise<string>(() => undefined), { isPatient: true })
    expect(await kept.get('a', read('at once'))).toBe('at once')
    expect(await kept.get('a', read('again'), { isPatient: true })).toBe('at once')
    expect(patient).toBeInstanceOf(Promise)
  })

  it('does not keep a failure', async () => {
    const { kept, read } = rig()
    await expect(kept.get('a', () => Promise.reject(new Error('down')))).rejects.toThrow('down')
    expect(await kept.get('a', read('up'))).toBe('up')
  })
})
