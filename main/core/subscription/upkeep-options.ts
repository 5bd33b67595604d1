// What keeping subscriptions in order takes, and what one pass over them knows.
import type { ConnectionSettings } from '../../contract/models/settings.ts'
import type { Log } from '../log.ts'
import type { Clock, Random } from '../ports/clock.ts'
import type { ClientStates } from '../webhook/client-states.ts'
import type { Board } from './board.ts'
import {
  type Certificate,
  type GraphSubscription,
  type SubscriptionGraph,
  type WebhookUrls,
} from './graph-subscription.ts'
import type { GraphView } from './graph-view.ts'
import type { PublicAddress } from './public-address.ts'
import type { SubscriptionRecords } from './records.ts'

export interface UpkeepOptions {
  graph: SubscriptionGraph
  view: GraphView
  records: SubscriptionRecords
  clientStates: ClientStates
  board: Board
  address: PublicAddress
  settings: () => ConnectionSettings
  certificate: () => Promise<Certificate>
  clock: Clock
  random: Random
  log: Log
}

/** What one pass knows. */
export interface Pass {
  /** What exists, by Graph's list. */
  alive: GraphSubscription[]
  /** Null while we cannot be reached: then nothing is created. */
  urls: WebhookUrls | null
  /** True when a person or a change asked: then waiting times after failures do not count. */
  forced: boolean
  signal: AbortSignal
}
