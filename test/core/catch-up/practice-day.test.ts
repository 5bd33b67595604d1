// A whole day against the practice tenant in seconds: a quick clock drives both; at its end nothing is missing.
import { expect, test } from 'vitest'
import { freePort } from '../../../build/free-port.ts'
import type { ConnectionSettings } from '../../../main/contract/models/settings.ts'
import { CatchUp } from '../../../main/core/catch-up/catch-up.ts'
import { createGraphClient } from '../../../main/core/entra/graph-client.ts'
import { placeOf } from '../../../main/core/hand-on/resource.ts'
import { RateGate } from '../../../main/core/rate-gate.ts'
import { defaultSettings } from '../../../main/core/settings.ts'
import { Subscriptions } from '../../../main/core/subscription/subscriptions.ts'
import { ClientStates } from '../../../main/core/webhook/client-states.ts'
import { createEndpoint } from '../../../main/core/webhook/endpoint.ts'
import { Inbox } from '../../../main/core/webhook/inbox.ts'
import { createHttpServer } from '../../../main/node/http-server.ts'
import type { PracticeTenant } from '../../../main/practice/practice-tenant.ts'
import { TEAM_ID } from '../../../main/practice/teams.ts'
import { FakeClock, settle } from '../../fakes/fake-clock.ts'
import { MemoryDatabase, MemorySecrets, memoryLog, seededRandom } from '../../fakes/memory-ports.ts'
import {
  closeLater,
  graphAsApp,
  list,
  postForm,
  provision,
  startTenant,
  text,
} from '../../practice/support.ts'
import { createRig as createHandOn } from '../hand-on/rig.ts'
import { HOUR, MINUTE } from './rig.ts'

const SECOND = 1_000
/** Received sooner than this, a notification came with Graph's first attempt. */
const AT_ONCE = 5 * SECOND
/** As Graph does it: for four hours. */
const RETRIES = [10, 60, 300, 900, 1_800, 3_600, 3_600, 3_600].map((s) => s * SECOND)
const ROLES = ['Chat.Read.All', 'Chat.ReadWrite.All', 'ChannelMessage.Read.All', 'User.Read.All']

async function openWorld() {
  const clock = new FakeClock(new Date().toISOString())
  const tenant = await startTenant({
    ...{ now: () => clock.now(), after: (ms, callback) => clock.after(ms, callback) },
    ...{ retryWaitsMs: RETRIES, sweepEveryMs: 30 * SECOND },
  })
  const app = await provision(tenant, ROLES)
  const { database, secrets } = { database: new MemoryDatabase(), secrets: new MemorySecrets() }
  const port = await freePort()
  const settings: ConnectionSettings = {
    ...defaultSettings.connections.practice,
    ...{ richNotifications: false, handOnTarget: 'file' },
  }
  const underWay = new Set<Promise<unknown>>()
  const busy = <T>(work: Promise<T>): Promise<T> => {
    underWay.add(work)
    void work.then(
      () => underWay.delete(work),
      () => underWay.delete(work),
    )
    return work
  }
  const handOn = createHandOn({ clock, database, settings })
  let token: { text: string; until: number } | null = null
  const getToken = async () => {
    if (token && token.until > clock.now().getTime()) return token.text
    const { json } = await postForm(`${tenant.loginHost}/${tenant.tenantId}/oauth2/v2.0/token`, {
      grant_type: 'client_credentials',
      ...{ client_id: app.appId, client_secret: app.secret },
      scope: `${tenant.graphHost}/.default`,
    })
    token = { text: text(json, 'access_token'), until: clock.now().getTime() + 55 * MINUTE }
    return token.text
  }
  const log = memoryLog(clock)
  const random = seededRandom()

  /** EMI Tray from start to stop, on what lies in the database. */
  const start = async () => {
    const clientStates = new ClientStates({ secrets, random })
    const inbox = new Inbox({
      ...{ database, clock, log, placeOf },
      handOnLane: (item) => handOn.handOn.laneOf(item),
    })
    const graph = createGraphClient({
      cloud: {
        ...{ id: 'custom', displayName: '', loginHost: tenant.loginHost },
        graphHost: tenant.graphHost,
      },
      ...{ clock, random, getToken: () => busy(getToken()) },
      fetch: (...input) => busy(fetchWhole(...input)),
    })
    const facts = { running: true, paused: false, tunnelUp: true }
    const subscriptions = new Subscriptions({
      ...{ graph, database, clientStates, clock, random, log, settings: () => settings },
      certificate: () => Promise.reject(new Error('No content is asked for.')),
    })
    const catchUp = new CatchUp({
      ...{ database, clock, random, log, placeOf, gate: new RateGate(clock) },
      // Its Date headers are those of the real clock.
      graph: { get: (path, options) => graph.get(path, options), clockAheadMs: null },
      store: (items) => inbox.add(items),
      ...{ tenantId: () => tenant.tenantId, peopleWatched: () => [], subscriptionIdOf: () => '' },
      facts: () => ({
        ...{ ...facts, subscriptions: subscriptions.list },
        seenAt: (key) => subscriptions.seenAt(key),
        takenAt: (key) => subscriptions.takenAt(key),
      }),
      ...{
        raise: () => {},
        withdraw: () => {},
        onChange: () => {},
        onMissed: () => subscriptions.reauthorize(),
      },
    })
    subscriptions.onChange(() => catchUp.look())
    inbox.onAdded((added) => {
      for (const one of added) if (one.origin === 'graph') subscriptions.noteDelivery(one)
      handOn.handOn.noteStored(added)
    })
    const endpoint = createEndpoint({
      ...{ inbox, clientStates, clock, log, onRefused: () => {} },
      probeKey: await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign']),
      onLifecycle: (items) => {
        catchUp.noteLifecycle(items)
        subscriptions.handleLifecycle(items)
      },
    })
    const listening = await createHttpServer().listen({
      ...{ host: '127.0.0.1', port, maxBodyBytes: 4_000_000 },
      // A tunnel that is down answers with an error.
      handler: (request) =>
        facts.tunnelUp
          ? busy(endpoint(request))
          : Promise.resolve(new Response(null, { status: 502 })),
    })
    await catchUp.load()
    subscriptions.setPublicUrl(`http://127.0.0.1:${port}`)
    subscriptions.start()
    catchUp.start()
    return {
      ...{ catchUp, subscriptions, facts },
      stop: async () => {
        await catchUp.stop()
        await subscriptions.stop()
        await listening.close()
      },
    }
  }

  const quiet = async () => {
    // Twice: what one answer sets off is awaited as well.
    for (let calm = 0; calm < 2; calm = underWay.size > 0 ? 0 : calm + 1) {
      await Promise.allSettled([...underWay, tenant.idle()])
      await settle()
    }
  }
  /** Lets time pass, waiting for everything that is under way after each step. */
  const pass = async (ms: number) => {
    const end = clock.now().getTime() + ms
    for (;;) {
      const next = clock.nextInMs
      if (next === undefined || clock.now().getTime() + next > end) break
      await clock.advance(next)
      await quiet()
    }
    await clock.advance(Math.max(0, end - clock.now().getTime()))
    await quiet()
  }
  closeLater(() => handOn.handOn.stop())
  await handOn.start()
  return { clock, tenant, app, database, handOn, log, start, pass, quiet }
}

test('a day with outages, a flapping tunnel, a sleep, a removed subscription and a restart ends with nothing lost', async () => {
  const { clock, tenant, app, database, handOn, log, start, pass } = await openWorld()
  const begun = clock.now().getTime()
  let emi = await start()
  await pass(MINUTE)
  tenant.control.setTraffic({ on: true, perMinute: 0.4 })
  await pass(4 * HOUR)
  const calmUntil = clock.now().getTime()
  // The tunnel is down for an hour.
  emi.facts.tunnelUp = false
  emi.catchUp.look()
  await pass(HOUR)
  emi.facts.tunnelUp = true
  emi.catchUp.look()
  await pass(2 * HOUR)
  // It flaps: too shortly for a gap, so what is posted meanwhile comes with Graph's own next attempts.
  for (let round = 0; round < 20; round += 1) {
    emi.facts.tunnelUp = round % 2 === 1
    emi.catchUp.look()
    await pass(30 * SECOND)
  }
  // The computer sleeps for two hours; Microsoft posts to nobody meanwhile.
  emi.facts.tunnelUp = false
  tenant.control.setFault('notifications-stop', true)
  await pass(2 * HOUR)
  tenant.control.setFault('notifications-stop', false)
  emi.facts.tunnelUp = true
  emi.catchUp.look()
  await pass(2 * HOUR)
  // Graph itself is away for an hour.
  tenant.control.setFault('graph-unavailable', true)
  await pass(HOUR)
  tenant.control.setFault('graph-unavailable', false)
  await pass(2 * HOUR - 20 * SECOND)
  const removed = emi.subscriptions.list.find(({ key }) => key === 'channel-messages')
  await tenant.control.removeSubscription(removed?.subscriptionId ?? '')
  await pass(2 * HOUR)
  await emi.stop()
  await pass(HOUR)
  emi = await start()
  await pass(6 * HOUR)
  tenant.control.setTraffic({ on: false, perMinute: 1 })
  await pass(HOUR)
  const gaps = emi.catchUp.state().entries
  await emi.stop()

  // What there is in the end, against what was handed on.
  const events = handOn.lines.map((line) => JSON.parse(line) as HandedOn)
  const told = Map.groupBy(events, ({ data }) => data.resource)
  const versions = await finalVersions(tenant, app)
  const missing = versions.filter(({ resource, modifiedAt }) => {
    const since = told.get(resource) ?? []
    return (
      modifiedAt >= begun && !since.some(({ data }) => Date.parse(data.receivedAt) >= modifiedAt)
    )
  })
  expect(missing).toEqual([])
  expect(versions.some(({ resource }) => resource.includes('/replies('))).toBe(true)
  expect(new Set(versions.map(({ place }) => place)).size).toBeGreaterThan(3)

  // In order: in each chat and channel as it was stored, which for what came at once is as it happened.
  const stored = Map.groupBy(
    database.deliveries.filter((one) => one.kind === 'changeNotification'),
    ({ resource }) => placeOf(resource),
  )
  for (const [place, handedOn] of Map.groupBy(events, ({ data }) => placeOf(data.resource))) {
    const expected = stored.get(place)?.map(({ resource, changeType }) => [resource, changeType])
    expect(handedOn.map(({ data }) => [data.resource, data.changeType])).toEqual(expected)
    // The id of a message is the moment at which it was written.
    const live = handedOn
      .filter(({ data }) => data.changeType === 'created' && data.messageId !== null)
      .map(({ data }) => ({ at: Number(data.messageId), receivedAt: Date.parse(data.receivedAt) }))
      .filter(({ at, receivedAt }) => receivedAt - at < AT_ONCE)
      .map(({ at }) => at)
    expect(live.length).toBeGreaterThan(0)
    expect(live).toEqual(live.toSorted((x, y) => x - y))
  }
  // Of a message that nothing came between: first that it was written, last that it was deleted.
  for (const changes of told.values()) {
    if (changes.some(({ data }) => Date.parse(data.receivedAt) >= calmUntil)) continue
    const types = changes.map(({ data }) => data.changeType)
    expect(types.indexOf('created')).toBeLessThanOrEqual(0)
    if (types.includes('deleted')) expect(types.at(-1)).toBe('deleted')
  }
  expect(events.length).toBeGreaterThan(300)
  expect(events.length).toBe(
    database.deliveries.filter((one) => one.kind === 'changeNotification').length,
  )
  const births = events
    .filter(({ data }) => data.changeType === 'created')
    .map(({ data }) => data.resource)
  expect(births.filter((one, index) => births.indexOf(one) !== index)).toEqual([])
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length)
  // The hourly look may find what was posted while the tunnel flapped before Graph's next attempt brings it.
  const outages = gaps.filter(({ reasons }) => reasons.join() !== 'silent')
  expect(gaps.every(({ phase }) => phase === 'done')).toBe(true)
  expect(outages.map(({ reasons, phase }) => [reasons.join(), phase])).toEqual([
    ['not-running', 'done'],
    ['subscription-removed', 'done'],
    ['tunnel', 'done'],
    ['tunnel', 'done'],
  ])
  expect(log.entries.some(({ message }) => message.includes('reauthorize'))).toBe(true)
}, 240_000)

/** With its body already here: reading it later would take real time that no clock knows of. */
async function fetchWhole(...input: Parameters<typeof fetch>): Promise<Response> {
  const response = await fetch(...input)
  const body = await response.arrayBuffer()
  const { status, statusText, headers } = response
  return new Response(body.byteLength > 0 ? body : null, { status, statusText, headers })
}

interface HandedOn {
  id: string
  data: { resource: string; changeType: string; receivedAt: string; messageId: string | null }
}

/** Every message of all chats and channels as Graph has it now. */
async function finalVersions(
  tenant: PracticeTenant,
  app: Parameters<typeof graphAsApp>[1],
): Promise<{ place: string; resource: string; modifiedAt: number }[]> {
  const graph = await graphAsApp(tenant, app)
  const versions: { place: string; resource: string; modifiedAt: number }[] = []
  const note = (place: string, resource: string, message: Record<string, unknown>): void => {
    if (message['messageType'] !== 'message') return
    const modifiedAt = Date.parse(text(message, 'lastModifiedDateTime'))
    versions.push({ place, resource, modifiedAt })
  }
  for (const { id, kind } of tenant.control.chats) {
    const isChannel = kind === 'channel'
    const place = isChannel ? `teams('${TEAM_ID}')/channels('${id}')` : `chats('${id}')`
    const path = isChannel ? `/teams/${TEAM_ID}/channels/${id}` : `/chats/${id}`
    // Replies come along with the changes only.
    const query = isChannel ? 'messages/delta?$top=50&$expand=replies' : 'messages?$top=50'
    for (let next: string | undefined = `${path}/${query}`; next;) {
      const { json } = await graph('GET', next)
      for (const message of list(json, 'value')) {
        const resource = `${place}/messages('${text(message, 'id')}')`
        note(place, resource, message)
        const replies = message['replies'] === undefined ? [] : list(message, 'replies')
        for (const reply of replies)
          note(place, `${resource}/replies('${text(reply, 'id')}')`, reply)
      }
      next = typeof json['@odata.nextLink'] === 'string' ? json['@odata.nextLink'] : undefined
    }
  }
  return versions
}
