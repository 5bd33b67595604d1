// The process of Chromium: started as early as Electron's own is up, spoken with over a pipe, ended with the app.
import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import type { ConnectOverCDPTransport } from 'playwright-core'

export interface ChromiumProcess {
  /** How Playwright speaks with it; what Chromium says before anybody listens is kept. */
  transport: ConnectOverCDPTransport
  /** Where a second client, such as the driver, reaches it. */
  address: Promise<string>
  /** Rejects when Chromium ended by itself, with what it said. */
  failed: Promise<never>
  /** Asks it to end, which writes its profile, and waits until it has. */
  end(): Promise<void>
}

/** What Playwright gives a Chromium that it starts itself, as far as it concerns a page here, and what keeps Chromium quiet. */
const switches = [
  '--headless',
  '--hide-scrollbars',
  '--mute-audio',
  '--blink-settings=primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4',
  '--force-color-profile=srgb',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-default-apps',
  '--disable-background-networking',
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
  '--disable-back-forward-cache',
  '--disable-breakpad',
  '--disable-component-extensions-with-background-pages',
  '--disable-component-update',
  '--disable-dev-shm-usage',
  '--disable-extensions',
  '--disable-field-trial-config',
  '--disable-hang-monitor',
  '--disable-ipc-flooding-protection',
  '--disable-popup-blocking',
  '--disable-prompt-on-repost',
  '--disable-search-engine-choice-screen',
  '--disable-sync',
  '--allow-pre-commit-input',
  '--metrics-recording-only',
  '--password-store=basic',
  '--use-mock-keychain',
  // Where pages are let be that the specs look at: https stays as it was asked for, every paint is shown at once,
  // storage is kept, and nothing is asked of Google.
  `--disable-features=${[
    'AvoidUnnecessaryBeforeUnloadCheckSync',
    'DestroyProfileOnBrowserClose',
    'HttpsUpgrades',
    'HttpsFirstBalancedModeAutoEnable',
    'LensOverlay',
    'MediaRouter',
    'PaintHolding',
    'ThirdPartyStoragePartitioning',
    'AvoidCorsURLLoaderRestartOnRedirect',
    'OptimizationHints',
    'NetworkTimeServiceQuerying',
    'PreconnectToSearch',
  ].join(',')}`,
  '--enable-features=CDPScreenshotNewSurface',
]

/** Starts Chromium with a profile of its own. A pipe ties its life to this process, also when that is killed. */
export function startChromium(profile: string, extra: string[]): ChromiumProcess {
  const program = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const child = spawn(
    program,
    [
      ...switches,
      ...sandbox,
      ...extra,
      `--user-data-dir=${profile}`,
      '--remote-debugging-pipe',
      // It has no window of its own, so it does not end with the app's last one either.
      '--no-startup-window',
    ],
    { stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] },
  )
  const { address, said } = listenTo(child)
  let isEnding = false
  const exited = new Promise<void>((resolve) => {
    child.once('error', () => resolve())
    child.once('close', () => resolve())
  })
  const failed = exited.then(() => {
    if (isEnding) return new Promise<never>(() => undefined)
    throw new Error(`${program} ended by itself.\n${said()}`)
  })
  // Whoever opens a window hears of it.
  failed.catch(() => undefined)
  const transport = overPipe(child)
  return {
    transport,
    address,
    failed,
    async end() {
      isEnding = true
      transport.send({ id: LAST_ID, method: 'Browser.close' })
      await exited
    },
  }
}

/** No other message has it. */
const LAST_ID = 2_147_483_647

/** Messages are JSON, each with a zero byte behind it. */
function overPipe(child: ChildProcess): ConnectOverCDPTransport {
  const toChromium = child.stdio[3] as Writable
  const fromChromium = child.stdio[4] as Readable
  // A Chromium that has ended hears nothing more.
  toChromium.on('error', () => undefined)
  let begun: string[] = []
  const transport: ConnectOverCDPTransport = {
    send: (message) => void toChromium.write(`${JSON.stringify(message)}\0`),
    close: () => undefined,
  }
  fromChromium.setEncoding('utf8').on('data', (part: string) => {
    const [end = '', ...following] = part.split('\0')
    begun.push(end)
    for (const next of following) {
      const message = JSON.parse(begun.join('')) as { id?: number }
      begun = [next]
      // The answer to what Playwright did not ask.
      if (message.id === LAST_ID) continue
      // Each in a turn of its own, so that what awaits one has gone on before the next.
      setImmediate(() => transport.onmessage?.(message))
    }
  })
  fromChromium.on('close', () => transport.onclose?.())
  return transport
}

/** Chromium says on its error output where it listens, and why it ended. */
function listenTo(child: ChildProcess): { address: Promise<string>; said: () => string } {
  let text = ''
  const { promise: address, resolve } = Promise.withResolvers<string>()
  child.stderr?.setEncoding('utf8').on('data', (part: string) => {
    text += part
    // Before anything is cut off: on a busy computer much can come at once.
    const found = /^DevTools listening on (ws:\S+)\r?\n/m.exec(text)?.[1]
    if (found !== undefined) resolve(found)
    text = text.slice(-4_000)
  })
  return { address, said: () => text }
}
