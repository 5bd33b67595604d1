// `autoUpdater`: as in Electron for Linux, where it is there and does nothing.
// https://github.com/electron/electron/blob/main/shell/browser/auto_updater.cc
import { EventEmitter } from 'node:events'
import type { AutoUpdater } from 'electron'
import { strict } from './strict.ts'

const nothing = () => undefined

const members = {
  getFeedURL: () => '',
  setFeedURL: nothing,
  checkForUpdates: nothing,
  quitAndInstall: nothing,
} satisfies Partial<AutoUpdater>

export const autoUpdater = strict('autoUpdater', Object.assign(new EventEmitter(), members))
