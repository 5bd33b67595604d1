// Waits for a state of the app, as a person who looks at a page does.
import type { AppState } from '../../main/contract/models/state.ts'
import type { EmiApp } from '../../main/core/app.ts'

/** Resolves with the first state that fits. */
export function until(app: EmiApp, fits: (state: AppState) => boolean): Promise<AppState> {
  return new Promise((resolve) => {
    const look = (state: AppState) => {
      if (!fits(state)) return
      undo()
      resolve(state)
    }
    const undo = app.onStateChanged(look)
    look(app.state)
  })
}
