// Reading a posted body as JSON, up to a limit.

export type ReadBody =
  { kind: 'json'; value: unknown } | { kind: 'unreadable' } | { kind: 'too-large' }

/** Reads the body as UTF-8 JSON and stops as soon as it is longer than `maxBytes`. */
export async function readJson(request: Request, maxBytes: number): Promise<ReadBody> {
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
