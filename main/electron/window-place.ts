// Where the window was and how large, kept in a small file; a place that is on no screen any more is not used.
import { readFileSync, writeFileSync } from 'node:fs'

export interface Rectangle {
  x: number
  y: number
  width: number
  height: number
}

export interface WindowPlace {
  bounds: Rectangle
  maximized: boolean
}

/** Enough of the title bar to take hold of it. */
const GRIP = 48

/** The place of the last time; null without one, and for a file that is not what this app wrote. */
export function readPlace(file: string): WindowPlace | null {
  try {
    const value = JSON.parse(readFileSync(file, 'utf8')) as Partial<WindowPlace> | null
    const { x, y, width, height } = value?.bounds ?? {}
    if (![x, y, width, height].every(Number.isInteger)) return null
    return value?.bounds ? { bounds: value.bounds, maximized: value.maximized === true } : null
  } catch {
    return null
  }
}

/** Keeps the place. A disk that does not take it costs nothing but that. */
export function writePlace(file: string, place: WindowPlace): void {
  try {
    writeFileSync(file, JSON.stringify(place))
  } catch {
    // The window opens in the middle the next time.
  }
}

/** True where a person can see and move a window with these bounds. */
export function isReachable(bounds: Rectangle, screens: Rectangle[]): boolean {
  return screens.some((screen) => {
    const across =
      Math.min(bounds.x + bounds.width, screen.x + screen.width) - Math.max(bounds.x, screen.x)
    return across >= GRIP && bounds.y >= screen.y && bounds.y + GRIP <= screen.y + screen.height
  })
}
