// Which addresses may leave the app for the system browser: hosts of a fixed list, and where the person signs in.
import type { Cloud } from '../contract/models/connection.ts'

const HOSTS = new Set([
  'entra.microsoft.com',
  'entra.microsoft.us',
  'entra.microsoftonline.cn',
  'learn.microsoft.com',
  'help.brightpattern.com',
  // Where a device code is entered.
  'microsoft.com',
  'www.microsoft.com',
  'login.microsoft.com',
  'login.microsoftonline.com',
  'login.microsoftonline.us',
  'login.partner.microsoftonline.cn',
])

/**
 * https only, without a user name in it. Even a text of the core is not believed here: what is handed to the system
 * may start any program. https://www.electronjs.org/docs/latest/tutorial/security (item 15)
 */
export function mayOpen(address: string, cloud: Pick<Cloud, 'loginHost'> | null): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, origin, host, hostname, username, password } = new URL(address)
  if (username !== '' || password !== '') return false
  const login = cloud && new URL(cloud.loginHost)
  // No browser trusts the certificate of the practice tenant, so its pages are plain http on this computer.
  if (protocol === 'http:') return hostname === 'localhost' && login?.hostname === 'localhost'
  // A custom cloud has a sign-in page of its own.
  return protocol === 'https:' && (HOSTS.has(host) || origin === login?.origin)
}
