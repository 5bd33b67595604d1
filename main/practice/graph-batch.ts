// Graph's $batch: up to twenty requests in one, each with its own answer, some waiting for others.
// https://learn.microsoft.com/graph/json-batching
import { type GraphAnswer, GraphError } from './graph-call.ts'
import { isObject, type JsonObject, stringOf, stringsOf } from './json.ts'
import type { PracticeResponse } from './listener.ts'
import type { Tenant } from './tenant.ts'

/** One request as the router runs it. */
export interface InnerRequest {
  method: string
  address: URL
  headers: Record<string, string>
  body: unknown
}

interface Item extends InnerRequest {
  id: string
  dependsOn: readonly string[]
}

const MAX_BATCH = 20
const METHODS = ['GET', 'POST', 'PATCH', 'PUT', 'DELETE']

/**
 * Runs the items, each after those it depends on, and answers 200 whatever became of them.
 * @throws GraphError 400 when the batch itself is not well formed.
 */
export async function answerBatch(batch: {
  tenant: Tenant
  body: unknown
  /** Makes an answer of whatever comes out, with the headers every answer carries. */
  settleItem: (
    headers: Record<string, string>,
    work: () => Promise<GraphAnswer>,
  ) => Promise<PracticeResponse>
  run: (request: InnerRequest) => Promise<GraphAnswer>
}): Promise<GraphAnswer> {
  const items = readItems(batch.tenant, batch.body)
  const answers = new Map<string, PracticeResponse>()
  for (const item of inOrder(items)) {
    const hasFailed = item.dependsOn.some((id) => (answers.get(id)?.status ?? 0) >= 400)
    const answer = await batch.settleItem(item.headers, () =>
      hasFailed ? Promise.reject(failedDependency()) : batch.run(item),
    )
    answers.set(item.id, answer)
  }
  // Graph promises no order: the answers come back to front, so that nobody relies on one.
  const responses = [...answers].reverse().map(([id, { status, headers, body }]) => ({
    id,
    status,
    headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: body instanceof Uint8Array ? inBase64(body) : body }),
  }))
  return { status: 200, body: { responses } }
}

function readItems(tenant: Tenant, body: unknown): Item[] {
  const requests = isObject(body) ? body['requests'] : undefined
  if (!Array.isArray(requests) || requests.length === 0) {
    throw malformed('Invalid batch payload format: “requests” is missing or empty.')
  }
  if (requests.length > MAX_BATCH) {
    throw malformed(`Number of batch request steps exceeds the maximum value of ${MAX_BATCH}.`)
  }
  const items = requests.map((request: unknown) => readItem(tenant, request))
  const ids = new Set(items.map((item) => item.id))
  if (ids.size < items.length) throw malformed('Request Id is repeated in the batch.')
  const unknown = items.flatMap((item) => item.dependsOn).find((id) => !ids.has(id))
  if (unknown !== undefined) throw malformed(`The batch has no request with id '${unknown}'.`)
  return items
}

function readItem(tenant: Tenant, request: unknown): Item {
  const item = isObject(request) ? request : {}
  const id = stringOf(item, 'id') ?? ''
  const method = stringOf(item, 'method')?.toUpperCase() ?? ''
  const url = stringOf(item, 'url') ?? ''
  if (id === '' || url === '' || !METHODS.includes(method)) {
    throw malformed('Every request of a batch needs an id, a method and a url.')
  }
  if (/^[a-z][a-z0-9+.-]*:/i.test(url)) {
    throw malformed(`Write request id : ${id} has a url that is not relative.`)
  }
  const headers = isObject(item['headers']) ? lowerCase(item['headers']) : {}
  const body = item['body']
  if (body !== undefined && headers['content-type'] === undefined) {
    throw malformed(`Write request id : ${id} does not contain Content-Type header or body.`)
  }
  const path = `/v1.0/${url.replace(/^\/+/, '')}`
  if (!URL.canParse(path, tenant.origin)) throw malformed(`The url of request ${id} is not valid.`)
  const dependsOn = stringsOf(item, 'dependsOn')
  return { id, method, address: new URL(path, tenant.origin), headers, body, dependsOn }
}

/** Each after those it depends on. @throws GraphError 400 for requests that wait for each other. */
function inOrder(items: readonly Item[]): Item[] {
  const ordered: Item[] = []
  const isDone = (id: string) => ordered.some((item) => item.id === id)
  while (ordered.length < items.length) {
    const next = items.find((item) => !isDone(item.id) && item.dependsOn.every(isDone))
    if (!next) throw malformed('The requests of the batch depend on each other in a circle.')
    ordered.push(next)
  }
  return ordered
}

function malformed(message: string): GraphError {
  return new GraphError(400, 'BadRequest', message)
}

function failedDependency(): GraphError {
  return new GraphError(424, 'FailedDependency', 'A request that this one depends on has failed.')
}

function inBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}

function lowerCase(headers: JsonObject): Record<string, string> {
  const entries = Object.entries(headers).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
  return Object.fromEntries(entries.map(([name, text]) => [name.toLowerCase(), text]))
}
