// AppState → what the tray shows: icon, tooltip and menu; a pure function.
import type { PageName } from '../contract/errors.ts'
import type { AppState, Light } from '../contract/models.ts'

/** One line of the menu, free of Electron so that it can be tested. */
export type TrayItem =
  | { kind: 'status'; label: string }
  | { kind: 'open'; label: string; page?: PageName }
  | {
      kind: 'call'
      label: string
      call:
        | 'webhook.start'
        | 'webhook.pause'
        | 'tunnel.restart'
        | 'subscription.ensure'
        | 'signIn.start'
    }
  | { kind: 'separator' }
  | { kind: 'quit'; label: string }

export interface TrayLook {
  icon: Light
  tooltip: string
  items: TrayItem[]
}

/** The words that the pages put beside the light. */
const LIGHT_WORDS: Record<Light, string> = {
  'not-set-up': 'Not set up',
  working: 'In progress',
  ok: 'OK',
  warning: 'Attention',
  failed: 'Down',
}

/** What the tray says about a state: the same light and sentence as the window's status bar. */
export function trayLook(state: AppState): TrayLook {
  const { health, webhook } = state
  const items: TrayItem[] = [
    { kind: 'status', label: `${LIGHT_WORDS[health.light]}: ${health.sentence}` },
    { kind: 'open', label: 'Open EMI Tray' },
  ]
  if (health.fix?.kind === 'call') {
    items.push({ kind: 'call', label: health.fix.label, call: health.fix.call })
  } else if (health.fix) {
    items.push({ kind: 'open', label: health.fix.label, page: health.fix.page })
  }
  if (webhook.running) {
    items.push({ kind: 'separator' })
    items.push({ kind: 'call', label: 'Pause the webhook', call: 'webhook.pause' })
  }
  items.push({ kind: 'separator' }, { kind: 'quit', label: 'Quit EMI Tray' })
  return {
    icon: health.light,
    // Windows cuts tooltips at 127 characters.
    tooltip: `EMI Tray: ${health.sentence}`.slice(0, 127),
    items,
  }
}
