import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { createHandOnFile } from '../../main/node/hand-on-file.ts'
import { temporaryFolder } from './temporary-folder.ts'

let outer: string
let folder: string

beforeEach(() => {
  outer = temporaryFolder()
  folder = path.join(outer, 'hand-on')
})

const open = (maxBytes = 1_000_000) => createHandOnFile({ folder, maxBytes, files: 3 })
const linesOf = (name: string) =>
  readFileSync(path.join(folder, name), 'utf8').split('\n').filter(Boolean)

test('adds lines in order, readable by this user alone', async () => {
  const file = open()
  await Promise.all(['1', '2', '3'].map((line) => file.append(`${line}\n`)))
  await file.append('4\n')
  expect(linesOf('events.jsonl')).toEqual(['1', '2', '3', '4'])
  expect(file.path).toBe(path.join(folder, 'events.jsonl'))
  if (process.platform !== 'win32') expect(statSync(file.path).mode & 0o777).toBe(0o600)
  await file.close()
})

test('puts a full file aside, and keeps as many as it is told', async () => {
  const file = open(10)
  for (const line of ['aaaaaaa', 'bbbbbbb', 'ccccccc', 'ddddddd']) await file.append(`${line}\n`)
  await file.close()
  expect(readdirSync(folder).toSorted()).toEqual([
    ...['events.1.jsonl', 'events.2.jsonl', 'events.jsonl'],
  ])
  expect(linesOf('events.jsonl')).toEqual(['ddddddd'])
  expect(linesOf('events.2.jsonl')).toEqual(['bbbbbbb'])
})

test('goes on in a new line after a process that was killed in the middle of one', async () => {
  const first = open()
  await first.append('{"whole":1}\n')
  await first.close()
  appendFileSync(first.path, '{"half":')
  const second = open()
  await second.append('{"whole":2}\n')
  await second.close()
  expect(linesOf('events.jsonl')).toEqual(['{"whole":1}', '{"half":', '{"whole":2}'])
})

test('says when it cannot write, and writes again once it can', async () => {
  mkdirSync(path.join(folder, 'events.jsonl'), { recursive: true })
  const file = open()
  await expect(file.append('lost\n')).rejects.toThrow()
  rmSync(folder, { recursive: true })
  await file.append('kept\n')
  expect(linesOf('events.jsonl')).toEqual(['kept'])
  await file.close()
})

test('erases every file, and goes on in a new one', async () => {
  const file = open(10)
  for (const line of ['aaaaaaa', 'bbbbbbb']) await file.append(`${line}\n`)
  await file.erase()
  expect(readdirSync(outer)).toEqual([])
  await file.append('new\n')
  expect(linesOf('events.jsonl')).toEqual(['new'])
  await file.close()
})
