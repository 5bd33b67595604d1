// Small parts of the desktop: shell, clipboard, screen, power and crash reports; recorded or steady.
import { EventEmitter } from 'node:events'
import type {
  Clipboard,
  CrashReporter,
  Display,
  PowerMonitor,
  PowerSaveBlocker,
  Screen,
  Shell,
} from 'electron'
import { needReady } from './readiness.ts'
import { double } from './records.ts'
import { strict } from './strict.ts'

export const shell = strict('shell', {
  openExternal(url) {
    if (!URL.canParse(url)) return Promise.reject(new Error('Invalid URL'))
    double.opened.push(url)
    return Promise.resolve()
  },
  openPath(path) {
    double.opened.push(path)
    return Promise.resolve('')
  },
  showItemInFolder(path) {
    double.opened.push(path)
  },
  beep() {
    // Nobody hears it.
  },
} satisfies Partial<Shell>)

// Asynchronous since Electron 44. https://www.electronjs.org/docs/latest/breaking-changes
export const clipboard = strict('clipboard', {
  readText: () => Promise.resolve(double.clipboardText),
  writeText(text) {
    double.clipboardText = text
    return Promise.resolve()
  },
  has: (type) => Promise.resolve(type === 'text/plain' && double.clipboardText !== ''),
  clear() {
    double.clipboardText = ''
  },
} satisfies Partial<Clipboard>)

const bounds = { x: 0, y: 0, width: 1280, height: 800 }
const display: Display = {
  id: 1,
  label: 'Test double',
  bounds,
  workArea: bounds,
  size: { width: bounds.width, height: bounds.height },
  workAreaSize: { width: bounds.width, height: bounds.height },
  nativeOrigin: { x: 0, y: 0 },
  maximumCursorSize: { width: 24, height: 24 },
  scaleFactor: 1,
  rotation: 0,
  colorDepth: 24,
  depthPerComponent: 8,
  colorSpace: 'srgb',
  displayFrequency: 60,
  detected: true,
  internal: false,
  monochrome: false,
  accelerometerSupport: 'unknown',
  touchSupport: 'unavailable',
}

function onScreen<T>(value: T): () => T {
  return () => {
    needReady("The 'screen' module can't be used before the app 'ready' event")
    return value
  }
}

export const screen = strict(
  'screen',
  Object.assign(new EventEmitter(), {
    getPrimaryDisplay: onScreen(display),
    getAllDisplays: onScreen([display]),
    getDisplayNearestPoint: onScreen(display),
    getDisplayMatching: onScreen(display),
    getCursorScreenPoint: onScreen({ x: 0, y: 0 }),
  } satisfies Partial<Screen>),
)

export const powerMonitor = strict(
  'powerMonitor',
  Object.assign(new EventEmitter(), {
    getSystemIdleState: () => 'active' as const,
    getSystemIdleTime: () => 0,
    getCurrentThermalState: () => 'unknown' as const,
    isOnBatteryPower: () => false,
    onBatteryPower: false,
  } satisfies Partial<PowerMonitor>),
)

const blockers = new Set<number>()
let nextBlocker = 0

export const powerSaveBlocker = strict('powerSaveBlocker', {
  start() {
    blockers.add(nextBlocker)
    return nextBlocker++
  },
  stop: (id) => blockers.delete(id),
  isStarted: (id) => blockers.has(id),
} satisfies PowerSaveBlocker)

const crashParameters: Record<string, string> = {}

export const crashReporter = strict('crashReporter', {
  start(options) {
    double.crashReporter = options
  },
  getUploadToServer: () => false,
  setUploadToServer() {
    // Nothing is ever sent.
  },
  addExtraParameter(key, value) {
    crashParameters[key] = value
  },
  removeExtraParameter(key) {
    Reflect.deleteProperty(crashParameters, key)
  },
  getParameters: () => ({ ...crashParameters }),
  getLastCrashReport: () => null,
  getUploadedReports: () => [],
} satisfies CrashReporter)
