// Runs of the whole app in real Chromium: on the headless host, in the Electron test double and, where it is, in Electron.
import { defineConfig } from '@playwright/test'
import { findElectron } from './build/electron-runtime.ts'

/** Specs of the pages alone, on sample states: they need no host. */
const pageSpecs = ['gallery.spec.ts', 'pages.spec.ts', 'pages-*.spec.ts']
/** What only the tray app has: some of it shows on Electron as well, some only where the desktop is played too. */
const desktopSpecs = ['desktop.spec.ts', 'desktop-systems.spec.ts', 'desktop-updates.spec.ts']
const ignoredSpecs: Record<string, string[]> = {
  headless: [...pageSpecs, ...desktopSpecs, 'desktop-shared.spec.ts'],
  'electron-double': pageSpecs,
  electron: [...pageSpecs, ...desktopSpecs],
}
const hosts = ['headless', 'electron-double']
if (process.env.EMI_ELECTRON === '1' && findElectron()) hosts.push('electron')

export default defineConfig({
  testDir: 'test/app',
  // Playwright empties this folder at its start.
  outputDir: 'test-results/app',
  reporter: [['list'], ['json', { outputFile: 'test-results/app.json' }]],
  // Each test has a Chromium and an app of its own.
  workers: 2,
  retries: 0,
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  // What hangs ends with these; a busy machine takes many times longer than a quiet one, and must not run into them.
  timeout: 300_000,
  expect: { timeout: 40_000 },
  use: {
    // Without the film of each page, which costs more than driving it; the page's content is kept step by step.
    trace: { mode: 'retain-on-failure', screenshots: false },
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  projects: [
    { name: 'pages', testMatch: pageSpecs },
    // The specs ask for the name of their project and start the app in that host.
    ...hosts.map((name) => ({
      name,
      testIgnore: ignoredSpecs[name] ?? [],
      // What is the same core and the same page on every host is driven on one of them.
      ...(name === 'headless' ? {} : { grepInvert: /@one-host/ }),
    })),
  ],
})
