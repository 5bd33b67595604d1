// Writes the clipboard, and takes a secret out of it again.
import type { Clock } from '../core/ports/clock.ts'
import type { Platform } from '../core/ports/platform.ts'

/** The part of Electron's clipboard that is used; asynchronous since Electron 44. */
export interface ClipboardText {
  readText(): Promise<string>
  writeText(text: string): Promise<void>
}

export interface CopyText {
  /** Platform.copyText: clears the clipboard after the given time if it still holds that text. */
  copyText: NonNullable<Platform['copyText']>
  /** Does at once what is still to be cleared, for an app that quits before its time. */
  clearNow: () => Promise<void>
}

/** The clipboard for the core. */
export function createCopyText(clipboard: ClipboardText, clock: Clock): CopyText {
  let waiting: { text: string; undoTimer: () => void } | null = null
  const clearNow = async () => {
    const due = waiting
    waiting = null
    due?.undoTimer()
    if (due === null) return
    try {
      await clearIfStill(clipboard, due.text)
    } catch {
      // A desktop that does not lend its clipboard now must not keep the app from quitting.
    }
  }
  return {
    copyText: async (text, clearAfterMs) => {
      // What was copied last decides: an earlier secret that is no longer there needs no clearing.
      waiting?.undoTimer()
      waiting = null
      await clipboard.writeText(text)
      if (clearAfterMs === null) return
      const undoTimer = clock.after(clearAfterMs, () => void clearNow())
      waiting = { text, undoTimer }
    },
    clearNow,
  }
}

async function clearIfStill(clipboard: ClipboardText, text: string): Promise<void> {
  if ((await clipboard.readText()) === text) await clipboard.writeText('')
}
