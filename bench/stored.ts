// What opening the Log page and cleaning up cost when many notifications are stored.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { DeliveryFilter } from '../main/contract/models/delivery.ts'
import { placeOf, searchedParts } from '../main/core/hand-on/resource.ts'
import type { NewDelivery } from '../main/core/ports/stored.ts'
import { searchDeliveries } from '../main/core/webhook/delivery-search.ts'
import { openDatabase } from '../main/node/database.ts'
import { systemClock } from '../main/node/system-clock.ts'
import { SUBSCRIPTION_ID, TENANT_ID } from './items.ts'
import { held, quantile, rounded } from './statistics.ts'

const PER_COMMIT = 1_000
const REPEATS = 20
const DAY_MS = 24 * 60 * 60_000
const MEGABYTE = 1024 * 1024

export async function measureStored({ rows }: { rows: number }) {
  const folder = mkdtempSync(path.join(tmpdir(), 'emi-bench-'))
  const file = path.join(folder, 'emi.db')
  try {
    const filled = await openDatabase(file)
    const end = Date.now()
    for (let from = 0; from < rows; from += PER_COMMIT) {
      await filled.addDeliveries(
        Array.from({ length: Math.min(PER_COMMIT, rows - from) }, (_, index) =>
          delivery(end - 7 * DAY_MS + ((from + index) / rows) * 7 * DAY_MS, from + index),
        ),
      )
    }
    await filled.close()
    const residentBefore = process.memoryUsage.rss()
    const { ms: openMs, value: database } = await timed(() => openDatabase(file))
    const size = await database.size()
    const latest = await repeated(() => database.latestDeliveries(200))
    const deps = { database, clock: systemClock, readResource: searchedParts }
    const search = (filter: DeliveryFilter) =>
      repeated(() => searchDeliveries({ ...filter, limit: 200 }, deps))
    const middle = new Date(end - 3.5 * DAY_MS).toISOString()
    const filters = {
      all: await search({}),
      kind: await search({ kind: 'lifecycleNotification' }),
      time: await search({ to: middle }),
      timeAndKind: await search({ to: middle, kind: 'changeNotification' }),
      chat: await search({ place: 'chat:19:7@thread.v2' }),
      messageId: await search({ text: String(Math.floor(end - 3 * DAY_MS)) }),
      nameOrId: await search({ text: 'nobody' }),
      // None has it: the search says how far it came.
      changeTypeWithoutMatch: await search({ changeType: 'deleted' }),
      handOnWithoutMatch: await search({ handOn: 'done' }),
    }
    const before = new Date(end - 6.5 * DAY_MS).toISOString()
    let afterId: number | null = 0
    const removed = await repeated(async () => {
      const step = await database.deleteDeliveries({ before, afterId: afterId ?? 0, limit: 100 })
      afterId = step.lastId
    })
    const result = {
      rows,
      megabytes: Math.round(size.used / MEGABYTE),
      openDatabaseMs: rounded(openMs),
      latest200Ms: { ...latest, p95: held(latest.p95, 300) },
      filterMs: {
        ...filters,
        slowestP95: held(Math.max(...Object.values(filters).map(({ p95 }) => p95)), 200),
      },
      removeStepOf100Ms: removed,
      // Of opening and all calls; this process itself has grown by making the notifications.
      residentGrowthMegabytes: Math.round((process.memoryUsage.rss() - residentBefore) / MEGABYTE),
    }
    await database.close()
    return result
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function delivery(atMs: number, number: number): NewDelivery {
  const id = String(Math.floor(atMs))
  const resource = `chats('19:${number % 5_000}@thread.v2')/messages('${id}')`
  return {
    receivedAt: new Date(atMs).toISOString(),
    kind: number % 1_000 === 0 ? 'lifecycleNotification' : 'changeNotification',
    subscriptionKey: 'chat-messages',
    subscriptionId: SUBSCRIPTION_ID,
    tenantId: TENANT_ID,
    changeType: 'created',
    resource,
    resourceId: id,
    place: placeOf(resource),
    rich: false,
    itemJson: JSON.stringify({ resource, filler: 'x'.repeat(500) }),
    identity: `${resource} ${number}`,
  }
}

async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; value: T }> {
  const startedAt = performance.now()
  const value = await work()
  return { ms: performance.now() - startedAt, value }
}

async function repeated(work: () => Promise<unknown>): Promise<{ p50: number; p95: number }> {
  const times: number[] = []
  for (let repeat = 0; repeat < REPEATS; repeat += 1) times.push((await timed(work)).ms)
  return { p50: rounded(quantile(times, 0.5)), p95: rounded(quantile(times, 0.95)) }
}
