// OS pop-ups for what needs the user; a click opens the window where something can be done.
import type { PageName } from '../contract/errors.ts'
import type { Alert } from '../contract/models.ts'

/** What is used of Electron's Notification. */
export interface PopUp {
  on(event: 'click' | 'close', listener: () => void): unknown
  show(): void
}

export interface PopUps {
  new (options: { title: string; body: string }): PopUp
  isSupported(): boolean
}

/** Shows alerts as pop-ups. `open` is called with the page when one is clicked. */
export function createAlerts(
  PopUp: PopUps,
  open: (page: PageName) => void,
): (alert: Alert) => void {
  // A pop-up that nothing refers to may be collected, and its click is lost then.
  // https://github.com/electron/electron/issues/16922
  const shown = new Set<PopUp>()
  return ({ title, text, page }) => {
    if (!PopUp.isSupported()) return
    const popUp = new PopUp({ title, body: text })
    shown.add(popUp)
    popUp.on('click', () => {
      shown.delete(popUp)
      open(page)
    })
    popUp.on('close', () => shown.delete(popUp))
    popUp.show()
  }
}
