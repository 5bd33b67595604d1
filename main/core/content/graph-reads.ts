// Reads of content from Graph with the application's own token: paced, once at a time, and quiet while Graph asks to wait.
import type { GraphBytes, GraphClient } from '../entra/graph-client.ts'
import type { Pass, RateGate } from '../rate-gate.ts'

export type ContentGraph = Pick<GraphClient, 'get'> & GraphBytes

export class GraphReads {
  #graph: ContentGraph
  #gate: RateGate

  constructor({ graph, gate }: { graph: ContentGraph; gate: RateGate }) {
    this.#graph = graph
    this.#gate = gate
  }

  /** One GET; throws what the Graph client throws, and AppError busy where too many wait. */
  get(path: string, pass: Pass & { query?: Record<string, string> }): Promise<unknown> {
    const { query = {}, ...rest } = pass
    return this.#gate.run(rest, () =>
      this.#graph.get(path, {
        query,
        attempts: 1,
        // Else system events come as `unknownFutureValue`. https://learn.microsoft.com/graph/best-practices-concept
        headers: { prefer: 'include-unknown-enum-members' },
        ...(pass.signal ? { signal: pass.signal } : {}),
      }),
    )
  }

  getBytes(path: string, pass: Pass & { maxBytes: number }): Promise<Uint8Array<ArrayBuffer>> {
    const { maxBytes, ...rest } = pass
    return this.#gate.run(rest, () =>
      this.#graph.getBytes(path, {
        maxBytes,
        attempts: 1,
        headers: { accept: 'image/*' },
        ...(pass.signal ? { signal: pass.signal } : {}),
      }),
    )
  }
}
