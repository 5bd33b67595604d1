import { mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import type { LogEntry } from '../../main/contract/models/log.ts'
import { logFileSink } from '../../main/node/log-file.ts'
import { temporaryFolder } from './temporary-folder.ts'

function entry(sequence: number): LogEntry {
  return {
    sequence,
    at: '2026-03-02T09:00:00.000Z',
    level: 'info',
    area: 'app',
    message: `line ${sequence}\nwith a line break`,
    facts: {},
    delivery: null,
  }
}

async function linesOf(file: string): Promise<LogEntry[]> {
  const text = await readFile(file, 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as LogEntry)
}

test('each entry is one line of JSON, on disk at once, readable by the owner only', async () => {
  const folder = temporaryFolder()
  const sink = logFileSink({ folder, maxBytes: 10_000, files: 3 })
  sink(entry(1))
  sink(entry(2))
  const file = path.join(folder, 'emi-tray.log')
  expect(await linesOf(file)).toEqual([entry(1), entry(2)])
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  await sink.close()
})

test('a program started again goes on in the same file', async () => {
  const folder = temporaryFolder()
  for (const sequence of [1, 2]) {
    const sink = logFileSink({ folder, maxBytes: 10_000, files: 3 })
    sink(entry(sequence))
    await sink.close()
  }
  expect(await linesOf(path.join(folder, 'emi-tray.log'))).toEqual([entry(1), entry(2)])
})

test('a full file is put aside, and only the newest files are kept', async () => {
  const folder = temporaryFolder()
  const sink = logFileSink({ folder, maxBytes: 500, files: 3 })
  for (let sequence = 1; sequence <= 40; sequence += 1) sink(entry(sequence))
  await sink.close()
  const names = ['emi-tray.2.log', 'emi-tray.1.log', 'emi-tray.log']
  expect((await readdir(folder)).sort()).toEqual([...names].sort())
  const kept = (await Promise.all(names.map((name) => linesOf(path.join(folder, name))))).flat()
  expect(kept.map((line) => line.sequence)).toEqual(
    Array.from({ length: kept.length }, (_, index) => 40 - kept.length + index + 1),
  )
  for (const name of names)
    expect((await stat(path.join(folder, name))).size).toBeLessThanOrEqual(500)
})

test('one file alone is started anew', async () => {
  const folder = temporaryFolder()
  const sink = logFileSink({ folder, maxBytes: 300, files: 1 })
  for (let sequence = 1; sequence <= 9; sequence += 1) sink(entry(sequence))
  await sink.close()
  expect(await readdir(folder)).toEqual(['emi-tray.log'])
  expect((await linesOf(path.join(folder, 'emi-tray.log'))).at(-1)).toEqual(entry(9))
})

test('a disk that fails costs lines, not the program, and the log says how many', async () => {
  const folder = path.join(temporaryFolder(), 'logs')
  const sink = logFileSink({ folder, maxBytes: 10_000, files: 3 })
  sink(entry(1))
  sink(entry(2))
  await mkdir(folder)
  sink(entry(3))
  const lines = await linesOf(path.join(folder, 'emi-tray.log'))
  expect(lines.map((line) => line.message)).toEqual([
    '2 lines could not be written to the log file.',
    entry(3).message,
  ])
  await sink.close()
  await rm(folder, { recursive: true })
})

test('erasing deletes all log files and nothing else, and the sink goes on in an empty one', async () => {
  const folder = temporaryFolder()
  const kept = ['emi-tray.log.txt', 'other.log', 'emi-tray.old.log']
  await Promise.all(kept.map((name) => writeFile(path.join(folder, name), 'stays')))
  await writeFile(path.join(folder, 'emi-tray.17.log'), 'of an earlier version')
  const sink = logFileSink({ folder, maxBytes: 300, files: 3 })
  for (let sequence = 1; sequence <= 20; sequence += 1) sink(entry(sequence))
  await sink.erase()
  expect((await readdir(folder)).sort()).toEqual([...kept, 'emi-tray.log'].sort())
  expect((await stat(path.join(folder, 'emi-tray.log'))).size).toBe(0)
  sink(entry(21))
  await sink.close()
  expect(await linesOf(path.join(folder, 'emi-tray.log'))).toEqual([entry(21)])
})
