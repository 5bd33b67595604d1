import { expect, test } from 'vitest'
import { SecretReveal } from '../../../renderer/state/secret-reveal.svelte.ts'
import { fakePageClient } from '../../fakes/page-client.ts'
import { pageTimers } from '../../fakes/page-timers.ts'
import { sampleError } from '../../fakes/sample-states.ts'

test('the secret is shown on request and hidden after 30 seconds', async () => {
  const fake = fakePageClient()
  fake.answer('clientSecret.reveal', () => ({ ok: true, value: { secretText: 'shown' } }))
  const timers = pageTimers()
  const reveal = new SecretReveal({ client: fake.client, after: timers.after })
  expect(reveal.text).toBeNull()
  await reveal.show()
  expect(reveal.text).toBe('shown')
  timers.advance(30_000)
  expect(reveal.text).toBeNull()
})

test('hiding it by hand leaves no timer behind', async () => {
  const fake = fakePageClient()
  fake.answer('clientSecret.reveal', () => ({ ok: true, value: { secretText: 'shown' } }))
  const timers = pageTimers()
  const reveal = new SecretReveal({ client: fake.client, after: timers.after })
  await reveal.show()
  reveal.hide()
  expect(reveal.text).toBeNull()
  expect(timers.pending()).toBe(0)
})

test('a secret that is not known is an error', async () => {
  const fake = fakePageClient()
  fake.answer('clientSecret.reveal', () => ({
    ok: false,
    error: sampleError({ code: 'secret-unknown' }),
  }))
  const reveal = new SecretReveal({ client: fake.client, after: pageTimers().after })
  await reveal.show()
  expect(reveal.text).toBeNull()
  expect(reveal.action.error?.code).toBe('secret-unknown')
})
