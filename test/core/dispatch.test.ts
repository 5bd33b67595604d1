import { expect, test } from 'vitest'
import { AppError } from '../../main/core/app-error.ts'
import { createDispatch } from '../../main/core/dispatch.ts'
import type { Handlers } from '../../main/core/handlers.ts'
import { FakeClock } from '../fakes/fake-clock.ts'
import { memoryLog, seededRandom } from '../fakes/memory-ports.ts'

function dispatchWith(handlers: Partial<Handlers>) {
  const clock = new FakeClock()
  const log = memoryLog(clock)
  const all = new Proxy(handlers, {
    get: (known, name: keyof Handlers) =>
      known[name] ?? (() => Promise.reject(new Error('not part of this test'))),
  }) as Handlers
  return { log, dispatch: createDispatch({ handlers: all, clock, random: seededRandom(), log }) }
}

test('a call with good input is answered with its value', async () => {
  const { dispatch } = dispatchWith({ 'log.list': ({ afterSequence }) => [entry(afterSequence)] })
  expect(await dispatch('log.list', { afterSequence: 4 })).toEqual({ ok: true, value: [entry(4)] })
})

test('an unknown call and a name from Object.prototype are refused', async () => {
  const { dispatch } = dispatchWith({})
  for (const name of ['app.format', 'toString', '__proto__', '']) {
    expect(await dispatch(name, undefined)).toMatchObject({
      ok: false,
      error: { code: 'call-unknown' },
    })
  }
})

test('wrong input is refused before the handler sees it, naming the field', async () => {
  let seen = false
  const { dispatch } = dispatchWith({
    'tunnel.readHostKey': () => {
      seen = true
      return { hostKey: '', fingerprint: '' }
    },
  })
  const reply = await dispatch('tunnel.readHostKey', { host: 'gw.example.com', port: 'ssh' })
  expect(reply).toMatchObject({ ok: false, error: { code: 'input-invalid' } })
  expect(JSON.stringify(reply)).toContain('port')
  expect(seen).toBe(false)
})

test('a passphrase that is too short is explained, and the explanation is not taken for a secret', async () => {
  const { dispatch } = dispatchWith({})
  const reply = await dispatch('handover.seal', { passphrase: 'short', validDays: 7 })
  if (reply.ok) throw new Error('expected a failure')
  expect(reply.error.message).toBe(
    'This value was not accepted: passphrase must have at least 12 characters.',
  )
})

test.each([' '.repeat(20), 'aaaaaaaaaaaa', 'a a a a a a a', '\t \u00a0'.repeat(6)])(
  'a passphrase that anybody would guess is refused: “%s”',
  async (passphrase) => {
    const { dispatch } = dispatchWith({})
    const reply = await dispatch('handover.seal', { passphrase, validDays: 7 })
    if (reply.ok) throw new Error('expected a failure')
    expect(reply.error.message).toBe(
      'This value was not accepted: passphrase must not be only spaces, or one character again and again.',
    )
  },
)

test.each([
  [{ applicationName: ' ' }, 'application name must not be empty'],
  [{ tenantUrl: 'x'.repeat(301) }, 'tenant url must have at most 300 characters'],
  [{ webhookPort: 0 }, 'webhook port must be at least 1'],
  [{ webhookPort: 70_000 }, 'webhook port must be at most 65535'],
  [{ webhookPort: NaN }, 'webhook port must be a whole number'],
  [{ webhookPort: 80.5 }, 'webhook port must be a whole number'],
  [
    { perUserSubscriptions: ['a@b.example', 'adele'] },
    'entry 2 of per user subscriptions must be a user principal name, such as adele.vance@contoso.com',
  ],
])('a refused setting %j is explained in plain words', async (connection, why) => {
  const { dispatch } = dispatchWith({})
  const reply = await dispatch('settings.update', { connection })
  if (reply.ok) throw new Error('expected a failure')
  expect(reply.error.message).toBe(`This value was not accepted: ${why}.`)
})

test('a known failure keeps its code, text and next step', async () => {
  const { dispatch } = dispatchWith({
    'webhook.start': () => {
      throw new AppError('port-in-use', { message: 'Port 8730 is taken.', nextStep: 'Change it.' })
    },
  })
  expect(await dispatch('webhook.start', undefined)).toMatchObject({
    ok: false,
    error: { code: 'port-in-use', message: 'Port 8730 is taken.', nextStep: 'Change it.' },
  })
})

test('an unknown failure becomes “unexpected”, whose reference is in the log, without the secret', async () => {
  const { dispatch, log } = dispatchWith({
    'setup.check': () => {
      throw new TypeError('client_secret=hunter2 is not iterable')
    },
  })
  const reply = await dispatch('setup.check', undefined)
  if (reply.ok) throw new Error('expected a failure')
  expect(reply.error.code).toBe('unexpected')
  const line = log.entries.find((one) => one.facts['reference'] === reply.error.reference)
  expect(line?.level).toBe('error')
  expect(JSON.stringify([reply, log.entries])).not.toContain('hunter2')
})

function entry(sequence: number) {
  return {
    sequence,
    at: '2026-03-02T09:00:00.000Z',
    level: 'info' as const,
    area: 'app' as const,
    message: 'x',
    facts: {},
    delivery: null,
  }
}
