// Writes the clipboard, and takes a secret out of it again.
import type { Clock, Platform } from '../core/ports.ts'

/** The part of Electron's clipboard that is used; asynchronous since Electron 44. */
export interface ClipboardText {
  readText(): Promise<string>
  writeText(text: string): Promise<void>
}

/** A Platform.copyText that clears the clipboard after the given time if it still holds that text. */
export function createCopyText(
  clipboard: ClipboardText,
  clock: Clock,
): NonNullable<Platform['copyText']> {
  let cancelClearing: (() => void) | null = null
  return async (text, clearAfterMs) => {
    // What was copied last decides: an earlier secret that is no longer there needs no clearing.
    cancelClearing?.()
    cancelClearing = null
    await clipboard.writeText(text)
    if (clearAfterMs === null) return
    cancelClearing = clock.after(clearAfterMs, () => {
      void clearIfStill(clipboard, text)
    })
  }
}

async function clearIfStill(clipboard: ClipboardText, text: string): Promise<void> {
  if ((await clipboard.readText()) === text) await clipboard.writeText('')
}
