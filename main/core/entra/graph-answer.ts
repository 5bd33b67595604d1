// What Graph answered: its JSON or its bytes, or the GraphError that it means.
import type { Cloud } from '../../contract/models/connection.ts'
import { AppError, isAbort } from '../app-error.ts'
import { errorOfAnswer, errorOfNetwork, GraphError } from './graph-error.ts'
import type { Outcome } from './graph-middleware.ts'

/** What is told of a request when its answer is read. */
export interface Answered {
  method: string
  path: string
  signal: AbortSignal | undefined
  outcome: Outcome
  cloud: Cloud
}

/** The parsed answer; undefined for one without a body. Throws GraphError, and the signal's reason when it aborts. */
export async function readAnswer(response: Response, about: Answered): Promise<unknown> {
  const { method, path, signal, outcome, cloud } = about
  let text: string
  try {
    text = await response.text()
  } catch (error) {
    signal?.throwIfAborted()
    if (isAbort(error)) throw error
    throw errorOfNetwork(error, new URL(cloud.graphHost).host)
  }
  const body = parseJson(text)
  if (!response.ok) {
    throw errorOfAnswer({
      status: response.status,
      headers: response.headers,
      body,
      method,
      path,
      clientRequestId: outcome.clientRequestId,
    })
  }
  if (text !== '' && body === undefined) throw notGraph(cloud, response.status)
  return body
}

/**
 * The bytes of an answer. Throws GraphError, and AppError graph-rejected where they are more than `maxBytes`: it stops
 * reading there, whatever length was announced.
 */
export async function readBytes(
  response: Response,
  { maxBytes, ...about }: Answered & { maxBytes: number },
): Promise<Uint8Array<ArrayBuffer>> {
  const { path, signal, cloud } = about
  if (!response.ok) {
    await readAnswer(response, about)
    throw notGraph(cloud, response.status)
  }
  const parts: Uint8Array[] = []
  let length = 0
  try {
    for await (const part of response.body ?? []) {
      length += part.byteLength
      if (length > maxBytes) throw tooLarge(path, maxBytes)
      parts.push(part)
    }
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof AppError || isAbort(error)) throw error
    throw errorOfNetwork(error, new URL(cloud.graphHost).host)
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.byteLength
  }
  return bytes
}

function parseJson(text: string): unknown {
  try {
    return text === '' ? undefined : (JSON.parse(text) as unknown)
  } catch {
    // An HTML page of a proxy, for instance; the caller says so.
    return undefined
  }
}

function notGraph(cloud: Cloud, status: number): GraphError {
  return new GraphError(
    'graph-unavailable',
    {
      message: `${new URL(cloud.graphHost).host} answered with something that is not Microsoft Graph, perhaps the page of a proxy.`,
      nextStep: 'Check the proxy, or sign in to the network in a browser, then try again.',
      details: `Status ${status}, no JSON`,
    },
    { status },
  )
}

function tooLarge(path: string, maxBytes: number): AppError {
  return new AppError('graph-rejected', {
    message: 'A picture is larger than EMI Tray passes on.',
    nextStep: 'Look at it in Teams.',
    details: `${path}, more than ${maxBytes} bytes`,
  })
}
