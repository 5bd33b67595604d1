// Subscriptions whose notifications bring the content along.
import { expect, test } from 'vitest'
import { subscribedCertificateIds } from '../../../main/core/subscription/records.ts'
import { HOUR, makeRunning, makeWorld, PUBLIC_URL } from './fixtures.ts'
import { FakeGraphError, type MemoryGraph } from './memory-graph.ts'

const RESOURCES = ['/chats', '/chats/getAllMessages', '/teams/getAllMessages']

/** What Graph keeps about content, by resource. */
function contentOf({ graph }: { graph: MemoryGraph }) {
  return [...graph.subscriptions.values()].map(
    ({ resource, includeResourceData, encryptionCertificate, encryptionCertificateId }) => ({
      resource,
      includeResourceData,
      encryptionCertificate,
      encryptionCertificateId,
    }),
  )
}

async function makeRich() {
  const world = makeWorld()
  world.settings.richNotifications = true
  const app = world.start()
  app.subscriptions.setPublicUrl(PUBLIC_URL)
  app.subscriptions.start()
  await world.clock.advance(0)
  return { ...world, ...app }
}

test('asks for no content unless it is wanted', async () => {
  const world = await makeRunning()
  expect(contentOf(world).map(({ includeResourceData }) => includeResourceData)).toEqual([
    undefined,
    undefined,
    undefined,
  ])
})

test('asks for content with the certificate and its id, for chats and messages alike', async () => {
  const world = await makeRich()
  expect(world.statuses()).toEqual(['active', 'active', 'active'])
  expect(contentOf(world)).toEqual(
    RESOURCES.map((resource) => ({
      resource,
      includeResourceData: true,
      encryptionCertificate: 'Y2VydGlmaWNhdGU=',
      encryptionCertificateId: 'emi-1',
    })),
  )
})

test('switching on and off makes each of them anew, once', async () => {
  const world = await makeRunning()
  for (const isOn of [true, false]) {
    world.settings.richNotifications = isOn
    world.graph.requests.length = 0
    await world.subscriptions.ensure()
    expect(contentOf(world).map((one) => one.includeResourceData ?? false)).toEqual([
      isOn,
      isOn,
      isOn,
    ])
    expect(world.statuses()).toEqual(['active', 'active', 'active'])
    expect(world.graph.count('DELETE')).toBe(3)
    expect(world.graph.count('POST')).toBe(3)
  }
  world.graph.requests.length = 0
  await world.subscriptions.ensure()
  expect(world.graph.requests.map(({ verb }) => verb)).toEqual(['GET'])
})

test('without a certificate nothing that lives is deleted, and the reason shows', async () => {
  const world = await makeRunning()
  world.settings.richNotifications = true
  Object.defineProperty(world.certificate, 'id', {
    enumerable: true,
    get: () => {
      throw new Error('the vault is locked')
    },
  })
  await world.subscriptions.ensure()
  expect(world.graph.count('DELETE')).toBe(0)
  expect(world.statuses()).toEqual(['active', 'active', 'active'])
  expect(world.one('chats').error).not.toBeNull()
})

test('a new certificate reaches Graph by a PATCH, in one pass, and stays', async () => {
  const world = await makeRich()
  world.certificate.id = 'emi-2'
  world.certificate.base64 = 'bmV3'
  world.graph.requests.length = 0
  await world.clock.advance(HOUR)
  expect(world.graph.count('PATCH')).toBe(3)
  expect(world.graph.count('DELETE') + world.graph.count('POST')).toBe(0)
  for (const one of contentOf(world)) {
    expect(one).toMatchObject({
      encryptionCertificateId: 'emi-2',
      encryptionCertificate: 'bmV3',
    })
  }
  const sent = world.graph.requests.filter(({ verb }) => verb === 'PATCH').map(({ body }) => body)
  expect(sent[0]).not.toHaveProperty('includeResourceData')
})

test('a renewal without a new certificate sends none', async () => {
  const world = await makeRich()
  world.graph.requests.length = 0
  await world.clock.advance(48 * HOUR)
  const patches = world.graph.requests.filter(({ verb }) => verb === 'PATCH')
  expect(patches.length).toBeGreaterThanOrEqual(3)
  for (const { body } of patches)
    expect(Object.keys(body as object)).toEqual(['expirationDateTime'])
})

test('knows after a restart what each was made with', async () => {
  const world = await makeRich()
  await world.subscriptions.stop()
  world.graph.requests.length = 0
  const next = world.start()
  next.subscriptions.setPublicUrl(PUBLIC_URL)
  next.subscriptions.start()
  await world.clock.advance(0)
  expect(next.statuses()).toEqual(['active', 'active', 'active'])
  expect(world.graph.requests.every(({ verb }) => verb === 'GET')).toBe(true)
})

test('what Microsoft has against the certificate is said in words', async () => {
  const world = makeWorld()
  world.settings.richNotifications = true
  const app = world.start()
  world.graph.before = (verb) => {
    if (verb !== 'POST') return
    throw new FakeGraphError(
      400,
      'InvalidRequest',
      'encryptionCertificate must be an X.509 certificate.',
    )
  }
  app.subscriptions.setPublicUrl(PUBLIC_URL)
  app.subscriptions.start()
  await world.clock.advance(0)
  const { status, error } = app.one('chats')
  expect(status).toBe('failed')
  expect(error?.code).toBe('graph-rejected')
  expect(error?.nextStep).toContain('Settings')
})

test('recognises what Graph made without answering, with the certificate that it was made with', async () => {
  const world = makeWorld()
  world.settings.richNotifications = true
  const app = world.start()
  world.graph.after = (verb) => {
    if (verb === 'POST') throw new Error('the connection broke')
  }
  app.subscriptions.setPublicUrl(PUBLIC_URL)
  await app.subscriptions.ensure()
  await app.subscriptions.ensure()
  expect(app.statuses()).toEqual(['active', 'active', 'active'])
  await app.subscriptions.ensure()
  expect(world.graph.count('POST')).toBe(3)
  expect(world.graph.count('PATCH')).toBe(0)
  expect(await subscribedCertificateIds(world.database)).toEqual(['emi-1', 'emi-1', 'emi-1'])
})
