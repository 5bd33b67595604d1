import { expect, it } from 'vitest'
import type { TunnelPhase } from '../../../main/contract/models/tunnel.ts'
import { probeHolds } from '../../../renderer/state/probe-holds.ts'
import { nothingYet } from '../../fakes/nothing-yet.ts'

const { webhook, tunnel } = nothingYet()
const at = (running: boolean, phase: TunnelPhase) => ({
  webhook: { ...webhook, running },
  tunnel: { ...tunnel, phase },
})

it('shows no earlier proof while the webhook or its tunnel is down', () => {
  expect(probeHolds({ ok: true }, at(true, 'up'))).toBe(true)
  expect(probeHolds({ ok: true }, at(false, 'up'))).toBe(false)
  expect(probeHolds({ ok: true }, at(true, 'failed'))).toBe(false)
  expect(probeHolds({ ok: true }, at(true, 'connecting'))).toBe(false)
})

it('shows what a failed test found for as long as the webhook runs', () => {
  expect(probeHolds({ ok: false }, at(true, 'failed'))).toBe(true)
  expect(probeHolds({ ok: false }, at(false, 'failed'))).toBe(false)
})
