// A program for the Electron double that has only the tray and the alerts of this app, on states that a test sets.
import { join } from 'node:path'
import { app, BrowserWindow, Notification } from 'electron'
import type { AppState } from '../../main/contract/models/state.ts'
import type { Reply } from '../../main/contract/protocol.ts'
import { Alerts } from '../../main/core/alerts/alerts.ts'
import { createPopUps } from '../../main/electron/alerts.ts'
import { createTray } from '../../main/electron/tray.ts'
import { FakeClock } from '../fakes/fake-clock.ts'
import { nothingYet } from '../fakes/nothing-yet.ts'

/** What a test finds on globalThis of this program. */
export interface TrayProgram {
  /** Replaces parts of the state, and tells of it as the core does. */
  set(change: Partial<AppState>): void
  alerts: Alerts
  clock: FakeClock
  /** Pages that were opened; empty for the window as it was. */
  opened: string[]
  /** Calls that were made, and what the next ones are answered. */
  calls: { name: string; input: unknown }[]
  answer: Reply
}

void app.whenReady().then(start)

function start(): void {
  let state: AppState = { revision: 1, ...nothingYet() }
  const listeners = new Set<(state: AppState) => void>()
  const clock = new FakeClock()
  const opened: string[] = []
  const calls: { name: string; input: unknown }[] = []
  const popUps = createPopUps(Notification, {
    open: (page) => opened.push(page),
    isWatched: () => BrowserWindow.getFocusedWindow() !== null,
  })
  const alerts = new Alerts({ clock, popUps, state: () => state, onChange: () => undefined })
  const program: TrayProgram = {
    set: (change) => {
      state = { ...state, ...change, revision: state.revision + 1 }
      for (const listener of listeners) listener(state)
      alerts.note(state)
    },
    alerts,
    clock,
    opened,
    calls,
    answer: { ok: true, value: null },
  }
  createTray({
    app: {
      get state() {
        return state
      },
      onStateChanged: (listener) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      dispatch: (name, input) => {
        calls.push({ name, input })
        return Promise.resolve(program.answer)
      },
    },
    window: {
      show: (page = '') => {
        opened.push(page)
        return Promise.resolve()
      },
    },
    iconFolder: join(import.meta.dirname, '../../build/icons'),
    popUps,
  })
  Object.assign(globalThis, { program })
}
