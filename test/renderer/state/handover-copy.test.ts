import { expect, test } from 'vitest'
import type { HandoverValue } from '../../../main/contract/models/handover.ts'
import type { AppState } from '../../../main/contract/models/state.ts'
import { HandoverCopy } from '../../../renderer/state/handover-copy.svelte.ts'
import { fakePageClient, settle } from '../../fakes/page-client.ts'
import { pageTimers } from '../../fakes/page-timers.ts'
import { samples } from '../../fakes/sample-states.ts'

const inBrowser = samples.handover.state
const inWindow: AppState = {
  ...inBrowser,
  abilities: { host: 'electron', clipboard: true, openBrowser: true },
}

function start() {
  const fake = fakePageClient()
  fake.answer('clientSecret.reveal', () => ({ ok: true, value: { secretText: 'the value' } }))
  fake.answer('handover.copy', (input) => ({
    ok: true,
    value: { clearsInSeconds: JSON.stringify(input).includes('client-secret') ? 30 : null },
  }))
  const timers = pageTimers()
  const clipboard: string[] = []
  const page = { focused: true, onFocus: null as (() => void) | null, blocked: false }
  const copy = new HandoverCopy({
    client: fake.client,
    after: timers.after,
    now: timers.now,
    writeText(text) {
      if (page.blocked) return Promise.reject(new Error('NotAllowedError'))
      clipboard.push(text)
      return Promise.resolve()
    },
    hasFocus: () => page.focused,
    onNextFocus(work) {
      page.onFocus = work
      return () => {
        page.onFocus = null
      }
    },
  })
  return { fake, timers, clipboard, page, copy }
}

function value(field: HandoverValue['field']): HandoverValue {
  const found = inBrowser.handover.values.find((one) => one.field === field)
  if (!found) throw new Error(`The sample has no ${field}.`)
  return found
}

test('“Copy next” walks through the form in its order and leaves out what is not pasted', async () => {
  const { copy, clipboard } = start()
  const { values } = inBrowser.handover
  const walked: string[] = []
  for (let next = copy.next(values); next; next = copy.next(values)) {
    walked.push(next.label)
    await copy.copy(next, inBrowser)
  }
  expect(walked).toEqual([
    'Name',
    'Object ID',
    'Directory (Tenant) ID',
    'Client ID',
    'Client Secret',
  ])
  expect(clipboard.at(-1)).toBe('the value')
  copy.restart()
  expect(copy.next(values)?.label).toBe('Name')
})

test('in the browser the secret is cleared from the clipboard after 30 seconds', async () => {
  const { copy, clipboard, timers } = start()
  await copy.copy(value('client-secret'), inBrowser)
  expect(clipboard).toEqual(['the value'])
  timers.advance(29_999)
  await settle()
  expect(clipboard).toEqual(['the value'])
  timers.advance(1)
  await settle()
  expect(clipboard).toEqual(['the value', ''])
  expect(copy.clearing).toEqual({ phase: 'cleared' })
})

test('without the focus it says so, and clears when the person comes back', async () => {
  const { copy, clipboard, timers, page } = start()
  await copy.copy(value('client-secret'), inBrowser)
  page.focused = false
  timers.advance(30_000)
  await settle()
  expect(copy.clearing).toEqual({ phase: 'waiting-for-focus' })
  expect(clipboard).toEqual(['the value'])
  page.focused = true
  page.onFocus?.()
  await settle()
  expect(clipboard.at(-1)).toBe('')
  expect(copy.clearing).toEqual({ phase: 'cleared' })
})

test('another value copied afterwards is not cleared', async () => {
  const { copy, clipboard, timers } = start()
  await copy.copy(value('client-secret'), inBrowser)
  await copy.copy(value('name'), inBrowser)
  expect(copy.clearing).toBeNull()
  timers.advance(60_000)
  await settle()
  expect(clipboard).toEqual(['the value', 'Microsoft Teams'])
})

test('a host with its own clipboard copies and clears itself, and the page never sees the secret', async () => {
  const { copy, clipboard, timers, fake } = start()
  await copy.copy(value('client-secret'), inWindow)
  expect(fake.calls.map((call) => call.name)).toEqual(['handover.copy'])
  expect(copy.clearing).toMatchObject({ phase: 'counting' })
  timers.advance(30_000)
  await settle()
  expect(clipboard).toEqual([])
  expect(copy.clearing).toEqual({ phase: 'cleared' })
})

test('a copy that the browser refuses is an error and does not count as copied', async () => {
  const { copy, page } = start()
  page.blocked = true
  expect(await copy.copy(value('name'), inBrowser)).toBe(false)
  expect(copy.action.error).not.toBeNull()
  expect(copy.copied).toEqual([])
})

test('a new secret begins the copying again, the same one does not', async () => {
  const { copy } = start()
  copy.forSecret('one')
  await copy.copy(value('client-secret'), inBrowser)
  copy.forSecret('one')
  expect(copy.copied).toEqual(['client-secret'])
  copy.forSecret('two')
  expect(copy.copied).toEqual([])
  expect(copy.next([value('client-secret')])?.field).toBe('client-secret')
})
