// What the log says about sleep, lock, network and clock.
import type { MachineSignal } from './ports/machine.ts'

const texts: Record<MachineSignal, string> = {
  suspend: 'The computer goes to sleep.',
  resume: 'The computer woke up. Connections are made anew.',
  lock: 'The screen was locked.',
  unlock: 'The screen was unlocked.',
  'network-changed': 'The network of this computer changed. Connections are tested.',
  'clock-changed': 'The clock of this computer was set back. Connections are made anew.',
}

/** One line for the log. */
export function machineText(signal: MachineSignal): string {
  return texts[signal]
}
