import { expect, test } from 'vitest'
import { CallError, bridgeTransport, createClient, toErrorReport } from '../../renderer/client.ts'
import type { Push } from '../../main/contract/protocol.ts'
import { sampleError, samples } from '../fakes/sample-states.ts'

test('a call over the bridge gives the value of its reply', async () => {
  const client = createClient(
    bridgeTransport({
      call: () => Promise.resolve({ ok: true, value: { secretText: 'shown once' } }),
      on: () => () => undefined,
    }),
  )
  await expect(client.call('clientSecret.reveal')).resolves.toEqual({ secretText: 'shown once' })
})

test('a failed call rejects with the whole report', async () => {
  const report = sampleError()
  const client = createClient(
    bridgeTransport({
      call: () => Promise.resolve({ ok: false, error: report }),
      on: () => () => undefined,
    }),
  )
  const thrown: unknown = await client.call('setup.apply').catch((error: unknown) => error)
  expect(thrown).toBeInstanceOf(CallError)
  expect(toErrorReport(thrown)).toMatchObject({ ...report })
})

test('only plain JSON crosses: proxies become objects and undefined disappears', async () => {
  const inputs: unknown[] = []
  const client = createClient(
    bridgeTransport({
      call: (_name, input) => {
        inputs.push(input)
        return Promise.resolve({ ok: true, value: undefined })
      },
      on: () => () => undefined,
    }),
  )
  const connection = new Proxy({ tenantUrl: 'acme.example', publicUrl: undefined }, {})
  await client.call('settings.update', { connection })
  expect(() => structuredClone(inputs[0])).not.toThrow()
  expect(inputs[0]).toStrictEqual({ connection: { tenantUrl: 'acme.example' } })
})

test('a listener hears its own event and nothing after its undo', () => {
  const listeners = new Set<(push: Push) => void>()
  const client = createClient(
    bridgeTransport({
      call: () => Promise.resolve({ ok: true, value: undefined }),
      on(listener) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    }),
  )
  const revisions: number[] = []
  const undo = client.on('state.changed', (state) => revisions.push(state.revision))
  const send = (push: Push): void => {
    for (const listener of listeners) listener(push)
  }
  send({ event: 'log.appended', payload: [] })
  send({ event: 'state.changed', payload: samples.overview.state })
  undo()
  send({ event: 'state.changed', payload: samples.overview.state })
  expect(revisions).toEqual([1])
})

test('anything that is thrown becomes a report with a next step', () => {
  expect(toErrorReport(new TypeError('x is not a function'))).toMatchObject({
    code: 'unexpected',
    details: 'x is not a function',
  })
  expect(toErrorReport('text').nextStep).not.toBe('')
})
