// `npm run bench`: one JSON document of ratios, all measured in one run on one machine. `--long` takes minutes.
import { cpus, loadavg } from 'node:os'
import { buildAll } from '../build/build.ts'
import { measureIngest } from './ingest.ts'
import { measureLive } from './live.ts'
import { measureRest } from './rest.ts'
import { measureRich } from './rich.ts'
import { measureSsh } from './ssh.ts'
import { measureStartUp } from './start-up.ts'
import { measureStored } from './stored.ts'

const isLong = process.argv.includes('--long')
const effort = isLong
  ? {
      ingest: { rounds: 25, seconds: 2 },
      rich: { rounds: 5, seconds: 4 },
      live: { rows: 1_000_000, seconds: 20 },
      ssh: { rounds: 5, seconds: 4 },
      rest: { seconds: 300 },
      startUp: { rounds: 7 },
      rows: 1_000_000,
    }
  : {
      ingest: { rounds: 9, seconds: 1 },
      rich: { rounds: 3, seconds: 0.5 },
      live: { rows: 20_000, seconds: 5 },
      ssh: { rounds: 3, seconds: 1 },
      rest: { seconds: 20 },
      startUp: { rounds: 3 },
      rows: 50_000,
    }

const loadBefore = loadavg()[0]
const stored = await measureStored({ rows: effort.rows })
const rich = await measureRich(effort.rich)
const ingest = await measureIngest(effort.ingest)
await buildAll()
const live = await measureLive(effort.live)
const ssh = await measureSsh(effort.ssh)
const startUp = await measureStartUp(effort.startUp)
const rest = await measureRest(effort.rest)

const document = {
  mode: isLong ? 'long' : 'short',
  machine: {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    // Above zero before the start, others were at work: then look at the ratios only.
    loadBefore,
  },
  ingest,
  ssh,
  rich,
  stored,
  live,
  startUp,
  rest,
}
process.stdout.write(`${JSON.stringify(document, null, 2)}\n`)
