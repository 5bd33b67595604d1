// The one light with its sentence and its fix, the chain of stations, and what reaches a person with the window closed.
import type { PageName } from '../errors.ts'

export type Light = 'not-set-up' | 'working' | 'ok' | 'warning' | 'failed'

/** What the button beside the light does: open a page, or make one call that needs no input. */
export type Fix =
  | { label: string; kind: 'page'; page: PageName }
  | {
      label: string
      kind: 'call'
      call: 'webhook.start' | 'tunnel.restart' | 'subscription.ensure' | 'signIn.start'
    }

/** Is Teams reaching the contact center, and if not, why and what to do. */
export interface Health {
  light: Light
  sentence: string
  /** Since when it has been so; null when that is of no interest. */
  since: string | null
  /** What to do, in the words of the page that shows it: its advice, else its button; null where nothing is to be done. */
  nextStep: string | null
  fix: Fix | null
}

export type StationName = 'microsoft' | 'subscriptions' | 'tunnel' | 'webhook' | 'contact-center'

/** One link of the chain on the overview page. `off` is not used yet, or switched off on purpose. */
export interface Station {
  name: StationName
  light: 'ok' | 'working' | 'warning' | 'failed' | 'off'
  sentence: string
}

/** What an alert is about; each kind can be kept from popping up. */
export type AlertKind =
  | 'app'
  | 'tunnel'
  | 'subscription'
  | 'taken-over'
  | 'access'
  | 'secret'
  | 'slow-webhook'
  | 'hand-on'
  | 'gap'

/** Something that should reach a person even with the window closed; hosts show it as an OS pop-up. */
export interface Alert {
  /** The same alert is raised once. */
  id: string
  at: string
  kind: AlertKind
  severity: 'info' | 'warning' | 'critical'
  title: string
  text: string
  page: PageName
}
