// Builds the Svelte pages; the same files serve the Electron window and the browser.
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig, type Plugin } from 'vite'
import { licencesOf } from './licences.ts'

const licencesPlugin: Plugin = {
  name: 'licences',
  generateBundle() {
    const lock = readFileSync(join(import.meta.dirname, '../package-lock.json'), 'utf8')
    const list = licencesOf(JSON.parse(lock) as Parameters<typeof licencesOf>[0])
    this.emitFile({ type: 'asset', fileName: 'licences.json', source: JSON.stringify(list) })
  },
}

const root = join(import.meta.dirname, '../renderer')

/** Vite configuration of the pages: static files in out/renderer. */
export default defineConfig({
  root,
  logLevel: 'warn',
  plugins: [svelte(), licencesPlugin],
  build: {
    target: 'chrome140',
    outDir: '../out/renderer',
    emptyOutDir: true,
    // Inlined files become data: addresses, which the strict CSP refuses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Svelte's compiler is nearly all of the build; saying so every time helps nobody.
    rolldownOptions: { checks: { bundlerTimings: false } },
  },
})
