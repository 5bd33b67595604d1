// The clone between app and page: what arrives, and what is refused.
import { expect, test } from 'vitest'
import { createCodec } from '../electron-double/codec.ts'

const codec = createCodec()
const there = (value: unknown): unknown => codec.decode(codec.encode(value))

test('carries what structured clone carries', () => {
  const value = {
    nothing: undefined,
    odd: [NaN, -0, Infinity, 12n],
    at: new Date(5),
    pattern: /a+/gi,
    names: new Map<unknown, unknown>([[{ key: 1 }, new Set(['x'])]]),
    bytes: new Uint8Array([0, 128, 255]),
    words: new Uint16Array([1, 65535]),
    raw: new Uint8Array([9, 8]).buffer,
  }
  expect(there(value)).toEqual(value)
})

test('carries a large buffer whole', () => {
  const bytes = Uint8Array.from({ length: 300_000 }, (_, at) => at % 251)
  expect(there(bytes)).toEqual(bytes)
})

test('keeps one object one object, also in a circle', () => {
  const shared = new Date(7)
  const circle: { self?: unknown; twice: Date[] } = { twice: [shared, shared] }
  circle.self = circle
  const copy = there(circle) as typeof circle
  expect(copy.self).toBe(copy)
  expect(copy.twice[0]).toBe(copy.twice[1])
})

test('an error keeps its kind, message and stack, and loses the rest', () => {
  const copy = there(Object.assign(new TypeError('no'), { code: 'E1' })) as TypeError
  expect(copy).toBeInstanceOf(TypeError)
  expect(copy.message).toBe('no')
  expect(copy.stack).toContain('double-codec')
  expect('code' in copy).toBe(false)
})

test('an instance of a class arrives as a plain object', () => {
  class Point {
    x = 1
    move(): void {
      this.x = 2
    }
  }
  expect(there(new Point())).toEqual({ x: 1 })
})

test.each([
  ['a function', () => undefined],
  ['a function inside', { deep: [() => undefined] }],
  ['a symbol', Symbol('s')],
  ['a promise', Promise.resolve(1)],
  ['a weak map', new WeakMap()],
  ['a blob', new Blob(['x'])],
])('refuses %s in the words of Electron', (_name, value) => {
  expect(() => codec.encode(value)).toThrow('An object could not be cloned.')
})

test('over the bridge functions and promises are named, other things cloned', () => {
  const named: object[] = []
  const text = codec.encodeBridged(
    { call: () => 1, later: Promise.resolve(2), at: new Date(3) },
    (v) => {
      named.push(v)
      return `ref${named.length}`
    },
  )
  const copy = codec.decode(text, (reference, kind) => `${kind} ${reference}`)
  expect(copy).toEqual({ call: 'function ref1', later: 'promise ref2', at: new Date(3) })
})
