// A program that makes this computer reachable must not outlive the app: kill -9, and what the next start does.
import { fork, spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { defaultSettings } from '../../main/core/settings.ts'
import { openNodePlatform } from '../../main/node/platform.ts'
import { programBook } from '../../main/node/program-book.ts'
import { temporaryFolder } from './temporary-folder.ts'

const bookIn = (folder: string) => path.join(folder, 'programs.json')
const pidsIn = (folder: string) =>
  (JSON.parse(readFileSync(bookIn(folder), 'utf8')) as { pid: number }[]).map(({ pid }) => pid)

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return (
      process.platform !== 'linux' || !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z')
    )
  } catch {
    return false
  }
}

function startIdle(): ChildProcess & { pid: number } {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 60000)'], { detached: true })
  onTestFinished(() => void child.kill('SIGKILL'))
  return Object.assign(child, { pid: child.pid ?? 0 })
}

test('the program that a killed app left behind is ended by the next start, with what it had started', async () => {
  const folder = temporaryFolder()
  const keyFile = path.join(temporaryFolder(), 'vault.key')
  writeFileSync(keyFile, randomBytes(32).toString('base64'), { mode: 0o600 })
  const app = fork(path.join(import.meta.dirname, 'program-kill-child.ts'), [folder, keyFile], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  onTestFinished(() => void app.kill('SIGKILL'))
  await once(app.stdout ?? app, 'data')
  await expect.poll(() => existsSync(bookIn(folder))).toBe(true)
  const [program = 0] = pidsIn(folder)
  const children = readFileSync(`/proc/${program}/task/${program}/children`, 'utf8')
  const family = [program, ...children.trim().split(' ').map(Number)]
  app.kill('SIGKILL')
  await once(app, 'exit')
  expect(family.map(isAlive)).toEqual([true, true])

  const platform = await openNodePlatform({
    ...{ dataFolder: folder, keyFile, host: 'headless', version: '0.0.0', env: {} },
    openBrowser: () => Promise.resolve(),
    copyText: null,
  })
  const connection = await platform.openConnection(
    'microsoft',
    defaultSettings.connections.microsoft,
  )
  await expect.poll(() => family.some(isAlive)).toBe(false)
  await expect.poll(() => existsSync(bookIn(folder))).toBe(false)
  await connection.close()
  await platform.close()
})

test('another program that was given the same process id lives on', async () => {
  const file = bookIn(temporaryFolder())
  const { pid } = startIdle()
  await programBook(file).note(pid)
  const [entry] = JSON.parse(readFileSync(file, 'utf8')) as { birth: string }[]
  writeFileSync(file, JSON.stringify([{ pid, birth: `${entry?.birth ?? ''}1` }]))
  await programBook(file).endLeftOver()
  expect(isAlive(pid)).toBe(true)
  expect(existsSync(file)).toBe(false)
})

test.each(['', 'null', '[{"pid":"1"}]', '{"pid":1,"birth":""}'])(
  'a book that says %j stops nothing',
  async (text) => {
    const file = bookIn(temporaryFolder())
    writeFileSync(file, text)
    const book = programBook(file)
    await book.endLeftOver()
    const { pid } = startIdle()
    await book.note(pid)
    expect(pidsIn(path.dirname(file))).toEqual([pid])
    await book.forget(pid)
    expect(existsSync(file)).toBe(false)
  },
)
