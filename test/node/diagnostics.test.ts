// The diagnostics bundle: what is in it, what is hidden, and that it needs nothing that runs.
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { crc32, inflateRawSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { redactText } from '../../main/core/redact.ts'
import { recordCrash, recordUncaught } from '../../main/node/crash-records.ts'
import { saveDiagnostics } from '../../main/node/diagnostics.ts'
import { giveAway, isRoot, traceOf } from './other-owner.ts'
import { temporaryFolder } from './temporary-folder.ts'

const now = new Date('2026-03-02T09:00:00.000Z')
const secret = 'abc8Q~ThisIsAClientSecretOfEntra1234567890'

const save = (folder: string, to?: string) =>
  saveDiagnostics({ folder, version: '1.2.3', host: 'headless', now, redact: redactText, to })

/** Reads a zip by its directory, as other programs do; checks sizes and sums. */
function unzip(file: string): Record<string, string> {
  const zip = readFileSync(file)
  const end = zip.lastIndexOf('PK\x05\x06', undefined, 'latin1')
  const files: Record<string, string> = {}
  let at = zip.readUInt32LE(end + 16)
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    expect(zip.toString('latin1', at, at + 4)).toBe('PK\x01\x02')
    const [packed, size] = [zip.readUInt32LE(at + 20), zip.readUInt32LE(at + 24)]
    const nameBytes = zip.readUInt16LE(at + 28)
    const name = zip.toString('utf8', at + 46, at + 46 + nameBytes)
    const local = zip.readUInt32LE(at + 42)
    const start = local + 30 + zip.readUInt16LE(local + 26)
    const bytes = inflateRawSync(zip.subarray(start, start + packed))
    expect([bytes.length, crc32(bytes)]).toEqual([size, zip.readUInt32LE(at + 16)])
    files[name] = bytes.toString()
    at += 46 + nameBytes
  }
  return files
}

test('logs, settings, status and crashes are in it, and no secret, person or home folder', async () => {
  const folder = temporaryFolder()
  const log = [
    `{"message":"Signed in as Nora.Lindqvist@contoso.example in ${homedir()}/x"}`,
    `{"message":"client_secret=${secret}"}`,
    '{"message":"Samir@contoso.example and nora.lindqvist@contoso.example"}',
  ]
  writeFileSync(join(folder, 'emi-tray.log'), `${log.join('\n')}\n`)
  writeFileSync(join(folder, 'emi-tray.1.log'), 'older\n')
  writeFileSync(join(folder, 'settings.json'), '{"perUserSubscriptions":["samir@contoso.example"]}')
  writeFileSync(
    join(folder, 'status.json'),
    '{"pid":1,"status":{"account":{"displayName":"Nora Lindqvist"}}}',
  )
  writeFileSync(join(folder, 'vault.json'), 'canary-vault')
  mkdirSync(join(folder, 'microsoft'))
  writeFileSync(join(folder, 'microsoft', 'emi.sqlite'), 'canary-inbox')
  const place = { folder, now: () => now, redact: redactText }
  recordCrash(place, { part: 'window', reason: `crashed with ${secret}` })

  const file = await save(folder)
  const files = unzip(file)
  expect(Object.keys(files)).toEqual([
    'README.txt',
    'computer.json',
    'emi-tray.1.log',
    'emi-tray.log',
    'settings.json',
    'status.json',
    'crashes/2026-03-02T09-00-00-000Z-window.json',
  ])
  const all = Object.values(files).join('\n')
  for (const hidden of [secret, 'contoso.example', homedir(), 'canary', 'Nora Lindqvist']) {
    expect(all).not.toContain(hidden)
  }
  // The same person is the same number everywhere.
  expect(files['emi-tray.log']).toContain('person-2@hidden')
  expect(files['emi-tray.log']).toContain('person-2@hidden and person-1@hidden')
  expect(files['settings.json']).toContain('person-2@hidden')
  expect(files['computer.json']).toContain('"version": "1.2.3"')
  expect(statSync(file).mode & 0o777).toBe(0o600)
})

test('of a great log the end is taken, from the start of a line', async () => {
  const folder = temporaryFolder()
  const line = `${'x'.repeat(999)}\n`
  writeFileSync(join(folder, 'emi-tray.log'), `${line.repeat(4_000)}the last line\n`)
  const text = unzip(await save(folder))['emi-tray.log'] ?? ''
  expect(text.length).toBeLessThanOrEqual(2 * 1024 * 1024)
  expect(text.startsWith(line)).toBe(true)
  expect(text.endsWith('the last line\n')).toBe(true)
})

test('an app that never started has a bundle all the same', async () => {
  const to = join(temporaryFolder(), 'help.zip')
  expect(await save(join(temporaryFolder(), 'nothing'), to)).toBe(to)
  expect(Object.keys(unzip(to))).toEqual(['README.txt', 'computer.json'])
})

test('no file is written over, and the reason is said', async () => {
  const to = join(temporaryFolder(), 'help.zip')
  writeFileSync(to, 'mine')
  await expect(save(temporaryFolder(), to)).rejects.toMatchObject({
    code: 'data-folder-unwritable',
  })
  expect(readFileSync(to, 'utf8')).toBe('mine')
})

test.runIf(process.platform === 'linux')(
  'a place where no folder can be made is said, also below /proc',
  async () => {
    await expect(save(temporaryFolder(), '/proc/emi-tray/a.zip')).rejects.toMatchObject({
      code: 'data-folder-unwritable',
      details: 'ENOENT',
    })
  },
)

test('of many crashes the latest are kept, and none of them can cause another', () => {
  const folder = temporaryFolder()
  for (let minute = 0; minute < 30; minute += 1) {
    const at = new Date(now.getTime() + minute * 60_000)
    recordCrash({ folder, now: () => at, redact: redactText }, { part: 'GPU', reason: 'crashed' })
  }
  const kept = crashNames(folder)
  expect(kept).toHaveLength(20)
  expect(kept.at(-1)).toContain('T09-29')
  const noFolder = join(folder, 'file')
  writeFileSync(noFolder, '')
  recordCrash({ folder: noFolder, now: () => now, redact: redactText }, { part: 'a', reason: 'b' })
})

test('what ends the process is recorded, with the place in the code', () => {
  const folder = temporaryFolder()
  const undo = recordUncaught({ folder, now: () => now, redact: redactText })
  try {
    const emitter: NodeJS.EventEmitter = process
    const error = new TypeError('x is undefined')
    emitter.emit('uncaughtExceptionMonitor', error, 'uncaughtException')
  } finally {
    undo()
  }
  const [name = ''] = crashNames(folder)
  expect(JSON.parse(readFileSync(join(folder, 'crashes', name), 'utf8'))).toMatchObject({
    part: 'main',
    reason: 'uncaughtException: TypeError: x is undefined',
    stack: expect.stringContaining('diagnostics.test') as string,
  })
  expect(process.listenerCount('uncaughtExceptionMonitor')).toBe(0)
})

function crashNames(folder: string): string[] {
  return readdirSync(join(folder, 'crashes')).sort()
}

test.runIf(isRoot)(
  'root puts the file somewhere else than into another user’s folder',
  async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'emi-tray.log'), 'a line\n')
    giveAway(folder)
    const before = traceOf(folder)
    await expect(save(folder)).rejects.toMatchObject({ code: 'data-folder-unwritable' })
    const file = await save(folder, join(temporaryFolder(), 'bundle.zip'))
    expect(unzip(file)).toMatchObject({ 'emi-tray.log': 'a line\n' })
    expect(traceOf(folder)).toEqual(before)
  },
)
