// Packs the app with electron-builder around a stand-in for the Electron runtime, to look at what would be shipped.
import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ownProgram, projectRoot } from './child.ts'

/** Where @electron/fuses finds the switches in the program: a text, the version, how many, then one byte each. */
const FUSES = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'
const FUSE_COUNT = 8

export interface Staged {
  /** The program with its fuses. */
  program: string
  /** Holds `app.asar`, what lies beside it, and app-update.yml. */
  resources: string
  remove(): Promise<void>
}

/** Packs out/ for Linux as a release would, with an update server at an address. Throws where electron-builder fails. */
export async function stagePackedApp({ updateUrl }: { updateUrl: string }): Promise<Staged> {
  const folder = await mkdtemp(join(tmpdir(), 'emi-packed-'))
  const runtime = join(folder, 'runtime')
  await mkdir(join(runtime, 'locales'), { recursive: true })
  await writeFile(join(runtime, 'locales', 'en-US.pak'), '')
  const switches = Buffer.concat([Buffer.from([1, FUSE_COUNT]), Buffer.alloc(FUSE_COUNT, '1')])
  const program = join(runtime, 'electron')
  await writeFile(program, Buffer.concat([Buffer.from(`#!/bin/false\n${FUSES}`), switches]))
  await chmod(program, 0o755)
  await promisify(execFile)(
    ownProgram('electron-builder'),
    [
      ...['--linux', 'dir', '--x64', '--publish', 'never'],
      `-c.electronDist=${runtime}`,
      `-c.directories.output=${join(folder, 'dist')}`,
      '-c.publish.provider=generic',
      `-c.publish.url=${updateUrl}`,
    ],
    { cwd: projectRoot },
  )
  const packed = join(folder, 'dist', 'linux-unpacked')
  return {
    program: join(packed, 'emi-tray'),
    resources: join(packed, 'resources'),
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }),
  }
}
