// The application's token: kept as long as it is good, and waited for until it carries every role.
import { describe, expect, it } from 'vitest'
import { AppError } from '../../../main/core/app-error.ts'
import { AccessToken } from '../../../main/core/entra/access-token.ts'
import { waitForToken } from '../../../main/core/entra/ready.ts'
import type { AppAuth, AppToken } from '../../../main/core/ports/auth.ts'
import type { ErrorCode } from '../../../main/contract/errors.ts'
import { FakeClock, settle } from '../../fakes/fake-clock.ts'

const credentials = { tenantId: 't', clientId: 'c', clientSecret: 's' }
const HOUR_MS = 3_600_000

describe('the kept token', () => {
  it('is used until five minutes before its end', async () => {
    const { token, clock, asked } = open()
    await token.get()
    await clock.advance(HOUR_MS - 5 * 60_000 - 1)
    expect((await token.get()).accessToken).toBe('token-1')
    await clock.advance(1)
    expect((await token.get()).accessToken).toBe('token-2')
    expect(asked()).toBe(2)
  })

  it('is used for ten minutes only when it lacks a permission, since consent shows in a new one', async () => {
    const { token, clock, asked } = open(undefined, { wanted: ['A', 'C'] })
    await token.get()
    await clock.advance(10 * 60_000 - 1)
    await token.get()
    expect(asked()).toBe(1)
    await clock.advance(1)
    await token.get()
    expect(asked()).toBe(2)
  })

  it('is asked for once by callers at the same time', async () => {
    const { token, asked } = open()
    await Promise.all([token.get(), token.get(), token.get()])
    expect(asked()).toBe(1)
  })

  it('is asked for again when forced, and after it was forgotten', async () => {
    const { token, asked } = open()
    await token.get()
    await token.get({ forceRefresh: true })
    token.forget()
    await token.get()
    expect(asked()).toBe(3)
  })

  it('is not kept when it was forgotten while it was on its way', async () => {
    const { token, asked } = open()
    const early = token.get()
    token.forget()
    await early
    await token.get()
    expect(asked()).toBe(2)
  })

  it('is asked for again after a failure', async () => {
    let isDown = true
    const { token } = open(() => {
      if (isDown) throw failure('network-unreachable')
    })
    await expect(token.get()).rejects.toMatchObject({ code: 'network-unreachable' })
    isDown = false
    expect((await token.get()).roles).toEqual(['A', 'B'])
  })

  it('lets one caller stop waiting without stopping the others', async () => {
    const { token, asked } = open()
    const controller = new AbortController()
    const first = token.get({ signal: controller.signal })
    const second = token.get()
    controller.abort()
    await expect(first).rejects.toThrow()
    expect((await second).accessToken).toBe('token-1')
    expect(asked()).toBe(1)
  })
})

describe('waiting for the token', () => {
  it('ends with the first token that carries every role', async () => {
    const run = wait([['A'], 'client-secret-wrong', ['A'], ['A', 'B', 'C']])
    await run.clock.advance(60_000)
    expect((await run.token).roles).toEqual(['A', 'B', 'C'])
    expect(run.said[0]).toContain('B')
    expect(run.clock.pending).toBe(0)
  })

  it('ends after five minutes, and says that nothing is lost', async () => {
    const run = wait([['A']])
    await run.clock.advance(6 * 60_000)
    const error = await run.token.catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'not-ready-in-time' })
    expect(error instanceof AppError && error.nextStep).toContain('again')
    expect(run.clock.pending).toBe(0)
  })

  it('does not wait long for a secret that is not new', async () => {
    const run = wait(['client-secret-wrong'], { isSecretFresh: false })
    await run.clock.advance(60_000)
    await expect(run.token).rejects.toMatchObject({ code: 'client-secret-wrong' })
  })

  it('does not wait where waiting cannot help', async () => {
    const run = wait(['tls-untrusted'])
    await expect(run.token).rejects.toMatchObject({ code: 'tls-untrusted' })
  })

  it('stops when it is cancelled', async () => {
    const run = wait([['A']])
    await run.clock.advance(1_000)
    run.controller.abort(failure('cancelled'))
    await expect(run.token).rejects.toMatchObject({ code: 'cancelled' })
    await settle()
    expect(run.clock.pending).toBe(0)
  })
})

function open(before: () => void = () => {}, { wanted = ['A', 'B'] } = {}) {
  const clock = new FakeClock()
  let count = 0
  const appAuth: AppAuth = {
    acquire: async () => {
      await Promise.resolve()
      before()
      count += 1
      return tokenOf(clock, count, ['A', 'B'])
    },
  }
  const token = new AccessToken({
    appAuth,
    clock,
    credentials: () => Promise.resolve(credentials),
    isWhole: ({ roles }) => wanted.every((one) => roles.includes(one)),
  })
  return { token, clock, asked: () => count }
}

/** Waits with an Entra that gives these outcomes in turn, the last one again and again. */
function wait(outcomes: (string[] | ErrorCode)[], { isSecretFresh = true } = {}) {
  const clock = new FakeClock()
  const controller = new AbortController()
  const said: string[] = []
  let count = 0
  const token = waitForToken({
    appAuth: {
      acquire: () => {
        count += 1
        const outcome = outcomes[Math.min(count, outcomes.length) - 1] ?? []
        if (typeof outcome === 'string') return Promise.reject(failure(outcome))
        return Promise.resolve(tokenOf(clock, count, outcome))
      },
    },
    credentials,
    roles: ['A', 'B'],
    isSecretFresh,
    clock,
    signal: controller.signal,
    onWait: (waitingFor) => said.push(waitingFor),
  })
  // The rejection is looked at later.
  token.catch(() => {})
  return { token, clock, said, controller }
}

function tokenOf(clock: FakeClock, number: number, roles: string[]): AppToken {
  const expiresAt = new Date(clock.now().getTime() + HOUR_MS)
  return { accessToken: `token-${number}`, expiresAt, roles }
}

function failure(code: ErrorCode): AppError {
  return new AppError(code, { message: code, nextStep: 'Try again.' })
}
