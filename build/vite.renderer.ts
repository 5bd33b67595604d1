// Builds the Svelte pages; the same files serve the Electron window and the browser.
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { join } from 'node:path'
import { defineConfig } from 'vite'

const root = join(import.meta.dirname, '../renderer')

/** Vite configuration of the pages: static files in out/renderer. */
export default defineConfig({
  root,
  logLevel: 'warn',
  plugins: [svelte()],
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
