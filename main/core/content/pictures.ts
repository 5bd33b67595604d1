// Bytes of hosted images and profile photos, read from Graph within limits and kept for a short time.
import type { ImageLocation } from '../../contract/models/message.ts'
import { hasStatus } from '../entra/graph-client.ts'
import type { Clock } from '../ports/clock.ts'
import type { GraphReads } from './graph-reads.ts'
import { imageTypeOf, type ImageType } from './image-type.ts'
import { Kept } from './kept.ts'
import type { Pass } from '../rate-gate.ts'

/** Teams takes hosted images of 4 MB, and makes photos of 648 pixels. */
export const MAX_PICTURE_BYTES = 4 * 1024 * 1024
const KEEP_MS = 10 * 60_000
const MOST_BYTES = 16 * 1024 * 1024
/** What an answer without a picture counts for. */
const NOTHING_BYTES = 256

export interface Picture {
  bytes: Uint8Array<ArrayBuffer>
  type: ImageType
  location: ImageLocation | null
}

export class Pictures {
  #reads: GraphReads
  #kept: Kept<Picture | null>

  constructor({ reads, clock }: { reads: GraphReads; clock: Clock }) {
    this.#reads = reads
    this.#kept = new Kept({
      clock,
      keepMs: KEEP_MS,
      most: MOST_BYTES,
      sizeOf: (picture) => picture?.bytes.byteLength ?? NOTHING_BYTES,
    })
  }

  /**
   * The picture under a Graph path that message-path.ts made; null where there is none, or it is not one of the
   * kinds that are passed on. Throws as GraphReads, and graph-rejected for one that is too large.
   */
  get(path: string, pass: Pick<Pass, 'priority' | 'signal'>): Promise<Picture | null> {
    return this.#kept.get(path, async () => {
      const bytes = await this.#read(path, pass)
      const type = bytes && imageTypeOf(bytes)
      if (!type) return null
      const { imageLocation } = await import('./image-location.ts')
      return { bytes, type, location: imageLocation(bytes) }
    })
  }

  /** Forgets every picture at once. */
  forget(): void {
    this.#kept.clear()
  }

  async #read(
    path: string,
    pass: Pick<Pass, 'priority' | 'signal'>,
  ): Promise<Uint8Array<ArrayBuffer> | null> {
    try {
      return await this.#reads.getBytes(path, { ...pass, key: null, maxBytes: MAX_PICTURE_BYTES })
    } catch (error) {
      // Who has no photo, or removed the picture: nothing went wrong.
      if (hasStatus(error, 404)) return null
      throw error
    }
  }
}
