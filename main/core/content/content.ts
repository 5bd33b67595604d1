// Content of messages for people and for the contact center: read, made safe, with addresses for its pictures.
import type { Cloud } from '../../contract/models/connection.ts'
import type { Delivery, DeliveryNames } from '../../contract/models/delivery.ts'
import type { MessageContent } from '../../contract/models/message.ts'
import { AppError } from '../app-error.ts'
import type { Log } from '../log.ts'
import type { Clock, Random } from '../ports/clock.ts'
import type { SecretStore } from '../ports/secret-store.ts'
import type { RateGate } from '../rate-gate.ts'
import { ContentUrls } from './content-urls.ts'
import type { GraphMessage } from './graph-message.ts'
import { type ContentGraph, GraphReads } from './graph-reads.ts'
import { isDirectoryId, messageContentOf, personOf } from './message.ts'
import { hostedIdOf, hostedPathOf, messagePathOf, photoPathOf } from './message-path.ts'
import { MessageReader } from './message-reader.ts'
import { type NameStore, Names } from './names.ts'
import { Pictures, type Picture } from './pictures.ts'

/** More pictures than this are named, but not looked into for a location. */
const LOCATED_IMAGES = 5

export interface ContentDeps {
  graph: ContentGraph
  /** Shared with whoever else reads from Teams. */
  gate: RateGate
  database: NameStore
  secrets: SecretStore
  cloud: Cloud
  clock: Clock
  random: Random
  log: Log
  richContent: (delivery: Delivery) => Promise<unknown>
  /** The address under which the contact center reaches the local side; null while the endpoint is off. */
  baseUrl: () => string | null
  onNamed: (named: DeliveryNames[]) => void
}

export class Content {
  readonly urls: ContentUrls
  readonly pictures: Pictures
  readonly names: Names
  #deps: ContentDeps
  #reader: MessageReader

  constructor(deps: ContentDeps) {
    this.#deps = deps
    const reads = new GraphReads(deps)
    this.#reader = new MessageReader({ ...deps, reads })
    this.urls = new ContentUrls(deps)
    this.pictures = new Pictures({ ...deps, reads })
    this.names = new Names({ ...deps, reads, reader: this.#reader })
  }

  /**
   * The message of a notification; null where it is about something else. Throws AppError content-… for a rich one
   * that is not proven or readable, and what Graph answers, such as graph-throttled.
   */
  async read(delivery: Delivery, signal?: AbortSignal): Promise<MessageContent | null> {
    const path = messagePathOf(delivery.resource)
    const message = path && (await this.#reader.read(delivery, { priority: 'now', signal }))
    if (!path || !message) return null
    const { urls } = this
    let looked = 0
    const content = await messageContentOf(message, {
      placeName: await this.names.knownPlace(path.place),
      hostedIdOf: (src) => hostedIdOf(src, this.#deps.cloud),
      photoUrl: (userId) => urls.urlFor('photo', photoPathOf(userId)),
      image: async (hostedId) => {
        const imagePath = hostedPathOf(path, hostedId)
        looked += 1
        const picture = looked > LOCATED_IMAGES ? null : await this.#look(imagePath, signal)
        return {
          url: await urls.urlFor('image', imagePath),
          location: picture?.location ?? null,
        }
      },
    })
    return this.#withKnownSender(content, message)
  }

  /** The bytes of one picture in the message of a notification, for a page. Throws AppError not-found. */
  async image(delivery: Delivery, hostedId: string): Promise<Picture> {
    const path = messagePathOf(delivery.resource)
    const picture =
      path && (await this.pictures.get(hostedPathOf(path, hostedId), { priority: 'now' }))
    if (picture) return picture
    throw new AppError('not-found', {
      message: 'Teams does not have this picture any more, or it is of a kind that is not shown.',
      nextStep: 'Look for it in Teams.',
    })
  }

  /** Nothing is read any more; what is kept in memory is forgotten. */
  async stop(): Promise<void> {
    await this.names.stop()
    this.#reader.forget()
    this.pictures.forget()
  }

  /** A picture that cannot be had just now has no location; its address may work later. */
  async #look(path: string, signal?: AbortSignal): Promise<Picture | null> {
    try {
      return await this.pictures.get(path, { priority: 'now', signal })
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof AppError) return null
      throw error
    }
  }

  async #withKnownSender(content: MessageContent, message: GraphMessage): Promise<MessageContent> {
    const { sender } = content
    if (!sender || sender.name !== null || !isDirectoryId(sender.id)) return content
    const name = await this.names.knownPerson(personOf(message.from)?.id ?? null)
    return { ...content, sender: { ...sender, name } }
  }
}
