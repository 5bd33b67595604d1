// AppState → what the tray shows: icon, tooltip and menu; a pure function.
import type { PageName } from '../contract/errors.ts'
import type { HandoverField } from '../contract/models/handover.ts'
import type { Fix, Light, StationName } from '../contract/models/health.ts'
import type { AppState } from '../contract/models/state.ts'

/** One line of the menu, free of Electron so that it can be tested. */
export type TrayItem =
  | { kind: 'status'; label: string }
  | { kind: 'open'; label: string; page?: PageName | 'settings/about' }
  | { kind: 'call'; label: string; call: Extract<Fix, { kind: 'call' }>['call'] | 'webhook.pause' }
  | { kind: 'copy'; label: string; field: HandoverField }
  /** A test through the public address; with `all`, the subscriptions are looked after as well. */
  | { kind: 'test'; label: string; all: boolean }
  | { kind: 'login'; label: string; on: boolean }
  /** Ends the app in order and starts the new version. */
  | { kind: 'update'; label: string }
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

const STATIONS: Record<StationName, { name: string; page: PageName }> = {
  microsoft: { name: 'Microsoft', page: 'application' },
  subscriptions: { name: 'Subscriptions', page: 'webhook' },
  tunnel: { name: 'Tunnel', page: 'webhook' },
  webhook: { name: 'Webhook', page: 'webhook' },
  'contact-center': { name: 'Contact center', page: 'webhook' },
}

/**
 * What the tray says about a state: the same light and sentence as the window's status bar. `copied` are the values
 * that were copied from the menu, so that it offers the next one.
 */
export function trayLook(state: AppState, copied: ReadonlySet<HandoverField>): TrayLook {
  const { health } = state
  const groups: TrayItem[][] = [
    [
      { kind: 'status', label: `${LIGHT_WORDS[health.light]}: ${health.sentence}` },
      { kind: 'open', label: 'Open EMI Tray' },
    ],
    attentionItems(state),
    [...webhookItems(state), ...handoverItems(state, copied)],
    [
      ...(state.startsAtLogin === null
        ? []
        : [{ kind: 'login', label: 'Start at login', on: state.startsAtLogin } as const]),
      { kind: 'open', label: 'About EMI Tray', page: 'settings/about' },
      ...(state.update?.phase === 'ready'
        ? [{ kind: 'update', label: `Restart to update to ${state.update.version}` } as const]
        : []),
    ],
    [{ kind: 'quit', label: 'Quit EMI Tray' }],
  ]
  return {
    icon: health.light,
    // Windows cuts tooltips at 127 characters.
    tooltip: `EMI Tray: ${health.sentence}`.slice(0, 127),
    items: groups
      .filter((group) => group.length > 0)
      .flatMap((group, index) => [
        ...(index > 0 ? [{ kind: 'separator' } as const] : []),
        ...group,
      ]),
  }
}

/** The fix of what the first line says, then whatever else is wrong, each leading to where it is mended. */
function attentionItems({ health: { fix }, stations }: AppState): TrayItem[] {
  const items: TrayItem[] = []
  if (fix?.kind === 'call') items.push({ kind: 'call', label: fix.label, call: fix.call })
  else if (fix) items.push({ kind: 'open', label: fix.label, page: fix.page })
  const broken = stations.filter(({ light }) => light === 'failed' || light === 'warning')
  // A single one is what the first line is about.
  if (broken.length < 2) return items
  for (const { name, sentence } of broken) {
    const station = STATIONS[name]
    items.push({ kind: 'open', label: `${station.name}: ${sentence}`, page: station.page })
  }
  return items
}

function webhookItems({ webhook, health: { fix } }: AppState): TrayItem[] {
  if (webhook.running) {
    return [
      { kind: 'call', label: 'Pause the webhook', call: 'webhook.pause' },
      { kind: 'test', label: 'Test the way from outside', all: false },
      { kind: 'test', label: 'Check everything now', all: true },
    ]
  }
  const isOffered = fix?.kind === 'call' && fix.call === 'webhook.start'
  return webhook.paused && !isOffered
    ? [{ kind: 'call', label: 'Resume the webhook', call: 'webhook.start' }]
    : []
}

/** While values wait to be entered in Bright Pattern: the next one, and after the last the first again. */
function handoverItems(
  { handover, setup, secretCare }: AppState,
  copied: ReadonlySet<HandoverField>,
): TrayItem[] {
  const isDone = setup.steps.some(({ id, state }) => id === 'hand-over' && state === 'done')
  const waits = !isDone || secretCare.rotation?.phase === 'handing-over'
  if (!handover.ready || !waits) return []
  const values = handover.values.filter(({ value, secret }) => value !== null || secret)
  const next = values.find(({ field }) => !copied.has(field)) ?? values[0]
  return next ? [{ kind: 'copy', label: `Copy ${next.label}`, field: next.field }] : []
}
