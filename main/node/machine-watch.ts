// Notices from outside that the computer slept, that its clock was set, or that its network became another one.
import { networkInterfaces } from 'node:os'
import type { Clock } from '../core/ports/clock.ts'
import type { MachineSignal } from '../core/ports/machine.ts'

/** Looking costs next to nothing, and what it finds is about to break a connection. */
const LOOK_EVERY_MS = 10_000
/** A busy computer runs timers late, and clocks are corrected by fractions of a second all the time. */
const JUMP_MS = 5_000
/** Containers and virtual machines come and go with interfaces of their own. */
const VIRTUAL = /^(?:veth|docker|br-|virbr|vmnet|vboxnet|cni|flannel|cali)/

export interface MachineWatchOptions {
  clock: Clock
  /** Milliseconds that no setting of the clock changes, such as performance.now(). */
  steadyMs: () => number
  /** The addresses of this computer, in any stable form. */
  addresses: () => string[]
  note: (signal: MachineSignal) => void
}

export interface MachineWatch {
  /** The system itself told of a sleep: what that did to the clock is no news. */
  forgive(): void
  stop(): void
}

/** Watches until stop(). Electron tells of sleep by itself; a service hears of it in no other way. */
export function watchMachine(options: MachineWatchOptions): MachineWatch {
  const { clock, steadyMs, note } = options
  const look = () => ({
    wallMs: clock.now().getTime(),
    steadyMs: steadyMs(),
    addresses: options.addresses().sort().join(' '),
  })
  let before = look()
  let cancel: () => void
  const again = () => {
    const now = look()
    const wallMs = now.wallMs - before.wallMs
    const aheadMs = wallMs - (now.steadyMs - before.steadyMs)
    // Some systems stop the steady clock in sleep, on others only the timer comes late.
    const slept = aheadMs > JUMP_MS || wallMs > LOOK_EVERY_MS + 3 * JUMP_MS
    const moved = now.addresses !== before.addresses
    before = now
    cancel = clock.after(LOOK_EVERY_MS, again)
    if (slept) note('resume')
    else if (aheadMs < -JUMP_MS) note('clock-changed')
    if (moved) note('network-changed')
  }
  cancel = clock.after(LOOK_EVERY_MS, again)
  return {
    forgive: () => {
      before = { ...look(), addresses: before.addresses }
    },
    stop: () => cancel(),
  }
}

/** The addresses by which others reach this computer; those of containers and of loopback say nothing about the network. */
export function machineAddresses(): string[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
    VIRTUAL.test(name)
      ? []
      : (addresses ?? [])
          .filter(({ internal, address }) => !internal && !address.startsWith('fe80:'))
          .map(({ address }) => `${name} ${address}`),
  )
}
