// The OData the practice Graph understands: $filter with eq/gt/lt/startswith/any and “and”, $select, $top, nextLink.
import { badRequest, type GraphAnswer, type GraphCall, GraphError } from './graph-call.ts'
import { isObject, type JsonObject } from './json.ts'

export interface Condition {
  readonly property: string
  readonly operator: 'eq' | 'gt' | 'lt' | 'startswith' | 'any'
  readonly value: string | boolean | null
}

const MAX_PAGE = 999
const DEFAULT_PAGE = 100

/** Reads a $filter. @throws GraphError 400 for what it does not understand. */
export function parseFilter(text: string): Condition[] {
  const conditions: Condition[] = []
  let rest = text.trim()
  while (rest !== '') {
    const comparison =
      /^([A-Za-z/]+)\s+(eq|gt|lt)\s+('(?:[^']|'')*'|true|false|null|[0-9A-Za-z:.+-]+)/.exec(rest)
    const call = /^startswith\(\s*([A-Za-z/]+)\s*,\s*('(?:[^']|'')*')\s*\)/i.exec(rest)
    const any = /^([A-Za-z/]+)\/any\(\s*(\w+)\s*:\s*(\w+)\s+eq\s+('(?:[^']|'')*')\s*\)/.exec(rest)
    if (any && any[2] === any[3]) {
      const [, property = '', , , literal = ''] = any
      conditions.push({ property, operator: 'any', value: value(literal) })
    } else if (comparison) {
      const [, property = '', operator = '', literal = ''] = comparison
      conditions.push({ property, operator: operator as 'eq' | 'gt' | 'lt', value: value(literal) })
    } else if (call) {
      const [, property = '', literal = ''] = call
      conditions.push({ property, operator: 'startswith', value: value(literal) })
    } else {
      throw badRequest(`Invalid filter clause: '${text}' could not be understood.`)
    }
    rest = rest.slice((any ?? comparison ?? call)?.[0].length).trimStart()
    if (rest === '') break
    if (!/^and\s/i.test(rest)) throw badRequest(`Invalid filter clause: '${text}'.`)
    rest = rest.slice('and'.length).trimStart()
    if (rest === '') throw badRequest(`Invalid filter clause: '${text}'.`)
  }
  return conditions
}

/** Whether an object meets every condition; times are compared as times. */
export function meets(object: JsonObject, conditions: readonly Condition[]): boolean {
  return conditions.every(({ property, operator, value: wanted }) => {
    const actual = readPath(object, property)
    if (operator === 'any') {
      return Array.isArray(actual) && actual.some((one) => one === wanted)
    }
    if (operator === 'eq') {
      return typeof actual === 'string' && typeof wanted === 'string'
        ? actual.toLowerCase() === wanted.toLowerCase()
        : actual === wanted
    }
    if (typeof actual !== 'string' || typeof wanted !== 'string') return false
    if (operator === 'startswith') return actual.toLowerCase().startsWith(wanted.toLowerCase())
    const difference = Date.parse(actual) - Date.parse(wanted)
    return operator === 'gt' ? difference > 0 : difference < 0
  })
}

/** A collection: filtered by the allowed properties, selected, cut into pages. */
export function collection(
  call: GraphCall,
  items: readonly JsonObject[],
  options: { context: string; filterable: readonly string[] },
): GraphAnswer {
  const filter = call.query.get('$filter')
  const conditions = filter === null ? [] : parseFilter(filter)
  for (const { property, operator } of conditions) {
    // A collection takes any(…), anything else does not.
    const isCollection = property.endsWith('Uris')
    if (!options.filterable.includes(property) || isCollection !== (operator === 'any')) {
      throw badRequest(
        `Unsupported or invalid query filter clause specified for property '${property}'.`,
      )
    }
    // https://learn.microsoft.com/graph/aad-advanced-queries
    if (operator === 'any' && !isAdvanced(call)) {
      throw new GraphError(
        400,
        'Request_UnsupportedQuery',
        `Unsupported or invalid query filter clause specified for property '${property}'.`,
      )
    }
  }
  const matching = items.filter((item) => meets(item, conditions))
  const start = readSkip(call.query)
  const top = readTop(call.query, { fallback: DEFAULT_PAGE, max: MAX_PAGE })
  const page = matching.slice(start, start + top).map((item) => select(item, call.query))
  const next = start + top < matching.length ? nextLink(call, start + top) : undefined
  return {
    status: 200,
    body: {
      '@odata.context': contextUrl(call, options.context),
      ...(call.query.get('$count') === 'true' ? { '@odata.count': matching.length } : {}),
      ...(next === undefined ? {} : { '@odata.nextLink': next }),
      value: page,
    },
  }
}

/** An advanced query asks for the index that lags behind, and for a count. */
function isAdvanced({ headers, query }: GraphCall): boolean {
  return headers['consistencylevel'] === 'eventual' && query.get('$count') === 'true'
}

/** A single object with its context. */
export function entity(
  call: GraphCall,
  object: JsonObject,
  about: { context: string; status?: number },
): GraphAnswer {
  return {
    status: about.status ?? 200,
    body: {
      '@odata.context': contextUrl(call, `${about.context}/$entity`),
      ...select(object, call.query),
    },
  }
}

/** The relationships that $expand names. */
export function expanded(query: URLSearchParams): string[] {
  const text = (query.get('$expand') ?? '').replace(/\([^)]*\)/g, '')
  return text.split(',').map((name) => name.trim())
}

/** Keeps the properties that $select names, and those that $expand brings in. */
export function select(object: JsonObject, query: URLSearchParams): JsonObject {
  const names = query
    .get('$select')
    ?.split(',')
    .map((name) => name.trim())
  if (names === undefined || names.includes('*')) return object
  const kept = [...names, ...expanded(query)]
  return Object.fromEntries(
    Object.entries(object).filter(([name]) => name.startsWith('@') || kept.includes(name)),
  )
}

/** $top within its limits. @throws GraphError 400 when it is no number or too large. */
export function readTop(query: URLSearchParams, limits: { fallback: number; max: number }): number {
  const text = query.get('$top')
  if (text === null) return limits.fallback
  const top = Number(text)
  if (!Number.isInteger(top) || top < 1) throw badRequest(`Invalid value '${text}' for $top.`)
  if (top > limits.max) {
    throw badRequest(
      `The limit of '${limits.max}' for Top query has been exceeded. The value from the incoming request is '${text}'.`,
    )
  }
  return top
}

/** Where a page starts, from the nextLink's $skiptoken. */
export function readSkip(query: URLSearchParams): number {
  const token = query.get('$skiptoken')
  if (token === null) return 0
  try {
    const parsed: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))
    if (isObject(parsed) && typeof parsed['skip'] === 'number') return parsed['skip']
  } catch {
    // Not one of our tokens: refused below.
  }
  throw badRequest('The $skiptoken is not valid.')
}

/** The address of the next page: the same query with another $skiptoken. */
export function nextLink(call: GraphCall, skip: number): string {
  const link = new URL(call.address)
  const token = Buffer.from(JSON.stringify({ skip })).toString('base64url')
  link.searchParams.set('$skiptoken', token)
  return link.href
}

/** The @odata.context address. */
export function contextUrl(call: GraphCall, of: string): string {
  return `${call.tenant.origin}/v1.0/$metadata#${of}`
}

/** The value of an alternate key such as appId='…'. */
export function keyValue(key: string, name: string): string | undefined {
  const match = new RegExp(`^${name}='(.*)'$`, 'i').exec(key)
  return match?.[1]?.replaceAll("''", "'")
}

function readPath(object: JsonObject, path: string): unknown {
  let actual: unknown = object
  for (const name of path.split('/')) actual = isObject(actual) ? actual[name] : undefined
  return actual ?? null
}

function value(literal: string): string | boolean | null {
  if (literal === 'null') return null
  if (literal === 'true' || literal === 'false') return literal === 'true'
  return literal.startsWith("'") ? literal.slice(1, -1).replaceAll("''", "'") : literal
}
