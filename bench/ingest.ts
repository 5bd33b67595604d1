// How many posts a second are stored, beside receivers that others would write, and how fast each is answered.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { LoadOptions, LoadResult } from './load.ts'
import { startLoad, startReceiver, type Receiver, type ReceiverKind } from './processes.ts'
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
 * Runs all receivers in turn, in many short rounds. Each ratio is the median of those within a round, so that a
 * machine that becomes slower or faster in between does not change it. A first round, not counted, warms all up.
 */
export async function measureIngest({ rounds, seconds }: IngestOptions) {
  const folder = mkdtempSync(path.join(tmpdir(), 'emi-bench-'))
  const generator = startLoad()
  const field = new Field()
  try {
    for (const kind of KINDS) await field.start(kind, path.join(folder, kind))
    return await measureField(field, { load: generator.load, rounds, seconds })
  } finally {
    generator.end()
    await field.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measureField(
  field: Field,
  { load, rounds, seconds }: IngestOptions & { load: Load },
) {
  const byAutocannon = await compare(field, { by: load, kinds: KINDS, rounds, seconds })
  const byWrk = hasWrk()
    ? await compare(field, { by: loadByWrk, kinds: ['bare', 'ours'], rounds, seconds })
    : null
  const { runs, perSecond, ratio } = byAutocannon
  const half = Math.floor(perSecond('ours') / 2)
  const atHalf = await field.shoot('ours', { by: load, seconds: seconds * 4, rate: half })
  const { residentBytes } = await field.end()
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
      residentMegabytes: held(Math.round(residentBytes / 1024 ** 2), 150),
    },
  }
}

async function compare(
  field: Field,
  { by, kinds, rounds, seconds }: IngestOptions & { by: Load; kinds: ReceiverKind[] },
) {
  const runs: Record<ReceiverKind, number>[] = []
  for (let round = 0; round <= rounds; round += 1) {
    const run = { bare: 0, ours: 0, express: 0, 'express-wal': 0 }
    // Back and forth, so that none of them always follows the same one.
    for (const kind of round % 2 ? [...kinds].reverse() : kinds) {
      run[kind] = (await field.shoot(kind, { by, seconds })).perSecond
    }
    if (round > 0) runs.push(run)
  }
  return {
    runs,
    perSecond: (kind: ReceiverKind) => Math.round(median(runs.map((run) => run[kind]))),
    ratio: (kind: ReceiverKind) => rounded(median(runs.map((run) => run.ours / run[kind]))),
  }
}

/** All receivers, running side by side: who is not shot at takes no time. */
class Field {
  #receivers = new Map<ReceiverKind, { receiver: Receiver; accepted: number }>()

  async start(kind: ReceiverKind, folder: string): Promise<void> {
    mkdirSync(folder)
    this.#receivers.set(kind, { receiver: await startReceiver(kind, folder), accepted: 0 })
  }

  async shoot(
    kind: ReceiverKind,
    { by, ...given }: { by: Load; seconds: number; rate?: number },
  ): Promise<LoadResult> {
    const shot = this.#receivers.get(kind)
    if (!shot) throw new Error(`${kind} was not started.`)
    const { port, clientState } = shot.receiver
    const result = await by({ port, clientState, connections: CONNECTIONS, ...given })
    if (result.others > 0) {
      throw new Error(`${kind} gave ${result.others} answers that were not 2xx.`)
    }
    shot.accepted += result.accepted
    return result
  }

  /** Ends all; throws where one has not stored what it accepted. Resolves with the memory that ours had. */
  async end(): Promise<{ residentBytes: number }> {
    let ours = 0
    for (const [kind, { receiver, accepted }] of this.#receivers) {
      this.#receivers.delete(kind)
      const { stored, residentBytes } = await receiver.end()
      if (kind === 'ours') ours = residentBytes
      if (kind !== 'bare' && stored < accepted) {
        throw new Error(`${kind} accepted ${accepted} posts and stored ${stored}.`)
      }
    }
    return { residentBytes: ours }
  }
}
