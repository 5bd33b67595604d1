// Which icon file shows a light on which system.
import type { Light } from '../contract/models/health.ts'

/** The file's name. Windows takes .ico; macOS paints a template itself; elsewhere the panel's colour decides. */
export function trayIconName(
  light: Light,
  { platform, dark }: { platform: NodeJS.Platform; dark: boolean },
): string {
  // The @2x file beside it is found by its name.
  if (platform === 'darwin') return `tray-${light}Template.png`
  return `tray-${light}-${dark ? 'dark' : 'light'}.${platform === 'win32' ? 'ico' : 'png'}`
}
