// Builds main/ for Node 24: one file per host, npm packages left outside.
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { defineConfig } from 'vite'

const root = join(import.meta.dirname, '..')

/** Vite configuration of the hosts: ES modules in out/main. */
export default defineConfig({
  root,
  logLevel: 'warn',
  publicDir: 'build/icons',
  build: {
    ssr: true,
    target: 'node24',
    outDir: 'out/main',
    emptyOutDir: true,
    sourcemap: true,
    copyPublicDir: true,
    ssrEmitAssets: true,
    rolldownOptions: {
      input: {
        electron: `${root}/main/electron/start.ts`,
        cli: `${root}/main/headless/cli.ts`,
        // Runs on threads that the others start.
        'rich-crypto-worker': `${root}/main/node/rich-crypto-worker.ts`,
      },
      external: ['electron', /^node:/, ...builtinModules],
      output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
    },
  },
})
