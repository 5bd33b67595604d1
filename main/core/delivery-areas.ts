// Where notifications go once they are taken in: stored, proven, read, handed on, shown, and removed after their time.
import type { Delivery, DeliveryNames } from '../contract/models/delivery.ts'
import type { ConnectionSettings } from '../contract/models/settings.ts'
import { Content } from './content/content.ts'
import { HandOn } from './hand-on/hand-on.ts'
import { placeOf } from './hand-on/resource.ts'
import { LocalSide, type LocalSideDeps } from './local-side/local-side.ts'
import type { LogBook } from './log.ts'
import type { Tally } from './metrics/tally.ts'
import type { Connection, Platform } from './ports/platform.ts'
import { RateGate } from './rate-gate.ts'
import { StoredDeliveries } from './stored-deliveries.ts'
import type { TenantAreas } from './tenant-areas.ts'
import { describeDelivery } from './webhook/delivery-text.ts'
import { Inbox } from './webhook/inbox.ts'
import { Retention } from './webhook/retention.ts'
import { RichContent, type RichContentDeps } from './webhook/rich/rich-content.ts'

/** How many stored notifications the live log shows after a start. */
const EARLIER_DELIVERIES = 200

export interface DeliveryAreasDeps {
  platform: Platform
  connection: Connection
  settings: () => ConnectionSettings
  log: LogBook
  tenant: Pick<TenantAreas, 'graph' | 'setup'>
  tally: Tally
  subscribedCertificateIds: RichContentDeps['subscribedCertificateIds']
  /** Called when the content of items was judged. */
  onJudged: RichContentDeps['onJudged']
  metrics: LocalSideDeps['metrics']
  /** What notifications are posted to, without a path. */
  baseUrl: () => string
  /** Hears when names of people and chats became known. */
  onNamed: (named: DeliveryNames[]) => void
  onChange: () => void
  /** Aborted when the connection closes. */
  signal: AbortSignal
}

export class DeliveryAreas {
  readonly inbox: Inbox
  readonly richContent: RichContent
  readonly handOn: HandOn
  /** Paces all that reads from Teams. */
  readonly gate: RateGate
  readonly content: Content
  readonly stored: StoredDeliveries
  readonly localSide: LocalSide
  #retention: Retention
  #deps: DeliveryAreasDeps

  constructor(deps: DeliveryAreasDeps) {
    const { platform, connection, settings, log, tenant, tally, onChange, signal } = deps
    const { clock, random } = platform
    const { cloud, database, secrets, fetch } = connection
    this.#deps = deps
    this.inbox = new Inbox({
      ...{ database, clock, log },
      handOnLane: (item) => this.handOn.laneOf(item),
      placeOf,
    })
    this.#retention = new Retention({ database, settings, clock, log })
    this.richContent = new RichContent({
      ...{ database, secrets, crypto: connection.richCrypto, clock, random, log, fetch, cloud },
      // Presence is subscribed to in the administrator's name, by the client of the sign-in.
      appId: (key) =>
        key === 'presence'
          ? settings().bootstrapClientId.toLowerCase()
          : (tenant.setup.record?.appId ?? null),
      clockAheadMs: () => tenant.graph.application.clockAheadMs ?? null,
      subscribedCertificateIds: deps.subscribedCertificateIds,
      onJudged: deps.onJudged,
    })
    this.handOn = new HandOn({
      ...{ database, secrets, settings, clock, random, log, fetch, onChange },
      file: connection.handOnFile,
      content: (delivery) => this.richContent.read(delivery),
      message: (delivery) =>
        settings().sendContent ? this.content.read(delivery, signal) : Promise.resolve(null),
      onHandedOn: (latencyMs) => tally.handOns.observe(latencyMs / 1_000),
    })
    this.gate = new RateGate(clock)
    this.content = new Content({
      ...{ graph: tenant.graph.application, gate: this.gate },
      ...{ database, secrets, cloud, clock, random, log },
      richContent: (delivery) => this.richContent.read(delivery),
      baseUrl: () => this.localSide.baseUrl(),
      onNamed: deps.onNamed,
    })
    this.stored = new StoredDeliveries({
      ...{ database, clock, version: platform.version, content: this.content },
      ...{ baseUrl: deps.baseUrl, signal },
    })
    this.localSide = new LocalSide({
      ...{ httpServer: platform.httpServer, settings, clock, random, log, onChange },
      open: (url) => this.content.urls.open(url),
      picture: (path) => this.content.pictures.get(path, { priority: 'now', signal }),
      metrics: deps.metrics,
      onPicture: (result) => tally.pictures.add(result),
    })
  }

  /** Has the live log show what was stored in earlier runs. */
  async showEarlier(): Promise<void> {
    const { connection, log } = this.#deps
    const earlier = await connection.database.latestDeliveries(EARLIER_DELIVERIES)
    for (const delivery of earlier.reverse()) log.delivery(delivery, describeDelivery(delivery))
  }

  /** Takes up what earlier runs have left, and listens on the local side. */
  start(): void {
    this.handOn.start()
    this.richContent.start()
    this.#retention.start()
    void this.localSide.start()
  }

  /** Takes changed settings into use. */
  noteSettings(): void {
    this.handOn.noteSettings()
    void this.localSide.noteSettings()
  }

  noteStored(deliveries: Delivery[]): void {
    this.richContent.noteStored(deliveries)
    this.handOn.noteStored(deliveries)
    this.content.names.noteStored(deliveries)
  }

  async stop(): Promise<void> {
    await this.localSide.stop()
    await this.content.stop()
    this.gate.close()
    await this.#retention.stop()
    await this.handOn.stop()
    await this.richContent.stop()
  }
}
