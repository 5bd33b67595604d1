// Which desktop the double plays: this computer's own, or Windows or macOS as far as Electron itself differs there.
import { tmpdir } from 'node:os'

/** What a test asks for, through `launch({ play })`. Paths, sockets and programs stay those of this computer. */
export interface Play {
  platform?: 'win32' | 'darwin' | 'linux'
  /** macOS started the app with the session, so `wasOpenedAtLogin` is true. */
  openedAtLogin?: boolean
}

/** Name of the variable that carries it to the process of the app. */
export const PLAY_VARIABLE = 'ELECTRON_DOUBLE_PLAY'

const asked = JSON.parse(process.env[PLAY_VARIABLE] ?? '{}') as Play

/** What is played. */
export const play = {
  platform: asked.platform ?? process.platform,
  openedAtLogin: asked.openedAtLogin ?? false,
}

/** Puts the played platform where programs look for it; to be done before any of them is loaded. */
export function playPlatform(): void {
  // Windows always names the folder, and Node looks for it there then.
  if (play.platform === 'win32') process.env.TEMP ??= tmpdir()
  Object.defineProperty(process, 'platform', { ...platformProperty, value: play.platform })
}

const platformProperty = Object.getOwnPropertyDescriptor(process, 'platform')
const realPlatform = process.platform

/** Playwright drives a Chromium of this computer, so it has to see the real platform: this goes before its code. */
export const realProcess = `const process = new Proxy(globalThis.process, {
  get: (target, name) => {
    if (name === 'platform') return ${JSON.stringify(realPlatform)}
    const value = Reflect.get(target, name)
    return typeof value === 'function' ? value.bind(target) : value
  },
});`
