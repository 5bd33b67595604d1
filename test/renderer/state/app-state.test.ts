import { expect, test } from 'vitest'
import type { AppState } from '../../../main/contract/models/state.ts'
import { AppStateFeed } from '../../../renderer/state/app-state.svelte.ts'
import { fakePageClient, settle } from '../../fakes/page-client.ts'
import { sampleError, samples } from '../../fakes/sample-states.ts'

const revision = (number: number): AppState => ({ ...samples.overview.state, revision: number })

test('an older answer does not overwrite a newer push', async () => {
  const fake = fakePageClient()
  let release: (() => void) | undefined
  fake.answer(
    'app.getState',
    () =>
      new Promise((resolve) => {
        release = () => resolve({ ok: true, value: revision(3) })
      }),
  )
  const feed = new AppStateFeed(fake.client)
  feed.start()
  await settle()
  fake.push('state.changed', revision(4))
  release?.()
  await settle()
  expect(feed.current?.revision).toBe(4)
  fake.push('state.changed', revision(2))
  expect(feed.current?.revision).toBe(4)
})

test('after a lost connection the state is asked for again, even when the core began anew', async () => {
  const fake = fakePageClient()
  fake.answer('app.getState', () => ({ ok: true, value: revision(50) }))
  const feed = new AppStateFeed(fake.client)
  feed.start()
  await settle()
  fake.setStatus('lost')
  expect(feed.connection).toBe('lost')
  expect(feed.current?.revision).toBe(50)
  fake.answer('app.getState', () => ({ ok: true, value: revision(1) }))
  fake.setStatus('open')
  await settle()
  expect(feed.current?.revision).toBe(1)
})

test('a state that cannot be read is an error to show', async () => {
  const fake = fakePageClient()
  fake.answer('app.getState', () => ({ ok: false, error: sampleError() }))
  const feed = new AppStateFeed(fake.client)
  feed.start()
  await settle()
  expect(feed.error?.code).toBe('secret-lifetime-limited')
  expect(feed.current).toBeNull()
})

test('nothing is heard after the end', async () => {
  const fake = fakePageClient('connecting')
  const feed = new AppStateFeed(fake.client)
  feed.start()()
  fake.push('state.changed', revision(9))
  await settle()
  expect(feed.current).toBeNull()
})
