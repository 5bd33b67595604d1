// Signed addresses of pictures: who has one may see that picture for a while, and can make nothing else of it.
import { describe, expect, it } from 'vitest'
import { ContentUrls, URL_LIFE_MS } from '../../../main/core/content/content-urls.ts'
import { FakeClock } from '../../fakes/fake-clock.ts'
import { MemorySecrets, seededRandom } from '../../fakes/memory-ports.ts'

const PATH = '/chats/19%3Aa%40thread.v2/messages/1/hostedContents/x/$value'

function rig({ secrets = new MemorySecrets(), clock = new FakeClock(), seed = 1 } = {}) {
  let base: string | null = 'http://10.0.0.5:8740'
  const urls = new ContentUrls({ secrets, clock, random: seededRandom(seed), baseUrl: () => base })
  return { urls, secrets, clock, switchOff: () => (base = null) }
}

async function made(urls: ContentUrls, kind: 'image' | 'photo' = 'image'): Promise<URL> {
  return new URL((await urls.urlFor(kind, PATH)) ?? '')
}

describe('an address of a picture', () => {
  it('opens the picture that it was made for, until its time is over', async () => {
    const { urls, clock } = rig()
    const url = await made(urls)
    expect(url.href).toMatch(/^http:\/\/10\.0\.0\.5:8740\/content\/image\//)
    expect(await urls.open(url)).toEqual({ kind: 'image', path: PATH })
    await clock.advance(URL_LIFE_MS - 1_000)
    expect(await urls.open(url)).not.toBeNull()
    await clock.advance(1_000)
    expect(await urls.open(url)).toBeNull()
  })

  it('is worth nothing once any part of it was changed', async () => {
    const { urls } = rig()
    const url = await made(urls)
    const change = (edit: (url: URL) => void) => {
      const other = new URL(url)
      edit(other)
      return urls.open(other)
    }
    const later = String(Number(url.searchParams.get('expires')) + 60)
    const elsewhere = btoa('/users/somebody/photo/$value').replaceAll('=', '')
    const changes: ((url: URL) => void)[] = [
      (other) => other.searchParams.set('expires', later),
      (other) => other.searchParams.set('expires', ''),
      (other) => other.searchParams.delete('signature'),
      (other) => other.searchParams.set('signature', 'AAAA'),
      (other) => other.searchParams.set('signature', '%%%'),
      (other) => (other.pathname = other.pathname.replace('/image/', '/photo/')),
      (other) => (other.pathname = `/content/image/${elsewhere}`),
      (other) => (other.pathname = '/content/image/'),
      (other) => (other.pathname += '/more'),
    ]
    for (const edit of changes) expect(await change(edit)).toBeNull()
  })

  it('still opens after a restart, but not on another installation', async () => {
    const first = rig()
    const url = await made(first.urls)
    expect(await rig({ secrets: first.secrets, seed: 2 }).urls.open(url)).not.toBeNull()
    expect(await rig({ seed: 2 }).urls.open(url)).toBeNull()
  })

  it('is not made while the endpoint is off', async () => {
    const { urls, switchOff } = rig()
    switchOff()
    expect(await urls.urlFor('photo', PATH)).toBeNull()
  })
})
