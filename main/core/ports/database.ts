// What the core asks of durable storage.
import type { Delivery } from '../../contract/models/delivery.ts'
import type { AuditEntry } from '../../contract/models/removal.ts'
import type { HandOnStore } from './hand-on.ts'
import type {
  ContentVerdict,
  DatabaseSize,
  DeliveryMatches,
  DeliveryQuery,
  JudgedDeliveries,
  KnownName,
  NewDelivery,
  StoredDelivery,
  UnjudgedDelivery,
} from './stored.ts'

export type NewAuditEntry = Omit<AuditEntry, 'id'>

/** Durable storage. What a promise resolved for has been flushed to disk. Throws AppError disk-full and others. */
export interface Database extends HandOnStore {
  /** Small JSON records by name, such as `provisioning`. */
  readRecord(name: string): Promise<unknown>
  writeRecord(name: string, value: unknown): Promise<void>
  deleteRecord(name: string): Promise<void>
  /**
   * Stores items in one commit, and returns with their ids, in order, those that are new: an item whose identity is
   * stored already is left out, as is what was caught up and told of before, or the other way round.
   */
  addDeliveries(items: NewDelivery[]): Promise<Delivery[]>
  /** Those of the items that were read from Graph of whose change nothing stored tells. */
  unseenOf(items: NewDelivery[]): Promise<NewDelivery[]>
  /** Chats and channels that notifications came from, as `chat:…` and `channel:…`: those after a name, in order. */
  knownPlaces(prefix: string, after: string, limit: number): Promise<string[]>
  /** Resolves once what waits in sockets was read: more to store may have come. */
  nextTurn(): Promise<void>
  getDelivery(id: number): Promise<StoredDelivery | undefined>
  /** The newest first. */
  latestDeliveries(limit: number): Promise<Delivery[]>
  countDeliveries(): Promise<number>
  /** Items with content that wait for their verdict and have a greater id, the oldest first. */
  unjudgedDeliveries(afterId: number, limit: number): Promise<UnjudgedDelivery[]>
  /** Notes verdicts in one commit, and forgets the tokens that they were made from. */
  setVerdicts(verdicts: JudgedDeliveries[]): Promise<void>
  /** The verdict on an item's content; undefined where it has none. */
  readVerdict(
    id: number,
  ): Promise<(Pick<JudgedDeliveries, 'reason'> & { verdict: ContentVerdict }) | undefined>
  /** The newest that match. Looks at so many rows at most, and says how far it came. */
  searchDeliveries(query: DeliveryQuery): Promise<DeliveryMatches>
  /** Keys of names that contain a text, in any case. */
  findNames(text: string, limit: number): Promise<string[]>
  /** Places of a channel, whatever its team. */
  findChannels(channelId: string, limit: number): Promise<string[]>
  /** Notes who sent messages, once their content was read. */
  noteSenders(senders: { deliveryId: number; senderId: string }[]): Promise<void>
  /** Those of the keys whose name is known. */
  readNames(keys: string[]): Promise<KnownName[]>
  writeNames(names: KnownName[]): Promise<void>
  /**
   * Looks at the `limit` names after a key, and removes those that were written before a time and that no stored
   * notification uses. `lastKey` is where to go on; null at the end.
   */
  deleteUnusedNames(options: {
    before: string
    afterKey: string
    limit: number
  }): Promise<{ deleted: number; lastKey: string | null }>
  /** True while a stored item is encrypted for this certificate. */
  isCertificateNamed(certificateId: string): Promise<boolean>
  /**
   * Looks at the `limit` oldest notifications with a greater id, and removes those of them that were received before
   * a time and do not wait to be handed on. `lastId` is where to go on; null when none was old enough.
   */
  deleteDeliveries(options: {
    before: string
    afterId: number
    limit: number
  }): Promise<{ deleted: number; lastId: number | null }>
  size(): Promise<DatabaseSize>
  /** Gives up to this many free bytes back to the disk. */
  giveBack(bytes: number): Promise<void>
  /** Adds one line to the audit trail, and returns its id. Lines are never changed. */
  addAuditEntry(entry: NewAuditEntry): Promise<number>
  /** Entries with a greater id, the oldest first. */
  auditEntriesAfter(id: number, limit: number): Promise<AuditEntry[]>
  /** Id of the newest entry; 0 without one. */
  lastAuditId(): Promise<number>
  /** Removes the stored notifications with the names they use, the records with the audit trail, or everything, and frees the space. */
  erase(what: 'deliveries' | 'records' | 'everything'): Promise<void>
  close(): Promise<void>
}
