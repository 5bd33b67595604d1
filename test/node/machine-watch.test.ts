import { afterEach, expect, test } from 'vitest'
import type { MachineSignal } from '../../main/core/ports/machine.ts'
import { machineAddresses, watchMachine, type MachineWatch } from '../../main/node/machine-watch.ts'
import { FakeClock } from '../fakes/fake-clock.ts'

let watch: MachineWatch | undefined
afterEach(() => watch?.stop())

/** A computer whose wall clock is the fake clock plus what was set, and whose steady clock may stand still. */
function machine() {
  const clock = new FakeClock()
  const startMs = clock.now().getTime()
  const state = { setMs: 0, asleepMs: 0, addresses: ['eth0 192.168.1.20'] }
  const heard: MachineSignal[] = []
  watch = watchMachine({
    clock: {
      now: () => new Date(clock.now().getTime() + state.setMs + state.asleepMs),
      after: (ms, callback) => clock.after(ms, callback),
    },
    steadyMs: () => clock.now().getTime() - startMs,
    addresses: () => [...state.addresses],
    note: (signal) => heard.push(signal),
  })
  return { clock, state, heard }
}

test('nothing is told while nothing happens, also where timers come a little late', async () => {
  const { clock, state, heard } = machine()
  await clock.advance(60_000)
  state.setMs += 900
  await clock.advance(60_000)
  expect(heard).toEqual([])
})

test('a sleep that stopped the steady clock is told once, when it is over', async () => {
  const { clock, state, heard } = machine()
  state.asleepMs = 3_600_000
  await clock.advance(60_000)
  expect(heard).toEqual(['resume'])
})

test('a clock that is set back is told', async () => {
  const { clock, state, heard } = machine()
  state.setMs = -600_000
  await clock.advance(60_000)
  expect(heard).toEqual(['clock-changed'])
})

test('another network is told, in whatever order its addresses are named', async () => {
  const { clock, state, heard } = machine()
  state.addresses = ['tun0 10.8.0.2', 'eth0 192.168.1.20']
  await clock.advance(10_000)
  expect(heard).toEqual(['network-changed'])
  state.addresses.reverse()
  await clock.advance(20_000)
  expect(heard).toEqual(['network-changed'])
})

test('a sleep that the system told of is not told again, but the network after it is', async () => {
  const { clock, state, heard } = machine()
  state.asleepMs = 3_600_000
  state.addresses = ['wlan0 10.0.0.7']
  watch?.forgive()
  await clock.advance(20_000)
  expect(heard).toEqual(['network-changed'])
})

test('after stop nothing is left running', async () => {
  const { clock } = machine()
  await clock.advance(10_000)
  watch?.stop()
  expect(clock.pending).toBe(0)
})

test('this computer has addresses in a stable form, without loopback', () => {
  expect(machineAddresses().join()).not.toContain('127.0.0.1')
  expect(machineAddresses()).toEqual(machineAddresses())
})
