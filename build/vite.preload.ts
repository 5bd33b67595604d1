// Builds preload/ to one CommonJS file, as a sandboxed window requires.
import { join } from 'node:path'
import { defineConfig } from 'vite'

const root = join(import.meta.dirname, '..')

/** Vite configuration of the preload script: out/preload/index.cjs. */
export default defineConfig({
  root,
  logLevel: 'warn',
  build: {
    ssr: true,
    target: 'node24',
    outDir: 'out/preload',
    emptyOutDir: true,
    // Beside the file, without a line in it: the window's policy would have it refused.
    sourcemap: 'hidden',
    rolldownOptions: {
      input: { index: `${root}/preload/index.ts` },
      external: ['electron'],
      output: { format: 'cjs', entryFileNames: '[name].cjs' },
    },
  },
})
