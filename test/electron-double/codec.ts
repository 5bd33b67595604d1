// The structured clone of IPC and of the context bridge as text: one source that runs in Node and, by its own text, in the page.

/** Gives a function or a promise a name under which the other side can reach it. */
export type Refer = (value: object) => string
/** Makes the stand-in for what the other side named. */
export type Revive = (reference: string, kind: 'function' | 'promise') => unknown

export interface Codec {
  /** What IPC can carry. Throws what Electron throws when a value cannot be cloned. */
  encode(value: unknown): string
  /** What the context bridge can carry: functions and promises become references. */
  encodeBridged(value: unknown, refer: Refer): string
  decode(text: string, revive?: Revive): unknown
}

type Coded = null | string | number | boolean | [tag: string, ...rest: unknown[]]

/** Builds the codec. It may use nothing from outside its own body: the page gets it as text. */
export function createCodec(): Codec {
  const notCloneable = 'An object could not be cloned.'
  const deepest = 1000
  const views = {
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
    DataView,
  }
  const errors = { EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError }

  function toBase64(bytes: Uint8Array): string {
    let binary = ''
    for (let at = 0; at < bytes.length; at += 8192) {
      binary += String.fromCharCode(...bytes.subarray(at, at + 8192))
    }
    return btoa(binary)
  }

  function fromBase64(text: string): ArrayBuffer {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer
  }

  function ownEntries(value: object): [string, unknown][] {
    return Object.keys(value).map((key) => [key, Reflect.get(value, key)])
  }

  function isPlain(value: object): boolean {
    return Object.prototype.toString.call(value) === '[object Object]'
  }

  function encodeWith(root: unknown, refer: Refer | undefined): string {
    const seen = new Map<object, number>()

    function code(value: unknown, depth: number): Coded {
      if (value === undefined) return ['undefined']
      if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
      if (typeof value === 'number') {
        return Number.isFinite(value) && !Object.is(value, -0)
          ? value
          : ['number', Object.is(value, -0) ? '-0' : String(value)]
      }
      if (typeof value === 'bigint') return ['bigint', String(value)]
      if (typeof value === 'symbol') throw new Error(notCloneable)
      if (depth > deepest) throw new Error('The recursion limit of the context bridge was reached')
      if (typeof value === 'function') {
        if (!refer) throw new Error(notCloneable)
        return ['function', refer(value)]
      }
      if (refer && value instanceof Promise) return ['promise', refer(value)]
      const known = seen.get(value)
      if (known !== undefined) return ['again', known]
      const id = seen.size
      seen.set(value, id)
      return codeObject(value, id, depth + 1)
    }

    function codeObject(value: object, id: number, depth: number): Coded {
      if (Array.isArray(value)) return ['array', id, value.map((item) => code(item, depth))]
      if (value instanceof Error) {
        // The bridge keeps an error's message only; IPC keeps what structured clone keeps.
        return refer
          ? ['error', id, 'Error', value.message, '']
          : ['error', id, value.name, value.message, value.stack ?? '']
      }
      if (isPlain(value)) {
        return ['object', id, ownEntries(value).map(([key, item]) => [key, code(item, depth)])]
      }
      if (refer) return ['cloned', id, encode(value)]
      if (value instanceof Date) return ['date', id, value.getTime()]
      if (value instanceof RegExp) return ['regexp', id, value.source, value.flags]
      if (value instanceof Map) {
        return ['map', id, [...value].map(([key, item]) => [code(key, depth), code(item, depth)])]
      }
      if (value instanceof Set) return ['set', id, [...value].map((item) => code(item, depth))]
      if (value instanceof ArrayBuffer) return ['buffer', id, toBase64(new Uint8Array(value))]
      if (ArrayBuffer.isView(value)) {
        const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
        return ['view', id, value.constructor.name, toBase64(bytes)]
      }
      throw new Error(notCloneable)
    }

    return JSON.stringify(code(root, 0))
  }

  function encode(value: unknown): string {
    let cloned: unknown
    try {
      cloned = structuredClone(value)
    } catch {
      // The platform names the value ("#<Promise> could not be cloned"); Electron does not.
      throw new Error(notCloneable)
    }
    return encodeWith(cloned, undefined)
  }

  function decode(text: string, revive?: Revive): unknown {
    const made: unknown[] = []

    function build(coded: unknown): unknown {
      if (!Array.isArray(coded)) return coded
      const [tag, first, second, third, fourth] = coded as [string, ...unknown[]]
      const id = Number(first)
      const keep = <T>(value: T): T => {
        made[id] = value
        return value
      }
      switch (tag) {
        case 'undefined':
          return undefined
        case 'number':
          return Number(first)
        case 'bigint':
          return BigInt(String(first))
        case 'again':
          return made[id]
        case 'function':
        case 'promise':
          return revive?.(String(first), tag)
        case 'cloned':
          return keep(decode(String(second)))
        case 'date':
          return keep(new Date(Number(second ?? NaN)))
        case 'regexp':
          return keep(new RegExp(String(second), String(third)))
        case 'buffer':
          return keep(fromBase64(String(second)))
        case 'view': {
          const View: unknown = views[String(second) as keyof typeof views]
          return keep(
            Reflect.construct(View as typeof Uint8Array, [fromBase64(String(third))]) as unknown,
          )
        }
        case 'error': {
          const name = String(second)
          const Class = name in errors ? errors[name as keyof typeof errors] : Error
          const error = keep(new Class(String(third)))
          if (typeof fourth === 'string' && fourth) error.stack = fourth
          return error
        }
        default:
          return buildCollection({ tag, items: second as unknown[], keep })
      }
    }

    function buildCollection(from: {
      tag: string
      items: unknown[]
      keep: <T>(value: T) => T
    }): unknown {
      if (from.tag === 'array') {
        const list: unknown[] = from.keep([])
        for (const item of from.items) list.push(build(item))
        return list
      }
      if (from.tag === 'set') {
        const set = from.keep(new Set<unknown>())
        for (const item of from.items) set.add(build(item))
        return set
      }
      const pairs = from.items as [unknown, unknown][]
      if (from.tag === 'map') {
        const map = from.keep(new Map<unknown, unknown>())
        for (const [key, item] of pairs) map.set(build(key), build(item))
        return map
      }
      const object = from.keep<Record<string, unknown>>({})
      for (const [key, item] of pairs) object[String(key)] = build(item)
      return object
    }

    return build(JSON.parse(text))
  }

  return { encode, encodeBridged: (value, refer) => encodeWith(value, refer), decode }
}
