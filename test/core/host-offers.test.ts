// What only some hosts offer, and what the others say instead.
import { expect, it } from 'vitest'
import { HostOffers, type HostOffersDeps } from '../../main/core/host-offers.ts'
import { LogBook } from '../../main/core/log.ts'
import { FakeClock } from '../fakes/fake-clock.ts'
import { seededRandom } from '../fakes/memory-ports.ts'

function offersOf(host: Partial<HostOffersDeps['platform']>) {
  const clock = new FakeClock()
  const nothing = { loginItem: null, updater: null, copyText: null, saveDiagnostics: null }
  return new HostOffers({
    platform: { ...nothing, clock, random: seededRandom(), ...host },
    log: new LogBook({ clock, sink: () => undefined }),
    updateRoute: () => {
      throw new Error('No new versions are asked for here.')
    },
    onChange: () => undefined,
  })
}

it('takes a copied secret off the clipboard again, and leaves everything else there', async () => {
  const copied: [string, number | null][] = []
  const offers = offersOf({
    copyText: (text, clearAfterMs) => Promise.resolve(void copied.push([text, clearAfterMs])),
  })
  const secret = await offers.copy(() => Promise.resolve('a secret'), { isSecret: true })
  const tenantId = await offers.copy(() => Promise.resolve('a tenant id'), { isSecret: false })
  expect(copied).toEqual([
    ['a secret', 30_000],
    ['a tenant id', null],
  ])
  expect([secret.clearsInSeconds, tenantId.clearsInSeconds]).toEqual([30, null])
})

it('shows whether the system starts the app at login, and keeps what was shown when that cannot be read', async () => {
  let isOn: () => Promise<boolean> = () => Promise.resolve(false)
  const offers = offersOf({
    loginItem: {
      isOn: () => isOn(),
      set: (on) => Promise.resolve(void (isOn = () => Promise.resolve(on))),
    },
  })
  await offers.readLoginItem()
  expect(offers.state().startsAtLogin).toBe(false)
  await offers.startAtLogin(true)
  expect(offers.state().startsAtLogin).toBe(true)
  isOn = () => Promise.reject(new Error('The system does not say.'))
  await offers.readLoginItem()
  expect(offers.state().startsAtLogin).toBe(true)
})

it('says what to do instead where the host offers nothing of it, without reading a secret', async () => {
  const offers = offersOf({})
  await offers.readLoginItem()
  expect(offers.state()).toEqual({ startsAtLogin: null, update: null })
  let wasRead = false
  const readSecret = () => {
    wasRead = true
    return Promise.resolve('a secret')
  }
  const none = { code: 'not-found', nextStep: expect.stringMatching(/\.$/) as string }
  await expect(offers.copy(readSecret, { isSecret: true })).rejects.toMatchObject(none)
  await expect(offers.startAtLogin(true)).rejects.toMatchObject(none)
  await expect(offers.saveDiagnostics()).rejects.toMatchObject(none)
  expect(() => offers.updates).toThrow(expect.objectContaining(none) as Error)
  expect(wasRead).toBe(false)
})
