import { expect, it } from 'vitest'
import { adviseTunnel } from '../../../renderer/state/tunnel-advice.ts'

it('recommends own servers first, and names who can read along', () => {
  const rest = { outside: 'yes', purpose: 'trial' } as const
  expect(adviseTunnel({ own: 'proxy', ...rest })).toEqual({
    provider: 'static',
    readers: 'nobody-else',
  })
  expect(adviseTunnel({ own: 'ssh', ...rest })).toEqual({ provider: 'ssh', readers: 'gateway' })
})

it('recommends a service that cannot read along where nobody else may', () => {
  for (const purpose of ['stay', 'trial'] as const) {
    expect(adviseTunnel({ own: 'nothing', outside: 'no', purpose }).readers).toBe('nobody-else')
  }
})

it('recommends something with a fixed address to stay, and something without an account to try', () => {
  const advise = (purpose: 'stay' | 'trial') =>
    adviseTunnel({ own: 'nothing', outside: 'yes', purpose })
  expect(advise('stay').profile).toBe('cloudflared')
  expect(advise('trial').provider).toBe('hosted-ssh')
  expect(advise('stay').readers).toBe('service')
})

it('recommends Microsoft’s own tunnel where only Microsoft may read along, but not to stay', () => {
  const advise = (purpose: 'stay' | 'trial') =>
    adviseTunnel({ own: 'nothing', outside: 'microsoft', purpose })
  expect(advise('trial')).toEqual({ provider: 'devtunnels', readers: 'microsoft' })
  expect(advise('stay').readers).toBe('nobody-else')
})
