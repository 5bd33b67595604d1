import { describe, expect, it } from 'vitest'
import { AppError } from '../../main/core/app-error.ts'
import { Job, TenantGuard } from '../../main/core/job.ts'
import { FakeClock } from '../fakes/fake-clock.ts'
import { memoryLog, seededRandom } from '../fakes/memory-ports.ts'

describe('a job', () => {
  it('is followed while it runs, and leaves nothing behind', async () => {
    const { job, changes } = setUp()
    const work = Promise.withResolvers<undefined>()
    job.start(async (_signal, tell) => {
      tell({ current: 1, total: 2, doing: 'Adding', usuallySeconds: 5, startedAt: '' })
      await work.promise
    })
    await Promise.resolve()
    await Promise.resolve()
    expect(job.state()).toMatchObject({ running: true, progress: { doing: 'Adding' } })
    work.resolve(undefined)
    await job.idle()
    expect(job.state()).toEqual({ running: false, progress: null, error: null })
    expect(changes.count).toBeGreaterThan(2)
  })

  it('lets no other writer in until it is done', async () => {
    const { job, guard } = setUp()
    const work = Promise.withResolvers<undefined>()
    job.start(() => work.promise)
    expect(() => guard.enter('The removal')).toThrow(
      expect.objectContaining({ code: 'busy', message: 'The rotation is still running.' }),
    )
    work.resolve(undefined)
    await job.idle()
    guard.enter('The removal')
  })

  it('is started once, however often it is asked', async () => {
    const { job } = setUp()
    let starts = 0
    const work = async () => {
      starts += 1
      await Promise.resolve()
    }
    job.start(work)
    job.start(work)
    await job.idle()
    expect(starts).toBe(1)
  })

  it('shows what stopped it, and frees the tenant', async () => {
    const { job, guard } = setUp()
    job.start(() =>
      Promise.reject(new AppError('consent-missing', { message: 'No consent.', nextStep: 'Ask.' })),
    )
    await job.idle()
    expect(job.state()).toMatchObject({ running: false, error: { code: 'consent-missing' } })
    guard.enter('The removal')
    job.forgetError()
    expect(job.state().error).toBeNull()
  })

  it('says that it was cancelled, whatever the aborted work threw', async () => {
    const { job } = setUp()
    job.start(async (signal) => {
      await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reject(new DOMException('aborted', 'AbortError'))
        })
      })
    })
    await Promise.resolve()
    await Promise.resolve()
    job.cancel()
    await job.idle()
    expect(job.state().error).toMatchObject({
      code: 'cancelled',
      message: 'The rotation was stopped.',
    })
  })
})

describe('the guard', () => {
  it('is given back once, so that a late second return does not free another holder', () => {
    const guard = new TenantGuard()
    const leave = guard.enter('One')
    leave()
    guard.enter('Two')
    leave()
    expect(() => guard.enter('Three')).toThrow(expect.objectContaining({ code: 'busy' }))
  })
})

function setUp() {
  const clock = new FakeClock()
  const guard = new TenantGuard()
  const changes = { count: 0 }
  const job = new Job('The rotation', {
    guard,
    clock,
    random: seededRandom(),
    log: memoryLog(clock),
    onChange: () => {
      changes.count += 1
    },
  })
  return { job, guard, changes }
}
