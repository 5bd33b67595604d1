// The app as electron-builder packs it, without the Electron runtime: what is in it, and that it runs without the sources.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { projectRoot } from '../../build/child.ts'
import { freePort } from '../../build/free-port.ts'
import { stagePackedApp, type Staged } from '../../build/stage.ts'
import { launch, nodePath } from '../electron-double/driver.ts'
import { PASSPHRASE } from '../whole/cli-process.ts'

/** What is used of @electron/asar, in the version that electron-builder packs with. */
interface Asar {
  listPackage(archive: string, options: { isPack: boolean }): string[]
  extractAll(archive: string, folder: string): void
  extractFile(archive: string, file: string): Buffer
}

const LARGEST_ARCHIVE_BYTES = 22 * 1024 * 1024
const STAGING_MS = 60_000

// Packing for Linux is what this stands for; other systems pack for themselves in the release.
describe.runIf(process.platform === 'linux')('the packed app', () => {
  let staged: Staged
  let archive: string
  let paths: string[]
  let dataFolder: string

  beforeAll(async () => {
    staged = await stagePackedApp({ updateUrl: 'https://updates.example/emi-tray' })
    archive = join(staged.resources, 'app.asar')
    paths = asar.listPackage(archive, { isPack: false }).map((path) => path.slice(1))
    dataFolder = await mkdtemp(join(tmpdir(), 'emi-packed-data-'))
  }, STAGING_MS)

  afterAll(async () => {
    await staged.remove()
    await rm(dataFolder, { recursive: true, force: true, maxRetries: 3 })
  })

  it('holds what was built and the packages it needs, and stays small', async () => {
    expect(paths).toEqual(
      expect.arrayContaining([
        'package.json',
        'LICENSE',
        'out/main/electron.js',
        'out/main/cli.js',
        'out/main/tray-ok-light.ico',
        'out/preload/index.cjs',
        'out/renderer/index.html',
        'out/renderer/licences.json',
        'node_modules/@azure/msal-node/package.json',
      ]),
    )
    expect((await stat(archive)).size).toBeLessThan(LARGEST_ARCHIVE_BYTES)
  })

  it('holds no sources, tests, maps, secrets, tools or second copies of what the pages have bundled', () => {
    const own = paths.filter((path) => !/^node_modules(?:\/|$)/.test(path))
    expect(own.filter((path) => !/^(?:out|package\.json|LICENSE)(?:\/|$)/.test(path))).toEqual([])
    const unwanted = [
      /\.(?:map|ts|mts|cts|svelte|pem|key|p12|pfx|env|log)$/,
      /(?:^|\/)(?:tests?|__tests__|\.env|\.git|\.npmrc|\.sources)(?:\/|$)/,
      /^node_modules\/(?:svelte|bits-ui|@lucide|virtua|vite|electron|electron-builder|playwright-core|typescript|node-(?:linux|darwin|win)-\w+|cpu-features|nan|node-gyp-build)(?:\/|$)/,
    ]
    expect(paths.filter((path) => unwanted.some((pattern) => pattern.test(path)))).toEqual([])
  })

  it('names no folder of the machine that built it', () => {
    const built = paths.filter((path) => /^out\/.*\.(?:js|cjs|html|css|json)$/.test(path))
    const telling = built.filter((path) => asar.extractFile(archive, path).includes(projectRoot))
    expect(telling).toEqual([])
  })

  it('has the native keyring beside the archive, where it loads', async () => {
    const unpacked = join(staged.resources, 'app.asar.unpacked', 'node_modules')
    const files = await readdir(unpacked, { recursive: true })
    const native = files.filter((file) => file.endsWith('.node'))
    expect(native).toHaveLength(1)
    const loaded: unknown = createRequire(import.meta.url)(join(unpacked, native[0] ?? ''))
    expect(loaded).toHaveProperty('AsyncEntry')
  })

  it('has the fuses set that close the ways to run other code', async () => {
    const wire = await getCurrentFuseWire(staged.program)
    const isOn = (fuse: FuseV1Options) => String.fromCharCode(wire[fuse] ?? 0) === '1'
    expect(isOn(FuseV1Options.RunAsNode)).toBe(false)
    expect(isOn(FuseV1Options.EnableNodeOptionsEnvironmentVariable)).toBe(false)
    expect(isOn(FuseV1Options.EnableNodeCliInspectArguments)).toBe(false)
    expect(isOn(FuseV1Options.GrantFileProtocolExtraPrivileges)).toBe(false)
    expect(isOn(FuseV1Options.EnableCookieEncryption)).toBe(true)
    expect(isOn(FuseV1Options.EnableEmbeddedAsarIntegrityValidation)).toBe(true)
    expect(isOn(FuseV1Options.OnlyLoadAppFromAsar)).toBe(true)
  })

  it(
    'starts from what was packed alone, up to the first pages of the practice tenant',
    async () => {
      // Plain Node reads no archive, so it is laid out as the archive would be read.
      const app = join(staged.resources, 'app')
      asar.extractAll(archive, app)
      const files = (await readdir(join(app, 'out', 'main')))
        .filter((file) => /-[\w-]{8}\.js$/.test(file))
        .map((file) => join(app, 'out', 'main', file))
      // What is loaded later finds its packages too; what needs Electron is loaded by the start below.
      const chunks = files
        .filter((file) => !/ from "electron"/.test(readFileSync(file, 'utf8')))
        .map((file) => pathToFileURL(file).href)
      expect(chunks.length).toBeGreaterThan(files.length / 2)
      const loadAll = 'for (const file of process.argv.slice(1)) await import(file)'
      execFileSync(nodePath(), ['--input-type=module', '-e', loadAll, ...chunks])

      const webhookPort = await freePort()
      const settings = { version: 1, connections: { practice: { webhookPort } } }
      await writeFile(join(dataFolder, 'settings.json'), JSON.stringify(settings))
      const running = await launch({
        args: [app, '--data', dataFolder, '--practice'],
        resources: staged.resources,
        env: { ...process.env, EMI_PASSPHRASE: PASSPHRASE },
      })
      try {
        const page = await running.firstWindow()
        await page.getByRole('heading', { name: 'Setup' }).first().waitFor()
        const facts = await running.evaluate(({ app: program }) => [
          program.isPackaged,
          program.getVersion(),
        ])
        expect(facts).toEqual([true, expect.stringMatching(/^\d+\.\d+\.\d+/)])
      } finally {
        await running.close()
      }
    },
    STAGING_MS,
  )
})

const asar = (() => {
  const builder = createRequire(createRequire(import.meta.url).resolve('electron-builder'))
  return createRequire(builder.resolve('app-builder-lib'))('@electron/asar') as Asar
})()
