// What the local side answers: pictures under signed addresses, and metrics. Everything else does not exist.
import type { ReceivedRequest } from '../ports/http-server.ts'

export const METRICS_PATH = '/metrics'

/** What became of a request for a picture. */
export type PictureResult = 'sent' | 'none' | 'refused' | 'failed'

export interface LocalAnswersDeps {
  isOn: (what: 'content' | 'metrics') => boolean
  /** Whether a Host header is one of our names. */
  isOwnName: (host: string) => boolean
  /** The Graph path behind a signed address; null for one that is not ours. */
  open: (url: URL) => Promise<{ path: string } | null>
  /** The picture under a Graph path; null where there is none. */
  picture: (path: string) => Promise<{ bytes: Uint8Array<ArrayBuffer>; type: string } | null>
  /** The metrics as text, with their media type. */
  metrics: () => Promise<{ text: string; type: string }>
  onPicture: (result: PictureResult) => void
  /** Hears why an answer could not be given. */
  onFailure: (error: unknown) => void
}

/** For whoever saves a picture. */
const FILE_NAMES: Partial<Record<string, string>> = {
  'image/png': 'picture.png',
  'image/jpeg': 'picture.jpg',
  'image/gif': 'picture.gif',
  'image/webp': 'picture.webp',
}

/** Nothing is kept by whoever asks, and nothing in a picture can act. */
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; sandbox",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

const WRONG_NAME =
  'Ask for metrics by IP address, as localhost, or by the address that is set for others in Settings.\n'

const RETRY_AFTER_SECONDS = '5'

type Asked = Pick<ReceivedRequest, 'method' | 'url' | 'headers'>

/** Answers one request. A refused picture never says why. */
export async function answerLocally(request: Asked, deps: LocalAnswersDeps): Promise<Response> {
  const url = new URL(request.url)
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  if (!isRead) return nothing(404)
  if (url.pathname === METRICS_PATH && deps.isOn('metrics')) return metricsAnswer(request, deps)
  if (url.pathname.startsWith('/content/') && deps.isOn('content')) {
    return pictureAnswer(request, url, deps)
  }
  return nothing(404)
}

async function metricsAnswer(
  { method, headers: asked }: Asked,
  deps: LocalAnswersDeps,
): Promise<Response> {
  if (!deps.isOwnName(asked.get('host') ?? '')) {
    const headers = { ...HEADERS, 'content-type': 'text/plain; charset=utf-8' }
    return new Response(method === 'HEAD' ? null : WRONG_NAME, { status: 421, headers })
  }
  try {
    const { text, type } = await deps.metrics()
    const headers = { ...HEADERS, 'content-type': type }
    return new Response(method === 'HEAD' ? null : text, { headers })
  } catch (error) {
    deps.onFailure(error)
    return nothing(503)
  }
}

/** Under any name: whoever has a signed address may see its picture, also through a proxy that asks by another name. */
async function pictureAnswer(
  { method }: Asked,
  url: URL,
  deps: LocalAnswersDeps,
): Promise<Response> {
  try {
    const opened = await deps.open(url)
    if (!opened) {
      deps.onPicture('refused')
      return nothing(404)
    }
    const picture = await deps.picture(opened.path)
    deps.onPicture(picture ? 'sent' : 'none')
    if (!picture) return nothing(404)
    const headers = {
      ...HEADERS,
      'content-type': picture.type,
      'content-disposition': `inline; filename="${FILE_NAMES[picture.type] ?? 'picture'}"`,
    }
    return new Response(method === 'HEAD' ? null : picture.bytes, { headers })
  } catch (error) {
    deps.onPicture('failed')
    deps.onFailure(error)
    return nothing(503, { 'retry-after': RETRY_AFTER_SECONDS })
  }
}

function nothing(status: number, headers: Record<string, string> = {}): Response {
  return new Response(null, { status, headers: { ...HEADERS, ...headers } })
}
