// `nativeTheme`: the app's choice and the desktop's, which a test sets in the records.
import { EventEmitter } from 'node:events'
import type { NativeTheme } from 'electron'
import { double } from './records.ts'
import { strict } from './strict.ts'

let source: NativeTheme['themeSource'] = 'system'
const events = new EventEmitter()

const isDark = (): boolean => (source === 'system' ? double.systemPrefersDark : source === 'dark')

const members = {
  get themeSource(): NativeTheme['themeSource'] {
    return source
  },
  set themeSource(value) {
    source = value
    events.emit('updated')
  },
  get shouldUseDarkColors() {
    return isDark()
  },
  get shouldUseDarkColorsForSystemIntegratedUI() {
    return double.systemPrefersDark
  },
  shouldUseHighContrastColors: false,
  shouldUseInvertedColorScheme: false,
  shouldDifferentiateWithoutColor: false,
  prefersReducedTransparency: false,
  inForcedColorsMode: false,
} satisfies Partial<NativeTheme>

export const nativeTheme = strict(
  'nativeTheme',
  Object.defineProperties(events, Object.getOwnPropertyDescriptors(members)) as EventEmitter &
    typeof members,
)

/** What pages are told to prefer; null leaves it to Chromium. */
export function colorScheme(): 'dark' | 'light' | null {
  if (source !== 'system') return source
  return double.systemPrefersDark ? 'dark' : null
}
