// What the running app says about itself in its data folder.
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { AppState } from '../../main/contract/models/state.ts'
import { StateKeeper } from '../../main/core/state.ts'
import { readStatusFile, startStatusFile } from '../../main/node/status-file.ts'
import { FakeClock } from '../fakes/fake-clock.ts'
import { nothingYet } from '../fakes/nothing-yet.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** An app whose state a test changes, and its file. */
function running(file = join(temporaryFolder(), 'status.json')) {
  const clock = new FakeClock()
  const listeners = new Set<() => void>()
  const app = {
    state: new StateKeeper(nothingYet).current,
    onStateChanged: (listener: () => void) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  const change = (part: Partial<AppState>) => {
    app.state = { ...app.state, ...part }
    for (const listener of listeners) listener()
  }
  const status = startStatusFile({ file, app, clock, pid: 4711 })
  const received = async () =>
    (await readStatusFile(file, '0.0.0'))?.status.webhook.received ?? 'nothing'
  return { file, clock, listeners, app, change, status, received }
}

const withReceived = (received: number): Partial<AppState> => ({
  webhook: { ...nothingYet().webhook, received },
})

test('is there at once, for its owner only, and gone when the app stops', async () => {
  const { file, received, status, listeners, clock } = running()
  await expect.poll(received).toBe(0)
  if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600)
  await status.stop()
  expect(existsSync(file)).toBe(false)
  expect([listeners.size, clock.pending]).toEqual([0, 0])
})

test('is written once a second at most, with the latest', async () => {
  const { clock, change, received, status } = running()
  await expect.poll(received).toBe(0)
  change(withReceived(1))
  change(withReceived(2))
  expect(clock.pending).toBe(1)
  await clock.advance(999)
  expect(await received()).toBe(0)
  await clock.advance(1)
  await expect.poll(received).toBe(2)
  change(withReceived(3))
  await status.stop()
  expect(await received()).toBe('nothing')
})

test('says nothing of a sign-in that is under way, and who is signed in', async () => {
  const { file, clock, change, status } = running()
  const userCode = 'HG7QZ2XB'
  change({
    signIn: { phase: 'waiting-for-code', userCode, verificationUri: 'https://x', expiresAt: '' },
  })
  await clock.advance(1_000)
  await expect.poll(() => existsSync(file)).toBe(true)
  await expect.poll(() => readFileSync(file, 'utf8')).toContain('"account":null')
  expect(readFileSync(file, 'utf8')).not.toContain(userCode)
  await status.stop()
})

test('a folder that cannot be written stops nothing', async () => {
  const { change, clock, status } = running(join(temporaryFolder(), 'missing', 'status.json'))
  change(withReceived(1))
  await clock.advance(1_000)
  await status.stop()
})

test.each([
  ['no file', undefined],
  ['half a file', '{"pid":4'],
  ['something else', '{"pid":"1"}'],
  ['a file without a status', '{"pid":1,"at":"","status":{}}'],
])('%s is nothing said', async (_name, text) => {
  const file = join(temporaryFolder(), 'status.json')
  if (text !== undefined) writeFileSync(file, text)
  expect(await readStatusFile(file, '0.0.0')).toBeNull()
})

test('what another version wrote is not read', async () => {
  const { file, received, status } = running()
  await expect.poll(received).toBe(0)
  expect(await readStatusFile(file, '0.0.1')).toBeNull()
  await status.stop()
})
