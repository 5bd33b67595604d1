// What the computer does around the app: sleep and lock as Electron tells them, network and clock as they are seen.
import type { PowerMonitor } from 'electron'
import type { MachineSignal } from '../core/ports/machine.ts'
import { machineAddresses, watchMachine } from '../node/machine-watch.ts'
import { systemClock } from '../node/system-clock.ts'

/** Tells of each change. Returns a function that ends it. */
export function followMachine(
  powerMonitor: PowerMonitor,
  note: (signal: MachineSignal) => void,
): () => void {
  const watch = watchMachine({
    clock: systemClock,
    steadyMs: () => performance.now(),
    addresses: machineAddresses,
    note,
  })
  powerMonitor.on('suspend', () => note('suspend'))
  powerMonitor.on('resume', () => {
    watch.forgive()
    note('resume')
  })
  powerMonitor.on('lock-screen', () => note('lock'))
  powerMonitor.on('unlock-screen', () => note('unlock'))
  return () => {
    watch.stop()
    powerMonitor.removeAllListeners()
  }
}
