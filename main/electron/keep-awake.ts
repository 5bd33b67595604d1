// Keeps the computer from falling asleep while the webhook listens, where a person has chosen that.
import { powerSaveBlocker } from 'electron'
import type { AppState } from '../contract/models/state.ts'
import type { EmiApp } from '../core/app.ts'

/** Follows the state until the returned function is called. The screen may still turn off. */
export function keepAwake(app: Pick<EmiApp, 'state' | 'onStateChanged'>): () => void {
  let blocker: number | null = null
  const letSleep = () => {
    if (blocker !== null) powerSaveBlocker.stop(blocker)
    blocker = null
  }
  const follow = ({ settings, webhook }: AppState) => {
    if (settings.keepAwake && webhook.running) {
      blocker ??= powerSaveBlocker.start('prevent-app-suspension')
    } else letSleep()
  }
  follow(app.state)
  const undo = app.onStateChanged(follow)
  return () => {
    undo()
    letSleep()
  }
}
