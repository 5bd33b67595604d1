// Unit and adapter tests; the runs of the whole app are in playwright.config.ts.
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [svelte()],
  resolve: { conditions: ['browser', 'node'] },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/app/**'],
    // What hangs ends with these. A busy machine takes many times longer than a quiet one, and must not run into them.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // What is awaited comes within milliseconds; a busy machine may need longer than the second that is usual.
    expect: { poll: { timeout: 30_000 } },
    reporters: ['default'],
    // Real sockets, child processes and key derivation, beside the browser: more workers only make them slower.
    maxWorkers: 2,
  },
})
