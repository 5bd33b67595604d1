// Stored notifications as a person asks for them: searched, exported, and one in detail with its message and pictures.
import type { Input, Output } from '../contract/calls.ts'
import type { DeliveryDetail } from '../contract/models/delivery.ts'
import type { MessageContent } from '../contract/models/message.ts'
import { AppError } from './app-error.ts'
import type { Content } from './content/content.ts'
import { messagePathOf } from './content/message-path.ts'
import { searchedParts } from './hand-on/resource.ts'
import type { Clock } from './ports/clock.ts'
import type { Database } from './ports/database.ts'
import type { StoredDelivery } from './ports/stored.ts'
import { webhookUrls } from './webhook-paths.ts'
import { type DeliveryExportDeps, exportAsText } from './webhook/delivery-export.ts'
import { searchDeliveries } from './webhook/delivery-search.ts'
import { withoutContent } from './webhook/delivery-text.ts'

export interface StoredDeliveriesDeps {
  database: Database
  clock: Clock
  version: string
  content: Pick<Content, 'read' | 'image'>
  /** What notifications are posted to, without a path. */
  baseUrl: () => string
  signal: AbortSignal
}

export class StoredDeliveries {
  #deps: StoredDeliveriesDeps

  constructor(deps: StoredDeliveriesDeps) {
    this.#deps = deps
  }

  search(input: Input<'delivery.search'>): Promise<Output<'delivery.search'>> {
    return searchDeliveries(input, this.#searched())
  }

  export(input: Input<'delivery.export'>): Promise<Output<'delivery.export'>> {
    return exportAsText(input, this.#searched())
  }

  /** Throws AppError not-found. */
  async get(id: number): Promise<DeliveryDetail> {
    const delivery = await this.#find(id)
    const { kind, origin, resource, itemJson } = delivery
    const isChange = kind === 'changeNotification' && origin !== 'test'
    return {
      ...delivery,
      itemJson: withoutContent(itemJson),
      hasMessage: isChange && messagePathOf(resource) !== null,
    }
  }

  /** The message that it is about; null for something else. Throws as Content, and not-found. */
  async content(id: number): Promise<MessageContent | null> {
    const { content, signal } = this.#deps
    return content.read(await this.#find(id), signal)
  }

  /** A picture of that message, as an address that the pages' policy lets them show. Throws as Content, and not-found. */
  async image(id: number, imageId: string): Promise<{ dataUrl: string }> {
    const { bytes, type } = await this.#deps.content.image(await this.#find(id), imageId)
    return { dataUrl: `data:${type};base64,${toBase64(bytes)}` }
  }

  async #find(id: number): Promise<StoredDelivery> {
    const delivery = await this.#deps.database.getDelivery(id)
    if (delivery) return delivery
    throw new AppError('not-found', {
      message: `Notification ${id} is not in the inbox.`,
      nextStep: 'Reload the page. It may belong to the other connection.',
    })
  }

  #searched(): DeliveryExportDeps {
    const { database, clock, version, baseUrl } = this.#deps
    return { database, clock, version, readResource: searchedParts, urls: webhookUrls(baseUrl()) }
  }
}

function toBase64(bytes: Uint8Array): string {
  let text = ''
  // In pieces: a call with millions of arguments would exhaust the stack.
  for (let at = 0; at < bytes.length; at += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  }
  return btoa(text)
}
