// What happens to packages on their way out: the rollout, and the last look at who verifies updates.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { releaseProblems } from '../../build/release-check.ts'
import { setRollout, withRollout } from '../../build/rollout.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emi-release-'))
})

afterEach(() => rm(folder, { recursive: true }))

async function write(path: string, text: string): Promise<void> {
  const file = join(folder, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
}

describe('the rollout', () => {
  it('is written once, however often it is changed', () => {
    const ten = withRollout("version: 1.0.0\nreleaseDate: '2026-01-01'\n", 10)
    expect(ten).toBe("version: 1.0.0\nreleaseDate: '2026-01-01'\nstagingPercentage: 10\n")
    expect(withRollout(ten, 50)).toBe(ten.replace('10\n', '50\n'))
  })

  it('reaches the file of every system and processor, and no other file', async () => {
    const names = ['latest.yml', 'latest-mac.yml', 'latest-linux.yml', 'latest-linux-arm64.yml']
    for (const name of [...names, 'builder-debug.yml']) await write(name, 'version: 1.0.0\n')
    expect((await setRollout(folder, 5)).sort()).toEqual(
      names.map((name) => join(folder, name)).sort(),
    )
    expect(await readFile(join(folder, 'latest-mac.yml'), 'utf8')).toContain('stagingPercentage: 5')
    expect(await readFile(join(folder, 'builder-debug.yml'), 'utf8')).toBe('version: 1.0.0\n')
  })

  it.each([NaN, -1, 101, 0.5])('refuses %s per cent', (percent) => {
    expect(() => withRollout('version: 1.0.0\n', percent)).toThrow('0 to 100')
  })

  it('says when there is nothing to roll out', async () => {
    await expect(setRollout(folder, 10)).rejects.toThrow('no file for the updater')
  })
})

describe('the check before a release', () => {
  const windows = 'win-unpacked/resources'
  const server = 'provider: generic\nurl: https://updates.example\n'

  it('lets packages pass whose updates are verified', async () => {
    await write(`${windows}/app.asar`, '')
    await write(`${windows}/app-update.yml`, `${server}publisherName:\n  - CN=Example\n`)
    await write('mac-arm64/EMI Tray.app/Contents/Resources/app.asar', '')
    await write('mac-arm64/EMI Tray.app/Contents/Resources/app-update.yml', server)
    expect(await releaseProblems(folder)).toEqual([])
  })

  it.each([
    ['no publisher', server],
    ['an empty publisher', `${server}publisherName:\nchannel: latest\n`],
  ])('refuses a Windows package with %s', async (_what, text) => {
    await write(`${windows}/app.asar`, '')
    await write(`${windows}/app-update.yml`, text)
    expect(await releaseProblems(folder)).toEqual([
      `${windows}/app.asar names no publisherName: sign it, so that updates are verified.`,
    ])
  })

  it('refuses a package without an update server, and no package at all', async () => {
    expect(await releaseProblems(folder)).toEqual([`There is no packed app in ${folder}.`])
    await write('linux-unpacked/resources/app.asar', '')
    expect(await releaseProblems(folder)).toHaveLength(1)
  })
})
