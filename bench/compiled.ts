// Compiles programs of the bench as the product is compiled: reading TypeScript would be counted as memory of theirs.
import { builtinModules } from 'node:module'
import path from 'node:path'
import { build } from 'vite'

const root = path.join(import.meta.dirname, '..')

/** The compiled form of a program in this folder; npm packages are left outside, as in the product. */
export async function compiled(file: `${string}.ts`): Promise<string> {
  const name = path.basename(file, '.ts')
  const outDir = path.join(root, 'out', 'bench')
  await build({
    root,
    logLevel: 'warn',
    publicDir: false,
    build: {
      ssr: true,
      target: 'node24',
      outDir,
      emptyOutDir: false,
      rolldownOptions: {
        input: { [name]: path.join(import.meta.dirname, file) },
        external: [/^node:/, ...builtinModules],
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  })
  return path.join(outDir, `${name}.js`)
}
