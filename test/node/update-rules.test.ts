// Which installations update themselves, and why the others do not.
import { expect, test } from 'vitest'
import { type Installation, whyOff } from '../../main/node/update-rules.ts'

const server = 'provider: generic\nurl: https://updates.example\n'
const signed = `${server}publisherName:\n  - CN=Example\n`

const appImage: Installation = {
  platform: 'linux',
  env: { APPIMAGE: '/home/kim/EMI Tray.AppImage' },
  isPackaged: true,
  program: '/tmp/.mount_emi/emi-tray',
  updateFile: server,
  policy: { ok: true, policy: { updates: true, updateChannel: null } },
}
const mac: Installation = { ...appImage, platform: 'darwin', env: {} }
const windows: Installation = {
  ...appImage,
  platform: 'win32',
  env: { ProgramFiles: String.raw`C:\Program Files` },
  program: String.raw`C:\Users\kim\AppData\Local\Programs\EMI Tray\EMI Tray.exe`,
  updateFile: signed,
}

test.each([
  ['an AppImage', appImage],
  ['an app on macOS', mac],
  ['an installation for one person on Windows', windows],
  [
    'one whose publisher is on the same line',
    { ...windows, updateFile: `${server}publisherName: CN=X` },
  ],
])('%s updates itself', (_what, installation) => {
  expect(whyOff(installation)).toBeNull()
})

test.each<[string, Installation, string]>([
  ['the sources', { ...appImage, isPackaged: false }, 'from its sources'],
  ['a package without a server', { ...appImage, updateFile: null }, 'no update server'],
  ['a deb or rpm', { ...appImage, env: {} }, 'package manager'],
  [
    'a managed computer',
    { ...mac, policy: { ok: true, policy: { updates: false, updateChannel: null } } },
    'Your organization',
  ],
  [
    'a computer with a policy that cannot be read',
    { ...mac, policy: { ok: false, reason: 'The policy cannot be understood.' } },
    'The policy cannot be understood.',
  ],
  [
    'an installation for everybody, MSI or NSIS',
    { ...windows, program: String.raw`c:\program files\EMI Tray\EMI Tray.exe` },
    'installed for everybody',
  ],
  ['a Windows package without a publisher', { ...windows, updateFile: server }, 'none is trusted'],
  [
    'a Windows package with an empty publisher',
    { ...windows, updateFile: `${server}publisherName:\nchannel: latest\n` },
    'none is trusted',
  ],
])('%s does not update itself, and says why', (_what, installation, why) => {
  expect(whyOff(installation)).toContain(why)
})
