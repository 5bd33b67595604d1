import { expect, test } from 'vitest'
import { defaultSettings } from '../../../main/core/settings.ts'
import { tryOut } from '../../../main/core/tunnel/try-out.ts'
import { FakeClock, settle } from '../../fakes/fake-clock.ts'
import { MemorySecrets } from '../../fakes/memory-ports.ts'
import { everywhere, failure, FakeProvider } from './fake-provider.ts'

const LOCAL = { host: '127.0.0.1', port: 8730 }

function setUp(answers: boolean[]) {
  const clock = new FakeClock()
  const provider = new FakeProvider()
  let asked = 0
  const trying = () =>
    tryOut(
      {
        providers: everywhere(provider),
        secrets: new MemorySecrets(),
        clock,
        probe: () => {
          const ok = answers[Math.min(asked, answers.length - 1)] ?? false
          asked += 1
          return Promise.resolve({ at: clock.now().toISOString(), ok, hops: [] })
        },
      },
      {
        settings: { ...defaultSettings.connections.microsoft, tunnelProvider: 'ssh' },
        local: LOCAL,
        signal: new AbortController().signal,
      },
    )
  return { clock, provider, trying, asked: () => asked }
}

test('opens, tests and closes again, and gives a fresh address a moment', async () => {
  const { clock, provider, trying, asked } = setUp([false, true])
  const result = trying()
  await settle()
  await clock.advance(2_000)
  expect(await result).toMatchObject({ publicUrl: 'https://emi.example.com', probe: { ok: true } })
  expect(asked()).toBe(2)
  expect(provider.openSessions).toBe(0)
})

test('says what the last test found when none passes', async () => {
  const { clock, provider, trying, asked } = setUp([false])
  const result = trying()
  await settle()
  await clock.advance(10_000)
  expect((await result).probe.ok).toBe(false)
  expect(asked()).toBe(3)
  expect(provider.openSessions).toBe(0)
})

test('passes on why it could not be opened', async () => {
  const { provider, trying } = setUp([true])
  provider.outcomes = [failure('tunnel-auth')]
  await expect(trying()).rejects.toMatchObject({ code: 'tunnel-auth' })
})
