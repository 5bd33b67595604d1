import { describe, expect, it } from 'vitest'
import { AppError } from '../../main/core/app-error.ts'
import { ConsentLink } from '../../main/core/consent-request.ts'
import {
  CLIENT_SECRET_NAME,
  type ProvisioningRecord,
  readProvisioningRecord,
  writeProvisioningRecord,
} from '../../main/core/entra/provisioning-record.ts'
import { TenantGuard } from '../../main/core/job.ts'
import { defaultSettings } from '../../main/core/settings.ts'
import type { Cloud } from '../../main/contract/models/connection.ts'
import { FakeClock, settle } from '../fakes/fake-clock.ts'
import { MemoryDatabase, memoryLog, MemorySecrets, seededRandom } from '../fakes/memory-ports.ts'
import { globalCloud, SAMPLE_SECRET, sampleRecord } from './sample-record.ts'

const WANTED = ['Chat.ReadWrite.All', 'ChannelMessage.Read.All', 'User.Read.All']
const SECOND_MS = 1_000
const DAY_MS = 24 * 60 * 60 * SECOND_MS

/** A set-up that went as far as an application administrator’s roles allow. */
const unfinished = sampleRecord({ completedAt: null })

/** One app; another one over the same database is the app after a restart. */
async function app({
  record = unfinished,
  roles = [],
  cloud = globalCloud,
  database = new MemoryDatabase(),
  secrets = new MemorySecrets(),
  clock = new FakeClock(),
}: {
  record?: ProvisioningRecord | null
  roles?: string[]
  cloud?: Cloud
  database?: MemoryDatabase
  secrets?: MemorySecrets
  clock?: FakeClock
} = {}) {
  secrets.values.set(CLIENT_SECRET_NAME, SAMPLE_SECRET)
  if (record && !database.records.has('provisioning')) {
    await writeProvisioningRecord(database, record)
  }
  const log = memoryLog(clock)
  const guard = new TenantGuard()
  const app = {
    ...{ database, secrets, clock, log, guard },
    /** What Microsoft puts into the next token, or its refusal. */
    answer: (() => Promise.resolve(roles)) as (signal?: AbortSignal) => Promise<string[]>,
    asked: [] as Date[],
    granted: 0,
    onGranted: () => {},
    record: await readProvisioningRecord(database),
    settings: defaultSettings.connections.microsoft,
  }
  const unused = () => {
    throw new Error('The consent link needs no administrator.')
  }
  const link = new ConsentLink({
    ...{ database, secrets, clock, log, guard, cloud },
    random: seededRandom(),
    appAuth: {
      acquire: async ({ clientSecret, clientId, tenantId, signal }) => {
        expect([tenantId, clientId, clientSecret]).toEqual([
          unfinished.tenantId,
          unfinished.appId,
          SAMPLE_SECRET,
        ])
        app.asked.push(clock.now())
        const expiresAt = new Date(clock.now().getTime() + 3_600_000)
        return { accessToken: 'eyJ.token.x', expiresAt, roles: await app.answer(signal) }
      },
    },
    settings: () => app.settings,
    onChange: () => {},
    context: unused,
    appGraph: {
      ...{ get: unused, list: unused, post: unused, patch: unused, delete: unused },
      batch: unused,
    },
    record: () => app.record,
    reloadRecord: async () => {
      app.record = await readProvisioningRecord(database)
    },
    onGranted: () => {
      app.onGranted()
      app.granted += 1
    },
  })
  return Object.assign(app, { link, grant: () => (app.answer = () => Promise.resolve(WANTED)) })
}

function waitsOf(asked: Date[]): number[] {
  return asked.slice(1).map((at, index) => (at.getTime() - (asked[index]?.getTime() ?? 0)) / 1_000)
}

describe('the link', () => {
  it('leads to the tenant’s admin consent page, for everything the application declares', async () => {
    const { link } = await app()
    await link.start()
    const url = new URL(link.state()?.url ?? '')
    expect(url.origin + url.pathname).toBe(
      `https://login.microsoftonline.com/${unfinished.tenantId}/v2.0/adminconsent`,
    )
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: unfinished.appId,
      scope: 'https://graph.microsoft.com/.default',
      redirect_uri: unfinished.redirectUri,
      state: expect.stringMatching(/^[\w-]{36}$/) as unknown,
    })
  })

  it.each([
    ['https://login.microsoftonline.us', 'https://dod-graph.microsoft.us'],
    ['https://login.partner.microsoftonline.cn', 'https://microsoftgraph.chinacloudapi.cn'],
  ])('uses the addresses of the national cloud at %s', async (loginHost, graphHost) => {
    const { link } = await app({ cloud: { ...globalCloud, loginHost, graphHost } })
    await link.start()
    const url = new URL(link.state()?.url ?? '')
    expect(url.origin).toBe(loginHost)
    expect(url.searchParams.get('scope')).toBe(`${graphHost}/.default`)
  })

  it('stays the same when it is made again, and after a restart', async () => {
    const first = await app()
    await first.link.start()
    const url = first.link.state()?.url
    await first.clock.advance(DAY_MS)
    await first.link.start()
    expect(first.link.state()).toMatchObject({ url, startedAt: first.clock.now().toISOString() })
    first.link.stop()

    const second = await app(first)
    await second.link.load()
    expect(second.link.state()?.url).toBe(url)
    await second.link.forget()
    await second.link.start()
    expect(second.link.state()?.url).not.toBe(undefined)
  })

  it('needs an application', async () => {
    const { link } = await app({ record: null })
    await expect(link.start()).rejects.toMatchObject({ code: 'not-set-up' })
    await expect(link.check()).rejects.toMatchObject({ code: 'not-found' })
    expect(link.state()).toBeNull()
  })
})

describe('waiting for consent', () => {
  it('asks after 15 seconds, then less and less often, at most every two minutes', async () => {
    const { link, asked, clock } = await app()
    await link.start()
    await clock.advance(600 * SECOND_MS)
    expect(waitsOf(asked)).toEqual([15, 30, 60, 120, 120, 120, 120])
    expect(link.state()).toMatchObject({
      phase: 'waiting',
      missing: WANTED,
      error: null,
      lastCheckedAt: asked.at(-1)?.toISOString(),
    })
  })

  it('names what has not arrived yet', async () => {
    const waiting = await app({ roles: ['User.Read.All'] })
    await waiting.link.start()
    expect(waiting.link.state()?.missing).toEqual(['Chat.ReadWrite.All', 'ChannelMessage.Read.All'])
    waiting.settings = { ...waiting.settings, optionalPermissions: ['Chat.Read.All'] }
    await waiting.clock.advance(15 * SECOND_MS)
    expect(waiting.link.state()?.missing).toContain('Chat.Read.All')
  })

  it('ends when everything has arrived: the set-up is complete, and that is told once', async () => {
    const waiting = await app()
    await waiting.link.start()
    expect(waiting.granted).toBe(0)
    waiting.grant()
    await waiting.clock.advance(20 * SECOND_MS)
    expect(waiting.link.state()).toMatchObject({ phase: 'granted', missing: [], error: null })
    expect(waiting.record?.completedAt).toBe(waiting.asked.at(-1)?.toISOString())
    await waiting.link.check()
    await waiting.clock.advance(DAY_MS)
    expect([waiting.granted, waiting.asked.length, waiting.clock.pending]).toEqual([1, 2, 0])
  })

  it('ends at once where everything was granted before', async () => {
    const complete = sampleRecord()
    const { link, granted, ...rest } = await app({ roles: WANTED, record: complete })
    await link.start()
    expect(link.state()?.phase).toBe('granted')
    expect(granted).toBe(0)
    expect(rest.record?.completedAt).toBe(complete.completedAt)
    expect(rest.clock.pending).toBe(0)
  })

  it('asks at once when a person presses Check', async () => {
    const { link, asked, clock, grant } = await app()
    await link.start()
    await clock.advance(5 * SECOND_MS)
    grant()
    await link.check()
    expect(waitsOf(asked)).toEqual([5])
    expect(link.state()?.phase).toBe('granted')
  })

  it('goes on after a restart, and does not ask again once it was granted', async () => {
    const first = await app()
    await first.link.start()
    first.link.stop()
    await first.clock.advance(DAY_MS)
    expect(first.asked).toHaveLength(1)

    const second = await app({ ...first, record: unfinished, roles: WANTED })
    await second.link.load()
    expect(second.link.state()).toMatchObject({ phase: 'waiting', missing: WANTED })
    await second.clock.advance(10 * SECOND_MS)
    expect(second.link.state()?.phase).toBe('granted')
    expect(second.granted).toBe(1)

    const third = await app({ ...second, record: null, roles: [] })
    await third.link.load()
    await third.clock.advance(DAY_MS)
    expect(third.link.state()).toMatchObject({ phase: 'granted', missing: [] })
    expect([third.asked.length, third.granted]).toEqual([0, 0])
  })

  it('gives up asking by itself after seven days, and says so', async () => {
    const { link, asked, clock, grant, ...rest } = await app()
    await link.start()
    await clock.advance(7 * DAY_MS + 120 * SECOND_MS)
    const count = asked.length
    expect(link.state()?.error?.code).toBe('consent-missing')
    await clock.advance(DAY_MS)
    expect([asked.length, clock.pending]).toEqual([count, 0])

    const next = await app({ ...rest, clock, record: unfinished })
    await next.link.load()
    await clock.advance(DAY_MS)
    expect([next.asked.length, next.link.state()?.error?.code]).toEqual([0, 'consent-missing'])
    grant()
    await link.check()
    expect(link.state()).toMatchObject({ phase: 'granted', error: null })
  })
})

describe('problems while waiting', () => {
  it('are shown, logged once, and do not end the waiting', async () => {
    const waiting = await app()
    waiting.answer = () =>
      Promise.reject(
        new AppError('network-unreachable', { message: 'No network.', nextStep: 'Wait.' }),
      )
    await waiting.link.start()
    await waiting.clock.advance(60 * SECOND_MS)
    expect(waiting.link.state()).toMatchObject({
      phase: 'waiting',
      error: { code: 'network-unreachable' },
    })
    expect(waiting.log.entries.filter((entry) => entry.level === 'warning')).toHaveLength(1)
    waiting.grant()
    await waiting.clock.advance(120 * SECOND_MS)
    expect(waiting.link.state()).toMatchObject({ phase: 'granted', error: null })
  })

  it('a secret that is not there is said to be missing', async () => {
    const { link, secrets, asked } = await app()
    secrets.values.clear()
    await link.start()
    expect(link.state()?.error?.code).toBe('secret-unknown')
    expect(asked).toHaveLength(0)
  })

  it('an answer that never comes is given up after twenty seconds', async () => {
    const waiting = await app()
    waiting.answer = (signal) =>
      new Promise((_, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason as Error))
      })
    const started = waiting.link.start()
    await waiting.clock.advance(20 * SECOND_MS)
    await started
    expect(waiting.link.state()?.error?.code).toBe('network-unreachable')
    expect(waiting.clock.pending).toBe(1)
  })

  it('waits for another writer to finish before it completes the set-up', async () => {
    const waiting = await app({ roles: WANTED })
    const leave = waiting.guard.enter('Applying the plan')
    await waiting.link.start()
    expect(waiting.link.state()).toMatchObject({ phase: 'waiting', error: { code: 'busy' } })
    expect(waiting.record?.completedAt).toBeNull()
    leave()
    await waiting.clock.advance(15 * SECOND_MS)
    expect(waiting.link.state()).toMatchObject({ phase: 'granted', error: null })
    expect(waiting.granted).toBe(1)
  })

  it('tries again where whoever is told is busy', async () => {
    const waiting = await app({ roles: WANTED })
    waiting.onGranted = () => {
      throw new AppError('busy', { message: 'The check is still running.', nextStep: 'Wait.' })
    }
    await waiting.link.start()
    expect(waiting.link.state()?.phase).toBe('waiting')
    waiting.onGranted = () => {}
    await waiting.clock.advance(15 * SECOND_MS)
    expect([waiting.link.state()?.phase, waiting.granted]).toEqual(['granted', 1])
  })
})

describe('the end of a link', () => {
  it('is forgotten for good when a person says so', async () => {
    const { link, clock, asked, database } = await app()
    await link.start()
    await link.forget()
    await clock.advance(DAY_MS)
    expect([link.state(), asked.length, clock.pending]).toEqual([null, 1, 0])
    expect(database.records.has('consent')).toBe(false)
  })

  it('an answer that comes after it was forgotten changes nothing', async () => {
    const waiting = await app()
    let answer: (roles: string[]) => void = () => {}
    waiting.answer = () => new Promise((resolve) => (answer = resolve))
    const started = waiting.link.start()
    await settle()
    await waiting.link.forget()
    answer(WANTED)
    await started
    expect([waiting.link.state(), waiting.granted]).toEqual([null, 0])
    expect(waiting.record?.completedAt).toBeNull()
  })

  it('comes by itself when another application was set up', async () => {
    const waiting = await app()
    await waiting.link.start()
    waiting.record = sampleRecord({ appId: 'another' })
    expect(waiting.link.state()).toBeNull()
    await waiting.clock.advance(DAY_MS)
    expect([waiting.asked.length, waiting.clock.pending]).toEqual([1, 0])
  })

  it('a stop at shutdown keeps it', async () => {
    const { link, clock, database } = await app()
    await link.start()
    link.stop()
    expect(clock.pending).toBe(0)
    expect(database.records.has('consent')).toBe(true)
  })
})

it('keeps the secret and the token out of state, records and log', async () => {
  const { link, log, database, clock, grant } = await app()
  await link.start()
  grant()
  await clock.advance(DAY_MS)
  const told = JSON.stringify([link.state(), log.entries, [...database.records.values()]])
  expect(told).not.toContain(SAMPLE_SECRET)
  expect(told).not.toContain('eyJ')
  const sent = new URL(link.state()?.url ?? '').searchParams.get('state') ?? ''
  expect(JSON.stringify(log.entries)).not.toContain(sent)
})
