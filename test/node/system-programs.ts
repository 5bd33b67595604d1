// Finds the system programs that tests run, and says what to install where one is missing.
import { accessSync, constants } from 'node:fs'
import path from 'node:path'

const PACKAGES = {
  sshd: 'openssh-server',
  nginx: 'nginx-light',
  openssl: 'openssl',
  tinyproxy: 'tinyproxy-bin',
  caddy: 'caddy',
  'dbus-run-session': 'dbus',
  'gnome-keyring-daemon': 'gnome-keyring',
  'secret-tool': 'libsecret-tools',
} as const

/** Full path of a system program. Throws with the line that installs it; a test never skips for it. */
export function systemProgram(name: keyof typeof PACKAGES): string {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin', '/sbin']
  for (const folder of folders.filter((one) => path.isAbsolute(one))) {
    const file = path.join(folder, name)
    try {
      accessSync(file, constants.X_OK)
      return file
    } catch {
      // Not in this folder.
    }
  }
  throw new Error(
    `${name} is missing. Install it with: sudo apt-get install -y --no-install-recommends ${PACKAGES[name]}`,
  )
}
