import { expect, test } from 'vitest'
import { ClientStates, equalsInConstantTime } from '../../../main/core/webhook/client-states.ts'
import { MemorySecrets, seededRandom } from '../../fakes/memory-ports.ts'

function make(secrets = new MemorySecrets(), seed = 1) {
  return { secrets, states: new ClientStates({ secrets, random: seededRandom(seed) }) }
}

test('makes states of 32 random bytes that Graph takes, each different', async () => {
  const { states } = make()
  const made = [await states.create('chats'), await states.create('chats')]
  for (const state of made) expect(state).toMatch(/^[\w-]{43}$/)
  expect(new Set(made).size).toBe(2)
})

test('keeps a state in the vault before anybody is told', async () => {
  const { states, secrets } = make()
  const clientState = await states.create('chats')
  expect(secrets.values.get('clientState:chats')).toContain(clientState)
})

test('knows states again after a restart, pending ones too', async () => {
  const { states, secrets } = make()
  const first = await states.create('chats')
  await states.confirm('chats', { clientState: first, subscriptionId: 'a' })
  const pending = await states.create('channel-messages')
  const again = make(secrets).states
  expect(again.loaded).toBe(false)
  await again.load(['chats', 'channel-messages'])
  expect(again.match({ subscriptionId: 'a', clientState: first })).toBe('chats')
  expect(again.match({ subscriptionId: 'b', clientState: pending })).toBe('channel-messages')
  expect(again.match({ subscriptionId: 'a', clientState: pending })).toBeNull()
})

test('still accepts what Graph retries for the subscription before, but not endlessly many', async () => {
  const { states } = make()
  const made: string[] = []
  for (let index = 0; index < 6; index += 1) {
    const clientState = await states.create('chats')
    await states.confirm('chats', { clientState, subscriptionId: `s${index}` })
    made.push(clientState)
  }
  const accepted = made.map((clientState, index) =>
    states.match({ subscriptionId: `s${index}`, clientState }),
  )
  expect(accepted).toEqual([null, null, 'chats', 'chats', 'chats', 'chats'])
})

test('does not accept the state of another subscription', async () => {
  const { states } = make()
  const one = await states.create('chats')
  await states.confirm('chats', { clientState: one, subscriptionId: 'a' })
  const two = await states.create('channel-messages')
  await states.confirm('channel-messages', { clientState: two, subscriptionId: 'b' })
  expect(states.match({ subscriptionId: 'b', clientState: one })).toBeNull()
  expect(states.match({ subscriptionId: 'b', clientState: two })).toBe('channel-messages')
})

test('forgets a discarded state and a key that is not wanted', async () => {
  const { states, secrets } = make()
  const discarded = await states.create('chats')
  await states.discard('chats', discarded)
  expect(states.match({ subscriptionId: 'a', clientState: discarded })).toBeNull()
  await states.forget('chats')
  expect(secrets.values.size).toBe(0)
})

test('adopts a subscription only if one of its own states may have made it', async () => {
  const { states } = make()
  expect(await states.adopt('chats', 'a')).toBe(false)
  const clientState = await states.create('chats')
  expect(await states.adopt('chats', 'a')).toBe(true)
  expect(states.match({ subscriptionId: 'a', clientState })).toBe('chats')
  expect(states.match({ subscriptionId: 'b', clientState })).toBeNull()
})

test('takes an unreadable secret for none', async () => {
  const { states, secrets } = make()
  secrets.values.set('clientState:chats', '{"version":')
  await states.load(['chats'])
  expect(states.knows('chats', 'a')).toBe(false)
})

test('compares texts of any length', () => {
  expect(equalsInConstantTime('abc', 'abc')).toBe(true)
  expect(equalsInConstantTime('é', 'é')).toBe(true)
  for (const wrong of ['', 'ab', 'abd', 'abcd', 'abc\0']) {
    expect(equalsInConstantTime(wrong, 'abc')).toBe(false)
  }
})
