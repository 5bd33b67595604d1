// The system browser: whether there is a screen to show it on, and opening an address in it.
import open from 'open'

/** True where a window could be seen: always on macOS and Windows, elsewhere with a display server. */
export function hasDisplay(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): boolean {
  if (env.SSH_CONNECTION && !env.DISPLAY) return false
  if (platform === 'darwin' || platform === 'win32') return true
  return Boolean(env.DISPLAY ?? env.WAYLAND_DISPLAY ?? env.WSL_DISTRO_NAME)
}

/** Opens a web address in the system browser. Throws TypeError for any other address. */
export async function openSystemBrowser(url: string): Promise<void> {
  if (!/^https?:$/.test(new URL(url).protocol))
    throw new TypeError('Only web addresses are opened.')
  const browser = await open(url)
  // The address was printed as well, so a machine without any browser is not stuck.
  browser.on('error', () => undefined)
  browser.unref()
}
