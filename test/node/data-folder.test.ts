import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, readdirSync } from 'node:fs'
import { stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { defaultDataFolder, isHeld, isNew, openDataFolder } from '../../main/node/data-folder.ts'
import { giveAway, isRoot, otherUid, traceOf } from './other-owner.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** Another process that holds the folder until it is killed. */
async function otherProcess(folder: string) {
  const code = `
    import { openDataFolder } from ${JSON.stringify(path.resolve('main/node/data-folder.ts'))}
    await openDataFolder(process.argv[1])
    process.stdout.write('open')
    setInterval(() => undefined, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return child
}

describe('the default data folder', () => {
  test.each([
    ['linux', {}, '/home/ada', '/home/ada/.local/share/emi-tray'],
    ['linux', { XDG_DATA_HOME: '/data' }, '/home/ada', '/data/emi-tray'],
    ['linux', { XDG_DATA_HOME: 'relative' }, '/home/ada', '/home/ada/.local/share/emi-tray'],
    ['darwin', {}, '/Users/ada', '/Users/ada/Library/Application Support/EMI Tray'],
    [
      'win32',
      { APPDATA: 'C:\\Users\\ada\\AppData\\Roaming' },
      'C:\\Users\\ada',
      'C:\\Users\\ada\\AppData\\Roaming\\EMI Tray',
    ],
    ['win32', {}, 'C:\\Users\\ada', 'C:\\Users\\ada\\AppData\\Roaming\\EMI Tray'],
  ] as const)('on %s with %j and home %s is %s', (platform, env, home, expected) => {
    expect(defaultDataFolder(env, platform, home)).toBe(expected)
  })
})

describe('the data folder', () => {
  test('is made for its owner only', async () => {
    const folder = path.join(temporaryFolder(), 'a', 'b')
    const data = await openDataFolder(folder)
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
    expect(data.file('vault.json')).toBe(path.join(folder, 'vault.json'))
    await data.release()
  })

  test('is refused to a second program, which is told the process id, until the first lets go', async () => {
    const folder = temporaryFolder()
    const other = await otherProcess(folder)
    await expect(openDataFolder(folder)).rejects.toMatchObject({
      code: 'data-folder-in-use',
      message: expect.stringContaining(`process ${other.pid ?? 'none'}`) as string,
    })
    expect(isHeld(folder)).toBe(true)
    const exited = once(other, 'exit')
    other.kill('SIGKILL')
    await exited
    expect(isHeld(folder)).toBe(false)
    // Nothing was tidied up by the killed one, and nothing needs to be.
    const data = await openDataFolder(folder)
    await data.release()
  })

  test('is refused a second time in the same process too, and free again after release', async () => {
    const folder = temporaryFolder()
    expect([isNew(folder), isHeld(folder), readdirSync(folder)]).toEqual([true, false, []])
    const first = await openDataFolder(folder)
    // Looking lets nobody else in.
    expect([isNew(folder), isHeld(folder)]).toEqual([false, true])
    await expect(openDataFolder(folder)).rejects.toMatchObject({
      code: 'data-folder-in-use',
      message: expect.stringContaining(`process ${process.pid}`) as string,
    })
    await first.release()
    await (await openDataFolder(folder)).release()
  })

  test('goes to exactly one of many programs that start at once', async () => {
    const folder = temporaryFolder()
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, () => openDataFolder(folder)),
    )
    const won = results.filter((result) => result.status === 'fulfilled')
    expect(won).toHaveLength(1)
    await won[0]?.value.release()
  })

  test.runIf(isRoot)(
    'of another user is refused to root, untouched, with the command to use instead',
    async () => {
      const folder = temporaryFolder()
      await (await openDataFolder(folder)).release()
      giveAway(folder)
      const before = traceOf(folder)
      await expect(openDataFolder(folder)).rejects.toMatchObject({
        code: 'data-folder-unwritable',
        nextStep: expect.stringMatching(
          new RegExp(`“sudo -u '#${otherUid}' .* --data ${folder}”`),
        ) as string,
      })
      expect(traceOf(folder)).toEqual(before)
      // One whom the system knows is named.
      chownSync(folder, 1, 1)
      await expect(openDataFolder(folder)).rejects.toMatchObject({
        nextStep: expect.stringMatching(/“sudo -u [a-z]+ /) as string,
      })
      // Root's own is as it was.
      chownSync(folder, 0, 0)
      await (await openDataFolder(folder)).release()
    },
  )

  test.runIf(isRoot)('of another user is said to be in use to root while it is', async () => {
    const folder = temporaryFolder()
    const other = await otherProcess(folder)
    giveAway(folder)
    await expect(openDataFolder(folder)).rejects.toMatchObject({
      ...{ code: 'data-folder-in-use', details: `process ${other.pid ?? 'none'}` },
    })
  })

  test('that cannot be made is reported with the next step', async () => {
    const file = path.join(temporaryFolder(), 'a-file')
    await writeFile(file, '')
    await expect(openDataFolder(path.join(file, 'data'))).rejects.toMatchObject({
      code: 'data-folder-unwritable',
    })
  })

  test.runIf(process.platform === 'linux')(
    'below /proc is refused too, where Node’s own way to make folders never ends',
    async () => {
      await expect(openDataFolder('/proc/emi-tray/data')).rejects.toMatchObject({
        code: 'data-folder-unwritable',
      })
    },
  )

  test('whose lock file is something else is reported, not used', async () => {
    const folder = temporaryFolder()
    await writeFile(path.join(folder, 'lock'), 'this is no database'.repeat(100))
    await expect(openDataFolder(folder)).rejects.toMatchObject({ code: 'data-folder-unwritable' })
  })
})
