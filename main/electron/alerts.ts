// OS pop-ups for what needs the user; a click opens the window where something can be done.
import type { PageName } from '../contract/errors.ts'
import type { PopUp, PopUps } from '../core/ports/machine.ts'

/** What is used of Electron's Notification. */
export interface SystemPopUp {
  on(event: 'click' | 'close' | 'failed', listener: () => void): unknown
  show(): void
}

export interface SystemPopUps {
  new (options: {
    title: string
    body: string
    silent: boolean
    urgency: 'low' | 'normal' | 'critical'
  }): SystemPopUp
  isSupported(): boolean
}

const urgencies = { info: 'low', warning: 'normal', critical: 'critical' } as const

/** Pop-ups of the system. `open` is called with the page when one is clicked. */
export function createPopUps(
  Notification: SystemPopUps,
  { open, isWatched }: { open: (page: PageName) => void; isWatched: () => boolean },
): PopUps {
  // A pop-up that nothing refers to may be collected, and its click is lost then.
  // https://github.com/electron/electron/issues/16922
  const shown = new Set<SystemPopUp>()
  return {
    isWatched,
    show: ({ title, text, page, severity }: PopUp) => {
      if (!Notification.isSupported()) return
      const popUp = new Notification({
        title,
        body: text,
        // Only what stops messages makes a sound.
        silent: severity !== 'critical',
        urgency: urgencies[severity],
      })
      shown.add(popUp)
      popUp.on('click', () => {
        shown.delete(popUp)
        open(page)
      })
      popUp.on('close', () => shown.delete(popUp))
      // An unsigned app on macOS may show none; the icon and the window say the same.
      popUp.on('failed', () => shown.delete(popUp))
      popUp.show()
    },
  }
}
