import { expect, test } from 'vitest'
import { createCopyText, type ClipboardText } from '../../main/electron/copy-text.ts'
import { FakeClock } from '../fakes/fake-clock.ts'

function memoryClipboard(): ClipboardText & { text: string } {
  return {
    text: '',
    readText() {
      return Promise.resolve(this.text)
    },
    writeText(text) {
      this.text = text
      return Promise.resolve()
    },
  }
}

test('a copied secret leaves the clipboard after its time, not before', async () => {
  const clock = new FakeClock()
  const clipboard = memoryClipboard()
  await createCopyText(clipboard, clock).copyText('the secret', 30_000)
  await clock.advance(29_999)
  expect(clipboard.text).toBe('the secret')
  await clock.advance(1)
  expect(clipboard.text).toBe('')
})

test('what a person copied in the meantime stays', async () => {
  const clock = new FakeClock()
  const clipboard = memoryClipboard()
  await createCopyText(clipboard, clock).copyText('the secret', 30_000)
  clipboard.text = 'a note of theirs'
  await clock.advance(60_000)
  expect(clipboard.text).toBe('a note of theirs')
})

test('values that are no secret stay, and a later copy is not cut short by an earlier one', async () => {
  const clock = new FakeClock()
  const clipboard = memoryClipboard()
  const { copyText } = createCopyText(clipboard, clock)
  await copyText('the secret', 30_000)
  await clock.advance(20_000)
  await copyText('the secret', 30_000)
  await clock.advance(20_000)
  expect(clipboard.text).toBe('the secret')
  await copyText('a tenant id', null)
  await clock.advance(600_000)
  expect(clipboard.text).toBe('a tenant id')
})

test('an app that quits earlier takes the secret along, and nothing else', async () => {
  const clock = new FakeClock()
  const clipboard = memoryClipboard()
  const { copyText, clearNow } = createCopyText(clipboard, clock)
  await copyText('the secret', 30_000)
  await clearNow()
  expect(clipboard.text).toBe('')
  expect(clock.pending).toBe(0)
  await copyText('a tenant id', null)
  await clearNow()
  expect(clipboard.text).toBe('a tenant id')
})

test('a clipboard that cannot be read keeps nobody from quitting', async () => {
  const refusing: ClipboardText = {
    readText: () => Promise.reject(new Error('busy')),
    writeText: () => Promise.resolve(),
  }
  const { copyText, clearNow } = createCopyText(refusing, new FakeClock())
  await copyText('the secret', 30_000)
  await expect(clearNow()).resolves.toBeUndefined()
})
