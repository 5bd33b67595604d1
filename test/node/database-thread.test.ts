import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { AppError } from '../../main/core/app-error.ts'
import type { Database } from '../../main/core/ports.ts'
import { MIGRATIONS } from '../../main/node/database.ts'
import { openDatabaseThread } from '../../main/node/database-thread.ts'
import { temporaryFolder } from './temporary-folder.ts'

const MODULE = path.join(import.meta.dirname, '../../main/node/database-thread.ts')

let file: string
const opened: Database[] = []

beforeEach(() => {
  file = path.join(temporaryFolder(), 'emi.sqlite')
})
afterEach(async () => {
  for (const database of opened.splice(0)) await database.close()
})

test('what is called in a row is done in that row, and each answer finds its caller', async () => {
  const database = await open()
  const writes = ['a', 'b', 'c'].map((value) => database.writeRecord('last', { value }))
  const [, , , read, missing] = await Promise.all([
    ...writes,
    database.readRecord('last'),
    database.readRecord('missing'),
  ])
  expect(read).toEqual({ value: 'c' })
  expect(missing).toBeUndefined()
})

test('an error crosses whole: code, message, what to do next, and its cause', async () => {
  const newer = await open({ migrations: [...MIGRATIONS, 'CREATE TABLE later (id INTEGER)'] })
  await newer.close()
  const error = await openDatabaseThread(file).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(AppError)
  expect(error).toMatchObject({
    code: 'database-unreadable',
    message: expect.stringContaining('newer version') as unknown,
    nextStep: expect.stringContaining('Install the newer version') as unknown,
    cause: expect.any(Error) as unknown,
  })
})

test('after a close the data is folded into the file, and further calls fail instead of hanging', async () => {
  const database = await open()
  const late = database.writeRecord('late', 1)
  await database.close()
  await late
  await expect(database.readRecord('late')).rejects.toThrow('closed')
  await database.close()
  const again = await open()
  expect(await again.readRecord('late')).toBe(1)
})

test('a thread that ends unexpectedly fails what is under way and what comes after, and says what to do', async () => {
  const program = new URL(
    `data:text/javascript,${encodeURIComponent(`
      import { parentPort } from 'node:worker_threads'
      parentPort.on('message', () => { throw new Error('out of luck') })
      parentPort.postMessage({ methods: ['readRecord'] })`)}`,
  )
  const database = await openDatabaseThread(file, { program })
  const whole = {
    code: 'database-unreadable',
    message: expect.stringContaining('ended unexpectedly') as unknown,
    nextStep: expect.stringContaining('start it again') as unknown,
    details: 'out of luck',
  }
  await expect(database.readRecord('a')).rejects.toMatchObject(whole)
  await expect(database.readRecord('b')).rejects.toMatchObject(whole)
  await database.close()
})

test('what else holds notifications is erased before them', async () => {
  const erased: string[] = []
  const eraseDeliveries = () => {
    erased.push('files')
    return Promise.resolve()
  }
  const database = await open({ eraseDeliveries })
  await database.writeRecord('settings', 1)
  await database.erase('records')
  expect(erased).toEqual([])
  await database.erase('everything')
  expect(erased).toEqual(['files'])
})

test('an open database does not keep a process alive that has nothing else to do', () => {
  const program = `
    import { openDatabaseThread } from ${JSON.stringify(pathToFileURL(MODULE).href)}
    const database = await openDatabaseThread(${JSON.stringify(file)})
    await database.writeRecord('a', 1)
    console.log('written')`
  const { stdout, status } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', program],
    { encoding: 'utf8', timeout: 15_000 },
  )
  expect(stdout).toBe('written\n')
  expect(status).toBe(0)
})

async function open(options: Parameters<typeof openDatabaseThread>[1] = {}): Promise<Database> {
  const database = await openDatabaseThread(file, options)
  opened.push(database)
  return database
}
