// The order in which the app ends: before-quit, the windows, window-all-closed, will-quit, quit.
import { createEvent } from './event.ts'
import { appEvents } from './readiness.ts'

/** What quitting needs of a window. */
export interface ClosableWindow {
  /** Asks the window to close; false when a listener of its `close` event said no. */
  requestClose(): boolean
  destroy(): void
}

const windows = new Set<ClosableWindow>()
const endings: (() => Promise<void>)[] = []
let quitting = false
let ended = false

/** Something to close before the process ends; what was opened last is closed first. */
export function beforeExit(close: () => Promise<void>): void {
  endings.push(close)
}

export function windowOpened(window: ClosableWindow): void {
  windows.add(window)
}

/** Called when a window is gone; the last one raises window-all-closed, which quits when nobody listens. */
export function windowClosed(window: ClosableWindow): void {
  windows.delete(window)
  if (windows.size > 0 || ended) return
  if (quitting) finish()
  else if (appEvents.listenerCount('window-all-closed') > 0) appEvents.emit('window-all-closed')
  else quit()
}

/** `app.quit`: a listener of before-quit, of a window's close or of will-quit can stop it. */
export function quit(): void {
  if (ended || quitting) return
  const event = createEvent()
  appEvents.emit('before-quit', event)
  if (event.defaultPrevented) return
  quitting = true
  if (windows.size === 0) {
    finish()
    return
  }
  for (const window of [...windows]) {
    if (!window.requestClose()) {
      quitting = false
      return
    }
  }
}

/** `app.exit`: nobody is asked. */
export function exit(code: number): void {
  if (ended) return
  ended = true
  for (const window of [...windows]) window.destroy()
  appEvents.emit('quit', {}, code)
  void end(code)
}

function finish(): void {
  const event = createEvent()
  appEvents.emit('will-quit', event)
  if (event.defaultPrevented) {
    quitting = false
    return
  }
  exit(0)
}

async function end(code: number): Promise<void> {
  const patience = setTimeout(() => process.exit(code), 3000)
  for (const close of endings.toReversed()) await close().catch(() => undefined)
  clearTimeout(patience)
  process.exit(code)
}
