// Whether the app is ready, and who may not be used before or after that moment.
import { EventEmitter } from 'node:events'

/** The events of `app`; apart from it so that windows can raise them. */
export const appEvents = new EventEmitter()

let ready = false

export function isReady(): boolean {
  return ready
}

/** Throws when something is used that Electron only gives after `ready`. */
export function needReady(message: string): void {
  if (!ready) throw new Error(message)
}

/** Throws when something is used that Electron only takes before `ready`. */
export function needNotReady(message: string): void {
  if (ready) throw new Error(message)
}

/** Makes the app ready; done once, when the entry module has been evaluated. */
export function becomeReady(): void {
  appEvents.emit('will-finish-launching')
  ready = true
  appEvents.emit('ready', {}, {})
}
