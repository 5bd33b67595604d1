// Finding the Electron runtime without ever starting it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { downloadElectron, findElectron } from '../../build/electron-runtime.ts'

describe('the Electron runtime', () => {
  it('is found where the environment says, and only if it is really there', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'emi-electron-'))
    const env = { ELECTRON_OVERRIDE_DIST_PATH: folder }
    expect(findElectron(env, 'linux')).toBeUndefined()
    await writeFile(join(folder, 'electron'), '')
    expect(findElectron(env, 'linux')).toBe(join(folder, 'electron'))
    await rm(folder, { recursive: true })
  })

  it('is not downloaded into a folder that the person named', async () => {
    expect(await downloadElectron({ ELECTRON_OVERRIDE_DIST_PATH: '/nowhere' })).toContain(
      '/nowhere',
    )
  })

  it('gives up at once when the download server cannot be reached', async () => {
    // Port 1 of this machine: refused without leaving it.
    const reason = await downloadElectron({ ELECTRON_MIRROR: 'http://127.0.0.1:1/' })
    expect(reason).toBe('127.0.0.1:1 cannot be reached')
  })
})
