// Which web preferences a window may ask of the double: those it can act out, nothing looser.
import type { WebPreferences } from 'electron'
import { notImplemented } from './strict.ts'

export interface CheckedPreferences {
  preload: string | undefined
  additionalArguments: string[]
}

/** The double isolates and sandboxes every page; asking for less cannot be shown here. */
const fixed: Partial<WebPreferences> = {
  sandbox: true,
  contextIsolation: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  allowRunningInsecureContent: false,
  experimentalFeatures: false,
  webviewTag: false,
  javascript: true,
  images: true,
}

const without = [
  'preload',
  'additionalArguments',
  'devTools',
  'spellcheck',
  'backgroundThrottling',
  'navigateOnDragDrop',
  'safeDialogs',
  'disableDialogs',
  'webgl',
  'plugins',
  'enableWebSQL',
  'defaultEncoding',
  'textAreasAreResizable',
  'autoplayPolicy',
  'v8CacheOptions',
]

/** Takes what matters; throws for what the double cannot act out. */
export function checkPreferences(preferences: WebPreferences = {}): CheckedPreferences {
  for (const [name, value] of Object.entries(preferences)) {
    if (value === undefined || without.includes(name)) continue
    if (!(name in fixed) || fixed[name as keyof WebPreferences] !== value) {
      notImplemented(`webPreferences.${name} = ${String(value)}`)
    }
  }
  const { preload, additionalArguments = [] } = preferences
  return { preload, additionalArguments }
}
