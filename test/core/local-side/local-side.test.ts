// The local side: off by default, apart from the webhook, with pictures for who holds an address, and nothing else.
import { describe, expect, it } from 'vitest'
import { ContentUrls } from '../../../main/core/content/content-urls.ts'
import { LocalSide } from '../../../main/core/local-side/local-side.ts'
import type { ListenPlace, ReceivedRequest } from '../../../main/core/ports/http-server.ts'
import { AppError } from '../../../main/core/app-error.ts'
import { defaultSettings } from '../../../main/core/settings.ts'
import type { ConnectionSettings } from '../../../main/contract/models/settings.ts'
import { drawPng } from '../../../main/practice/png.ts'
import { FakeClock } from '../../fakes/fake-clock.ts'
import { memoryLog, MemorySecrets, seededRandom } from '../../fakes/memory-ports.ts'

type Handler = (request: ReceivedRequest) => Promise<Response>

const PHOTO = '/users/c41f7d68-0e9b-4a37-b6d2-93e5f1a80b03/photo/$value'

function rig(change: Partial<ConnectionSettings> = {}) {
  const clock = new FakeClock()
  const log = memoryLog(clock)
  const settings: ConnectionSettings = { ...defaultSettings.connections.microsoft, ...change }
  const places: ListenPlace[] = []
  const open = new Map<string, Handler>()
  const results: string[] = []
  const random = seededRandom()
  const world = {
    picture: (path: string): Promise<{ bytes: Uint8Array<ArrayBuffer>; type: string } | null> =>
      Promise.resolve(
        path === PHOTO ? { bytes: Uint8Array.from(drawPng(1, 8)), type: 'image/png' } : null,
      ),
    taken: null as AppError | null,
  }
  const side: LocalSide = new LocalSide({
    httpServer: {
      listen: ({ handler, ...place }) => {
        if (world.taken) return Promise.reject(world.taken)
        places.push(place)
        open.set(place.host, handler)
        return Promise.resolve({
          host: place.host,
          port: place.port,
          close: () => {
            open.delete(place.host)
            return Promise.resolve()
          },
        })
      },
    },
    settings: () => settings,
    ...{ clock, random, log },
    open: (url) => urls.open(url),
    picture: (path) => world.picture(path),
    metrics: () => Promise.resolve({ text: '# EOF\n', type: 'application/openmetrics-text' }),
    onPicture: (result) => results.push(result),
    onChange: () => undefined,
  })
  const urls = new ContentUrls({
    secrets: new MemorySecrets(),
    ...{ clock, random },
    baseUrl: () => side.baseUrl(),
  })
  const ask = async (path: string, method = 'GET', host = '127.0.0.1:8740') => {
    const [handler] = open.values()
    if (!handler) throw new Error('Nobody listens.')
    const url = `http://localhost${path.replace(/^https?:\/\/[^/]+/, '')}`
    const headers = { get: (name: string) => (name === 'host' ? host : null) }
    return handler({ method, url, headers, bytes: new Uint8Array() })
  }
  const update = async (next: Partial<ConnectionSettings>) => {
    Object.assign(settings, next)
    await side.noteSettings()
  }
  return { side, urls, clock, log, places, open, results, world, ask, update }
}

describe('the local side', () => {
  it('listens nowhere until it is switched on, and stops when it is switched off', async () => {
    const { side, open, places, update } = rig()
    await side.start()
    expect(open.size).toBe(0)
    expect(side.baseUrl()).toBeNull()
    await update({ contentEndpoint: true })
    expect(places).toMatchObject([{ host: '127.0.0.1', port: 8740 }])
    expect(side.state()).toMatchObject({ address: 'http://127.0.0.1:8740', error: null })
    await update({ contentEndpoint: false })
    expect(open.size).toBe(0)
    expect(side.state().address).toBeNull()
  })

  it('listens on an address of the network where a person chose one, and tells the address that they gave', async () => {
    const { side, places, update } = rig({ contentEndpoint: true, localSideHost: '10.0.0.5' })
    await side.start()
    expect(places).toMatchObject([{ host: '10.0.0.5' }])
    expect(side.baseUrl()).toBe('http://10.0.0.5:8740')
    await update({ localSideUrl: 'https://emi.acme.example/teams/' })
    expect(side.baseUrl()).toBe('https://emi.acme.example/teams')
    await update({ localSideUrl: '', localSideHost: '::1' })
    expect(side.baseUrl()).toBe('http://[::1]:8740')
  })

  it('gives a picture to who holds its address, so that it can do nothing', async () => {
    const { side, urls, ask, results } = rig({ contentEndpoint: true })
    await side.start()
    const url = (await urls.urlFor('photo', PHOTO)) ?? ''
    const answer = await ask(url)
    expect(answer.status).toBe(200)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'image/png',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'no-store',
    })
    expect((await answer.arrayBuffer()).byteLength).toBe(drawPng(1, 8).length)
    expect((await ask(url, 'HEAD')).body).toBeNull()
    expect(results).toEqual(['sent', 'sent'])
  })

  it('says nothing to everybody else, and the same whatever they try', async () => {
    const { side, urls, clock, ask, results } = rig({ contentEndpoint: true })
    await side.start()
    const url = (await urls.urlFor('photo', PHOTO)) ?? ''
    const gone = (await urls.urlFor('photo', '/users/nobody/photo/$value')) ?? ''
    const tries = ['/', '/content/', '/metrics', '/content/photo/abc', `${url}x`, gone, '/emi/v1/x']
    const answers = await Promise.all([...tries.map((path) => ask(path)), ask(url, 'POST')])
    await clock.advance(5 * 60 * 60 * 1_000)
    answers.push(await ask(url))
    const told = await Promise.all(
      answers.map(async (answer) => [answer.status, [...answer.headers], await answer.text()]),
    )
    expect(new Set(told.map((one) => JSON.stringify(one))).size).toBe(1)
    expect(told[0]).toMatchObject([404, expect.anything(), ''])
    expect(results).toContain('none')
    expect(results.filter((one) => one === 'refused').length).toBeGreaterThan(2)
  })

  it('asks to come again where Microsoft cannot be reached, without telling why', async () => {
    const { side, urls, world, ask, log } = rig({ contentEndpoint: true })
    await side.start()
    const url = (await urls.urlFor('photo', PHOTO)) ?? ''
    world.picture = () =>
      Promise.reject(new AppError('graph-unavailable', { message: 'Secret.', nextStep: 'None.' }))
    const answer = await ask(url)
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
    expect(await answer.text()).toBe('')
    expect(JSON.stringify(log.entries)).not.toMatch(/signature|Secret\./)
  })

  it('tells metrics only where they are switched on', async () => {
    const { side, ask, update } = rig({ metricsEndpoint: true })
    await side.start()
    const answer = await ask('/metrics')
    expect(answer.headers.get('content-type')).toContain('openmetrics-text')
    expect(await answer.text()).toBe('# EOF\n')
    expect(side.baseUrl()).toBeNull()
    await update({ metricsEndpoint: false, contentEndpoint: true })
    expect((await ask('/metrics')).status).toBe(404)
  })

  it('tells metrics under its own names only, and pictures under any', async () => {
    const { side, urls, ask, update } = rig({ metricsEndpoint: true, contentEndpoint: true })
    await side.start()
    const status = async (host: string) => (await ask('/metrics', 'GET', host)).status
    for (const host of [
      'localhost:8740',
      'LOCALHOST',
      '127.0.0.1',
      '[::1]:8740',
      '10.0.0.5:8740',
    ]) {
      expect(await status(host), host).toBe(200)
    }
    const foreign = [
      'rebound.example:8740',
      '127.0.0.1.rebound.example',
      'localhost.rebound.example',
    ]
    for (const host of [...foreign, 'x@127.0.0.1', '']) expect(await status(host), host).toBe(421)
    const refused = await ask('/metrics', 'GET', 'emi.acme.example')
    expect(await refused.text()).toContain('Settings')
    await update({ localSideUrl: 'https://EMI.acme.example/teams/' })
    expect(await status('emi.acme.example:8740')).toBe(200)
    expect(await status('rebound.example')).toBe(421)
    const url = (await urls.urlFor('photo', PHOTO)) ?? ''
    const path = url.replace('https://EMI.acme.example/teams', '')
    expect((await ask(path, 'GET', 'behind-a-proxy')).status).toBe(200)
  })

  it('shows why it cannot listen, and listens once another port is chosen', async () => {
    const { side, world, update } = rig({ contentEndpoint: true })
    world.taken = new AppError('port-in-use', { message: 'Taken.', nextStep: 'Another.' })
    await side.start()
    expect(side.state()).toMatchObject({ address: null, error: { code: 'port-in-use' } })
    world.taken = null
    await update({ localSidePort: 8750 })
    expect(side.state()).toMatchObject({ address: 'http://127.0.0.1:8750', error: null })
    await side.stop()
    expect(side.state().address).toBeNull()
  })
})
