// A batch() for hand-written Graph clients: every read of the batch goes to the fake's own get().
import { GraphError, type GraphClient } from '../../main/core/entra/graph-client.ts'

/** Answers each read of a batch by `get`; a GraphError becomes that read's error. */
export function batchBy(get: GraphClient['get']): GraphClient['batch'] {
  return (requests) =>
    Promise.all(
      requests.map(async ({ path, query }) => {
        try {
          return { status: 200, body: await get(path, { query: query ?? {} }), error: null }
        } catch (error) {
          if (!(error instanceof GraphError)) throw error
          return { status: error.status, body: undefined, error }
        }
      }),
    )
}
