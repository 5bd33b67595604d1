// Reading a posted body as JSON, up to a limit.
import type { ReceivedRequest } from '../ports/http-server.ts'

export type ReadBody =
  { kind: 'json'; value: unknown } | { kind: 'unreadable' } | { kind: 'too-large' }

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Reads the body as UTF-8 JSON, at once where it has come; stops as soon as it is longer than `maxBytes`. */
export function readJson(
  request: Request | ReceivedRequest,
  maxBytes: number,
): ReadBody | Promise<ReadBody> {
  return 'body' in request ? readStream(request, maxBytes) : parse(request.bytes, maxBytes)
}

async function readStream(request: Request, maxBytes: number): Promise<ReadBody> {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) return { kind: 'too-large' }
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let bytes = 0
  let text = ''
  try {
    const reader = request.body?.getReader()
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
      bytes += part.value.byteLength
      if (bytes > maxBytes) {
        await reader?.cancel()
        return { kind: 'too-large' }
      }
      text += decoder.decode(part.value, { stream: true })
    }
    return { kind: 'json', value: JSON.parse(text + decoder.decode()) }
  } catch {
    // No UTF-8, no JSON, or the sender went away: in each case there is nothing to read.
    return { kind: 'unreadable' }
  }
}

function parse(bytes: Uint8Array, maxBytes: number): ReadBody {
  if (bytes.byteLength > maxBytes) return { kind: 'too-large' }
  try {
    return { kind: 'json', value: JSON.parse(utf8.decode(bytes)) }
  } catch {
    // No UTF-8 or no JSON: there is nothing to read.
    return { kind: 'unreadable' }
  }
}
