// Checks exchanges with Graph against Microsoft's OpenAPI description, where that is at hand (../shared/graph).
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv, type ValidateFunction } from 'ajv'
import addFormats from 'ajv-formats'
import type { PracticeExchange } from '../../main/practice/practice-tenant.ts'

export interface OpenApiCheck {
  (exchange: PracticeExchange): void
  /** What did not fit, one sentence each. */
  violations: string[]
  /** How many handled exchanges were on a described path. */
  checked: number
}

type Json = Record<string, unknown>

interface Operation {
  method: string
  template: string
  pattern: RegExp
  queryNames: Set<string>
  request: Schema | undefined
  success: Schema | undefined
  failure: Schema | undefined
}

interface Schema {
  validate: ValidateFunction
  /** Names that may stand at the top of the value; null when anything may. */
  names: Set<string> | null
  /** The same for the items of a collection's value. */
  itemNames: Set<string> | null
}

const FILE = join(import.meta.dirname, '../../../shared/graph/openapi-v1.0-subset.json')
const ROOT = 'graph.json'
// Printed in Microsoft's own samples, though the description does not have them.
const KNOWN_EXTRAS = new Set(['notificationContentType', 'publisherName'])
const MEMBER_EXTRAS = ['email', 'tenantId', 'userId', 'user']

// Compiling takes most of a second: once for all checks of a process.
let compiled: Operation[] | undefined

/**
 * A check to hand to the practice tenant's `tap`, or null when the description is not there.
 * Requests are checked when they were accepted; answers always.
 */
export function createOpenApiCheck(): OpenApiCheck | null {
  if (!existsSync(FILE)) return null
  compiled ??= readOperations(object(JSON.parse(readFileSync(FILE, 'utf8'))))
  const operations = compiled
  const check: OpenApiCheck = Object.assign(
    (exchange: PracticeExchange) => {
      if (exchange.phase !== 'handled' || exchange.host !== 'graph') return
      if (exchange.path === '/v1.0/$batch') {
        for (const item of itemsOf(exchange)) check(item)
        return
      }
      const url = new URL(exchange.path, 'https://localhost')
      const path = canonicalPath(url.pathname.replace(/^\/v1\.0/, ''))
      const operation = operations.find(
        (one) => one.method === exchange.method && one.pattern.test(path),
      )
      if (!operation) return
      check.checked += 1
      for (const problem of problemsOf(operation, exchange, url)) {
        check.violations.push(`${exchange.method} ${operation.template}: ${problem}`)
      }
    },
    { violations: [] as string[], checked: 0 },
  )
  return check
}

/** The requests of a batch as if each had come alone. */
function itemsOf(exchange: PracticeExchange): PracticeExchange[] {
  const list = (value: unknown): Json[] => (Array.isArray(value) ? value.map(object) : [])
  const requests = list(object(exchange.requestBody)['requests'])
  return list(object(exchange.responseBody)['responses']).flatMap((response) => {
    const request = requests.find((one) => one['id'] === response['id'])
    if (!request) return []
    const headers = Object.entries(object(response['headers']))
    return [
      {
        ...exchange,
        method: String(request['method']).toUpperCase(),
        path: `/v1.0/${String(request['url']).replace(/^\//, '')}`,
        requestBody: request['body'],
        status: Number(response['status']),
        responseHeaders: Object.fromEntries(headers.map(([name, value]) => [name, String(value)])),
        responseBody: response['body'],
      },
    ]
  })
}

function problemsOf(operation: Operation, exchange: PracticeExchange, url: URL): string[] {
  const problems: string[] = []
  const status = exchange.status ?? 0
  const isSuccess = status >= 200 && status < 300
  const report = (where: string, schema: Schema | undefined, value: unknown) => {
    if (!schema) return
    if (!schema.validate(value)) {
      for (const error of schema.validate.errors ?? []) {
        problems.push(`${where}${error.instancePath} ${error.message ?? ''}`)
      }
    }
    problems.push(...unknownNames(schema, value).map((name) => `${where} has unknown “${name}”`))
  }
  if (isSuccess) {
    for (const name of url.searchParams.keys()) {
      if (name !== '$skiptoken' && !operation.queryNames.has(name)) {
        problems.push(`query option ${name} is not described`)
      }
    }
    if (exchange.requestBody !== undefined) {
      report('request', operation.request, exchange.requestBody)
    }
  }
  const isBinary = exchange.responseBody instanceof Uint8Array
  if (exchange.responseBody !== undefined && !isBinary) {
    report('answer', isSuccess ? operation.success : operation.failure, exchange.responseBody)
  }
  const headers = exchange.responseHeaders ?? {}
  for (const name of ['request-id', 'client-request-id']) {
    if (headers[name] === undefined) problems.push(`answer has no header ${name}`)
  }
  return problems
}

function unknownNames(schema: Schema, value: unknown): string[] {
  const isUnknown = (names: Set<string>) => (name: string) =>
    !name.includes('@odata.') && !names.has(name) && !KNOWN_EXTRAS.has(name)
  const top = schema.names ? Object.keys(object(value)).filter(isUnknown(schema.names)) : []
  const items = object(value)['value']
  if (!schema.itemNames || !Array.isArray(items)) return top
  const isUnknownInItem = isUnknown(schema.itemNames)
  const inItems = items.flatMap((item) => Object.keys(object(item)).filter(isUnknownInItem))
  return [...top, ...new Set(inItems)]
}

function readOperations(document: Json): Operation[] {
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true })
  addFormats(ajv)
  ajv.addFormat('base64url', /^[A-Za-z0-9_+/=-]*$/)
  ajv.addSchema({ ...document, $id: ROOT })

  const compile = (content: unknown): Schema | undefined => {
    const schema = object(object(object(content)['application/json'])['schema'])
    if (Object.keys(schema).length === 0) return undefined
    const names = propertiesOf(document, schema)
    const items = names ? object(names['value'])['items'] : undefined
    const itemProperties = items === undefined ? null : propertiesOf(document, object(items))
    return {
      validate: ajv.compile(absoluteRefs(schema)),
      names: names ? new Set(Object.keys(names)) : null,
      itemNames: itemProperties
        ? new Set([...Object.keys(itemProperties), ...MEMBER_EXTRAS])
        : null,
    }
  }

  const operations: Operation[] = []
  for (const [template, methods] of Object.entries(object(document['paths']))) {
    for (const [method, value] of Object.entries(object(methods))) {
      const operation = object(value)
      const responses = object(operation['responses'])
      const parameters = Array.isArray(operation['parameters']) ? operation['parameters'] : []
      operations.push({
        method: method.toUpperCase(),
        template,
        pattern: templatePattern(template),
        queryNames: new Set(
          parameters
            .map((one) => resolve(document, object(one)))
            .filter((one) => one['in'] === 'query')
            .map((one) => String(one['name'])),
        ),
        request: compile(object(operation['requestBody'])['content']),
        success: compile(resolve(document, object(responses['2XX']))['content']),
        failure: compile(resolve(document, object(responses['default']))['content']),
      })
    }
  }
  // The more a template says in plain words, the earlier it is tried.
  const plainLength = ({ template }: Operation) => template.replace(/\{[^}]*\}/g, '').length
  return operations.sort((a, b) => plainLength(b) - plainLength(a))
}

function templatePattern(template: string): RegExp {
  const source = template
    .split(/(\{[^}]*\})/)
    .map((part) => (part.startsWith('{') ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')))
    .join('')
  return new RegExp(`^${source}$`, 'i')
}

/** chats('19:…')/messages('1') and chats/19:…/messages/1 are the same place; keys with a name stay. */
function canonicalPath(path: string): string {
  const readable = path.replace(/(?:%[0-9a-f]{2})+/gi, (codes) => {
    try {
      return decodeURIComponent(codes)
    } catch {
      return codes
    }
  })
  return readable.replace(/\('([^']*)'\)/g, '/$1')
}

function propertiesOf(document: Json, schema: Json): Json | null {
  const resolved = resolve(document, schema)
  const parts = resolved['allOf']
  if (Array.isArray(parts)) {
    return parts.reduce<Json>(
      (all, part) => ({ ...all, ...propertiesOf(document, object(part)) }),
      {},
    )
  }
  return resolved['properties'] === undefined ? null : object(resolved['properties'])
}

function resolve(document: Json, value: Json): Json {
  const reference = value['$ref']
  if (typeof reference !== 'string') return value
  const target = reference
    .replace(/^#\//, '')
    .split('/')
    .reduce<unknown>((node, key) => object(node)[key], document)
  return resolve(document, object(target))
}

function absoluteRefs(value: unknown): Json {
  const text = JSON.stringify(value).replaceAll('"$ref":"#/', `"$ref":"${ROOT}#/`)
  return object(JSON.parse(text))
}

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
