// emi-tray log against an inbox in a real file: what it prints, what it writes, and what it keeps to itself.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import type { NewDelivery } from '../../main/core/ports/stored.ts'
import { openStoredData } from '../../main/headless/stored-data.ts'
import { openDatabase } from '../../main/node/database.ts'
import { writeSettingsFile } from '../../main/node/settings-file.ts'
import { defaultSettings } from '../../main/core/settings.ts'
import { FakeClock } from '../fakes/fake-clock.ts'
import { temporaryFolder } from '../node/temporary-folder.ts'
import { runCommand } from './fake-world.ts'

function item(number: number, given: Partial<NewDelivery> = {}): NewDelivery {
  const id = String(1_600_000_000_000 + number)
  return {
    receivedAt: new Date(Date.parse('2026-03-02T09:00:00Z') + number * 60_000).toISOString(),
    kind: 'changeNotification',
    subscriptionKey: 'chat-messages',
    subscriptionId: 'subscription',
    tenantId: 'tenant',
    changeType: 'created',
    resource: `chats('19:a@thread.v2')/messages('${id}')`,
    ...{ resourceId: id, place: 'chat:19:a@thread.v2', senderId: 'person' },
    rich: true,
    itemJson: JSON.stringify({ changeType: 'created', encryptedContent: { data: 'SEALED' } }),
    headers: { 'client-request-id': `request-${number}` },
    ...given,
  }
}

/** A data folder whose app still has its database open, and the command on it. */
async function make(items: NewDelivery[]) {
  const folder = temporaryFolder()
  await writeSettingsFile(path.join(folder, 'settings.json'), {
    ...{ ...defaultSettings, version: 1, mode: 'practice' },
  })
  const database = await openDatabase(path.join(folder, 'practice', 'emi.sqlite'))
  await database.addDeliveries(items)
  await database.writeNames([{ key: 'user:person', name: 'Ana Lima', at: '2026-03-02T09:00:00Z' }])
  const openStored = () => openStoredData(folder, { version: '1.2.3', clock: new FakeClock() })
  return {
    folder,
    database,
    log: (...args: string[]) => runCommand(['log', ...args], undefined, { openStored }),
  }
}

test('says that nothing is stored where nothing is', async () => {
  const { log, database } = await make([])
  expect((await log()).stdout).toContain('Nothing is stored yet.')
  await database.close()
})

test('prints what was found, the newest first, while the app runs', async () => {
  const { log, database } = await make([item(1), item(2), item(3, { origin: 'catch-up' })])
  const all = await log()
  expect(all.code).toBe(0)
  expect(all.stdout.trimEnd().split('\n')).toEqual([
    expect.stringMatching(
      /^2026-03-02T09:03.*#3 .*New chat message.*Ana Lima in .*caught up later$/,
    ),
    expect.stringMatching(/#2 /),
    expect.stringMatching(/#1 /),
  ])
  expect((await log('--limit', '1')).stdout).toMatch(/#3 [^]*There may be older ones/)
  expect((await log('1600000000002', '--json')).json()['found']).toMatchObject([{ id: 2 }])
  expect((await log('ana', '--to', '2026-03-02T09:02:00Z', '--json')).json()['found']).toHaveLength(
    1,
  )
  expect((await log('nobody')).stdout).toContain('No stored notification matches.')
  await database.close()
})

test('refuses what it does not understand', async () => {
  const { log, database } = await make([])
  expect((await log('--from', 'yesterday')).stderr).toMatch(/from must be a time/)
  expect((await log('--export', 'har')).stderr).toContain('--out')
  expect((await log('--out', 'all.har')).stderr).toContain('--export')
  expect((await log('--origin', 'elsewhere')).code).not.toBe(0)
  await database.close()
})

test('writes JSON lines and an HTTP archive that hold no content, name or secret', async () => {
  const many = Array.from({ length: 450 }, (_, number) => item(number))
  const { folder, log, database } = await make([...many, item(450, { origin: 'catch-up' })])
  const out = (name: string) => path.join(folder, name)
  const lines = await log('--export', 'jsonl', '--out', out('all.jsonl'), '--json')
  expect(lines.json()).toMatchObject({ count: 451 })
  const jsonl = readFileSync(out('all.jsonl'), 'utf8')
  const parsed = jsonl
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { id: number })
  expect(parsed.map(({ id }) => id)).toEqual(Array.from({ length: 451 }, (_, n) => 451 - n))
  await log('--export', 'har', '--out', out('all.har'), '--change', 'created')
  const har = readFileSync(out('all.har'), 'utf8')
  const { log: archive } = JSON.parse(har) as { log: Har }
  expect(archive).toMatchObject({ version: '1.2', creator: { name: 'EMI Tray', version: '1.2.3' } })
  // What was caught up never was a request.
  expect(archive.entries).toHaveLength(450)
  expect(archive.entries[0]).toMatchObject({
    startedDateTime: '2026-03-02T16:29:00.000Z',
    request: {
      method: 'POST',
      url: expect.stringMatching(/^http.*\/emi\//) as string,
      headers: [{ name: 'client-request-id', value: 'request-449' }],
    },
    ...{ response: { status: 202 }, cache: {}, timings: { send: 0, wait: 0, receive: 0 } },
  })
  for (const text of [jsonl, har]) expect(text).not.toMatch(/SEALED|Ana Lima/)
  // Never over something that exists.
  expect((await log('--export', 'har', '--out', out('all.har'))).code).not.toBe(0)
  expect(readFileSync(out('all.har'), 'utf8')).toBe(har)
  await database.close()
})

interface Har {
  entries: unknown[]
}
