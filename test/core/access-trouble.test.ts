// What keeps the application from working: learned from tokens that are asked for anyway, and from comparisons.
import { describe, expect, it, test } from 'vitest'
import type { DriftObject, DriftReport } from '../../main/contract/models/application.ts'
import type { ErrorCode } from '../../main/contract/errors.ts'
import type { SubscriptionKey } from '../../main/contract/models/subscription.ts'
import { type AccessFacts, accessTrouble } from '../../main/core/access-trouble.ts'
import { AppError } from '../../main/core/app-error.ts'
import { ApplicationAccess } from '../../main/core/application-access.ts'
import { errorOfRefusal } from '../../main/node/entra-errors.ts'
import { activeSubscription } from '../fakes/active-subscription.ts'
import { FakeClock } from '../fakes/fake-clock.ts'
import { inOrder } from '../fakes/sample-application.ts'

const ALL = ['Chat.ReadWrite.All', 'ChannelMessage.Read.All', 'User.Read.All', 'Chat.Read.All']
const MINUTE_MS = 60_000
const random = { fraction: () => 0.5, bytes: () => new Uint8Array(), uuid: () => 'reference' }

/** An application and an Entra that answers with these roles, or with this number of its refusals. */
function watch() {
  const clock = new FakeClock()
  let answer: string[] | number | ErrorCode = ALL
  let appId = 'a1'
  let restored = 0
  let changes = 0
  const access = new ApplicationAccess({
    ...{ clock, random, appId: () => appId, wanted: () => ALL.slice(0, 3) },
    onChange: () => (changes += 1),
    onRestored: () => (restored += 1),
  })
  const auth = access.watched({
    acquire: async () => {
      await Promise.resolve()
      if (typeof answer === 'number') {
        const description = `AADSTS${answer}: words`
        const refusal = { error: 'unauthorized_client', description, number: answer, status: 400 }
        throw errorOfRefusal(refusal, 'application')
      }
      if (typeof answer === 'string') throw new AppError(answer, { message: 'm', nextStep: 'n' })
      return { accessToken: 't', expiresAt: clock.now(), roles: answer }
    },
  })
  const ask = (next: string[] | number | ErrorCode, options: { resource?: string } = {}) => {
    answer = next
    const asked = { tenantId: 't', clientId: 'a1', clientSecret: 's', ...options }
    return auth.acquire(asked).catch(() => null)
  }
  const use = (other: string) => {
    appId = other
  }
  return { clock, access, ask, use, restored: () => restored, changes: () => changes }
}

const keys: SubscriptionKey[] = ['chats', 'chat-messages', 'channel-messages']

function facts(change: Partial<AccessFacts>): AccessFacts {
  return {
    known: null,
    report: null,
    given: ALL,
    subscriptions: keys.map((key) => activeSubscription({ key })),
    secretExpired: false,
    ...change,
  }
}

async function afterToken(answer: string[] | number, change: Partial<AccessFacts> = {}) {
  const { access, ask } = watch()
  await ask(answer)
  return accessTrouble(facts({ known: access.known, ...change }))
}

function reportWith(
  rows: Partial<Record<DriftObject, 'missing' | 'different'>>,
  { granted = ALL, at = inOrder.at } = {},
): DriftReport {
  return {
    ...inOrder,
    at,
    inOrder: false,
    rows: inOrder.rows.map((one) => ({ ...one, state: rows[one.object] ?? one.state })),
    permissions: granted.map((value) => ({
      ...{ value, kind: 'application', required: true, configured: true, granted: true },
      ...{ optional: false, state: 'ok', removalId: null },
    })),
  }
}

describe('what Microsoft answers a request for a token', () => {
  it.each([
    [7000112, 'switched-off', /switched the application off/],
    [700016, 'gone', /gone from Microsoft Entra/],
    [7000229, 'gone', /gone from Microsoft Entra/],
    [7000215, 'secret', /does not accept the client secret/],
    [53003, 'refused', /Conditional Access/],
  ] as const)('AADSTS%i is told as %s, and that nothing works', async (number, cause, words) => {
    const trouble = await afterToken(number)
    expect(trouble).toMatchObject({ cause, light: 'failed' })
    expect(trouble?.sentence).toMatch(words)
  })

  it('without any permission it is the consent, with some only what lives on the others', async () => {
    expect(await afterToken([])).toMatchObject({ cause: 'consent', light: 'failed' })
    const some = await afterToken(['Chat.ReadWrite.All', 'Chat.Read.All'])
    expect(some).toMatchObject({ cause: 'consent', light: 'warning' })
    expect(some?.sentence).toContain('ChannelMessage.Read.All')
    expect(await afterToken(ALL)).toBeNull()
  })

  it('minds no permission that no wanted subscription lives on', async () => {
    expect(await afterToken(['Chat.Read.All', 'ChannelMessage.Read.All'])).toBeNull()
    const never = { given: ALL.slice(0, 3) }
    expect(await afterToken(['Chat.ReadWrite.All', 'ChannelMessage.Read.All'], never)).toBeNull()
    expect(await afterToken([], { given: [] })).toBeNull()
    const observing = {
      subscriptions: [activeSubscription({ key: 'channel-messages', status: 'observed' })],
    }
    expect(await afterToken([], observing)).toBeNull()
  })

  it('leaves a secret that has expired to those words', async () => {
    expect(await afterToken(7000222, { secretExpired: true })).toBeNull()
  })

  it('is kept while a network is down, and belongs to one application and to Graph', async () => {
    const { access, ask, use } = watch()
    await ask(7000112)
    await ask('network-unreachable')
    expect(access.known?.refusal?.code).toBe('sign-in-refused')
    await ask(ALL, { resource: 'another service' })
    expect(access.known?.refusal?.code).toBe('sign-in-refused')
    use('a2')
    expect(access.known).toBeNull()
  })

  it('says since when it has been so, and tells when all is there again, once', async () => {
    const { access, ask, clock, restored } = watch()
    await ask(ALL)
    await clock.advance(MINUTE_MS)
    const since = clock.now().toISOString()
    await ask([])
    await clock.advance(MINUTE_MS)
    await ask([])
    expect(access.known).toMatchObject({ since, at: clock.now().toISOString() })
    expect(restored()).toBe(0)
    await ask(ALL)
    await ask(ALL)
    expect(restored()).toBe(1)
  })

  it('does not let a late answer speak against a newer one', async () => {
    const { access } = watch()
    const late = Promise.withResolvers<null>()
    const roles = [['old'], ALL]
    const auth = access.watched({
      acquire: async () => {
        const mine = roles.shift() ?? []
        if (mine !== ALL) await late.promise
        return { accessToken: 't', expiresAt: new Date(0), roles: mine }
      },
    })
    const ask = () => auth.acquire({ tenantId: 't', clientId: 'a1', clientSecret: 's' })
    const first = ask()
    await ask()
    late.resolve(null)
    await first
    expect(access.known?.roles).toEqual(ALL)
  })
})

describe('what a comparison finds', () => {
  it.each([
    [reportWith({ application: 'missing' }), 'gone', 'failed'],
    [reportWith({ 'service-principal': 'missing' }), 'gone', 'failed'],
    [reportWith({ 'service-principal': 'different' }), 'switched-off', 'failed'],
    [reportWith({ 'client-secret': 'missing' }), 'secret', 'failed'],
    [reportWith({ 'app-role-assignments': 'missing' }, { granted: [] }), 'consent', 'failed'],
    [reportWith({ 'redirect-uri': 'missing' }), 'agents', 'warning'],
    [reportWith({ 'delegated-grant': 'missing' }), 'agents', 'warning'],
  ] as const)('number %# is told as its cause', (report, cause, light) => {
    expect(accessTrouble(facts({ report }))).toMatchObject({ cause, light, since: null })
  })

  it('names the first cause of several', () => {
    const all = { granted: [] }
    const off = { 'service-principal': 'different', 'client-secret': 'missing' } as const
    const report = reportWith({ ...off, 'redirect-uri': 'missing' }, all)
    expect(accessTrouble(facts({ report }))?.cause).toBe('switched-off')
  })

  it('minds nothing that is only untidy', () => {
    const report = reportWith({
      ...{ 'sign-in-audience': 'different', 'required-resource-access': 'missing' },
    })
    expect(accessTrouble(facts({ report }))).toBeNull()
  })
})

test('what was learned last counts, but a comparison cannot see a wrong value or a policy', async () => {
  const { access, ask, clock } = watch()
  const at = (afterMs: number) => new Date(clock.now().getTime() + afterMs).toISOString()
  const causeWith = (report: DriftReport) =>
    accessTrouble(facts({ known: access.known, report }))?.cause
  const off = { 'service-principal': 'different' } as const
  await ask(ALL)
  expect(causeWith(reportWith(off, { at: at(-1) }))).toBeUndefined()
  expect(causeWith(reportWith(off, { at: at(1) }))).toBe('switched-off')
  expect(causeWith(reportWith({ 'redirect-uri': 'missing' }, { at: at(-1) }))).toBe('agents')
  await ask(7000112)
  expect(causeWith(reportWith({}, { at: at(1) }))).toBeUndefined()
  await ask(7000215)
  expect(causeWith(reportWith({}, { at: at(1) }))).toBe('secret')
})
