// How many posts a second are stored, beside receivers that others would write, and how fast each is answered.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { LoadOptions, LoadResult } from './load.ts'
import { load, startReceiver, type ReceiverKind } from './processes.ts'
import { held, median, reached, rounded } from './statistics.ts'
import { hasWrk, loadByWrk } from './wrk.ts'

const CONNECTIONS = 50
const KINDS: ReceiverKind[] = ['bare', 'ours', 'express', 'express-wal']

export interface IngestOptions {
  rounds: number
  seconds: number
}

type Load = (options: LoadOptions) => Promise<LoadResult>

/**
 * Runs all receivers in turn, several times. Each ratio is the median of those within a round, so that a machine
 * that becomes slower or faster in between does not change it.
 */
export async function measureIngest({ rounds, seconds }: IngestOptions) {
  const byAutocannon = await compare(load, { kinds: KINDS, rounds, seconds })
  const byWrk = hasWrk()
    ? await compare(loadByWrk, { kinds: ['bare', 'ours'], rounds, seconds })
    : null
  const { runs, perSecond, ratio } = byAutocannon
  const half = Math.floor(perSecond('ours') / 2)
  const atHalf = await measure('ours', { by: load, seconds: seconds * 2, rate: half })
  return {
    connections: CONNECTIONS,
    itemBytes: 1_024,
    rounds: runs.map(({ bare, ours, express, 'express-wal': wal }) =>
      [bare, ours, express, wal].map(Math.round),
    ),
    perSecond: {
      bareHttpThatStoresNothing: perSecond('bare'),
      ours: perSecond('ours'),
      expressOneInsertEach: perSecond('express'),
      expressOneInsertEachWal: perSecond('express-wal'),
    },
    ratios: {
      toBareHttp: { ...reached(ratio('bare'), 0.5), aim: 0.65 },
      // autocannon itself takes a core; where wrk is installed, the same comparison with a generator that does not.
      toBareHttpUnderWrk: byWrk && {
        ...reached(byWrk.ratio('bare'), 0.5),
        aim: 0.65,
        perSecond: [byWrk.perSecond('bare'), byWrk.perSecond('ours')],
      },
      toExpress: reached(ratio('express'), 7),
      toExpressWal: { value: ratio('express-wal') },
    },
    atHalfOfOurMaximum: {
      perSecond: Math.round(atHalf.perSecond),
      p50Ms: atHalf.p50Ms,
      p99Ms: held(atHalf.p99Ms, 20),
      residentMegabytes: held(Math.round(atHalf.residentBytes / 1024 ** 2), 150),
    },
  }
}

async function compare(
  by: Load,
  { kinds, rounds, seconds }: IngestOptions & { kinds: ReceiverKind[] },
) {
  const runs: Record<ReceiverKind, number>[] = []
  for (let round = 0; round < rounds; round += 1) {
    const run = { bare: 0, ours: 0, express: 0, 'express-wal': 0 }
    // Back and forth, so that none of them always follows the same one.
    for (const kind of round % 2 ? [...kinds].reverse() : kinds) {
      run[kind] = (await measure(kind, { by, seconds })).perSecond
    }
    runs.push(run)
  }
  return {
    runs,
    perSecond: (kind: ReceiverKind) => Math.round(median(runs.map((run) => run[kind]))),
    ratio: (kind: ReceiverKind) => rounded(median(runs.map((run) => run.ours / run[kind]))),
  }
}

async function measure(
  kind: ReceiverKind,
  { by, ...given }: { by: Load; seconds: number; rate?: number },
) {
  const folder = mkdtempSync(path.join(tmpdir(), 'emi-bench-'))
  try {
    const receiver = await startReceiver(kind, folder)
    const { port, clientState } = receiver
    const result = await by({ port, clientState, connections: CONNECTIONS, ...given })
    const { stored, residentBytes } = await receiver.end()
    if (result.others > 0)
      throw new Error(`${kind} gave ${result.others} answers that were not 2xx.`)
    if (kind !== 'bare' && stored < result.accepted) {
      throw new Error(`${kind} accepted ${result.accepted} posts and stored ${stored}.`)
    }
    return { ...result, residentBytes }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
