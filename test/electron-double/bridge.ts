// In the page: joins the page's own world and the isolated world of the preload, the way contextBridge does.
import type { Codec } from './codec.ts'

export type World = 'page' | 'isolated'

export interface WorldLink {
  /** Hands a value to the other world under a name; throws what the other world threw. */
  offer(name: string, key: string, value: unknown): void
}

type Message =
  | { kind: 'call'; id: string; args: string }
  | { kind: 'answer'; value?: string; error?: string }
  | { kind: 'await'; id: string; wait: number }
  | { kind: 'settled'; wait: number; value?: string; error?: string }

/**
 * Links two worlds over DOM events, which are dispatched synchronously, so synchronous functions answer synchronously.
 * It may use nothing from outside its own body: the page gets it as text.
 */
export function createWorldLink(parts: {
  world: World
  secret: string
  codec: Codec
  onOffer: (name: string, key: string, value: unknown) => void
}): WorldLink {
  const { world, secret, codec } = parts
  const offerId = 'offer'
  // Taken now: scripts of the page run later and may replace what they find on window.
  const dispatch = window.dispatchEvent.bind(window)
  const { parse, stringify } = JSON
  const own = new Map<string, object>()
  const ownIds = new WeakMap<object, string>()
  const foreignIds = new WeakMap<object, string>()
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>()
  let lastAnswer: { value?: string; error?: string } | undefined
  let nextId = 1
  let nextWait = 1

  function post(message: Message): void {
    const other: World = world === 'page' ? 'isolated' : 'page'
    dispatch(new CustomEvent(`${secret}:${other}`, { detail: stringify(message) }))
  }

  function refer(value: object): string {
    // A function that came from the other world goes home as itself, not as a wrapper of a wrapper.
    const foreign = foreignIds.get(value)
    if (foreign) return foreign
    let id = ownIds.get(value)
    if (!id) {
      id = `${world}:${nextId++}`
      ownIds.set(value, id)
      own.set(id, value)
    }
    return id
  }

  function revive(id: string, kind: 'function' | 'promise'): unknown {
    const mine = own.get(id)
    if (mine) return mine
    if (kind === 'promise') {
      return new Promise((resolve, reject) => {
        const wait = nextWait++
        waiting.set(wait, { resolve, reject })
        post({ kind: 'await', id, wait })
      })
    }
    const proxy = (...args: unknown[]): unknown => callOther(id, args)
    foreignIds.set(proxy, id)
    return proxy
  }

  const encode = (value: unknown): string => codec.encodeBridged(value, refer)
  const decode = (text: string | undefined): unknown =>
    text === undefined ? undefined : codec.decode(text, revive)

  function callOther(id: string, args: unknown[]): unknown {
    lastAnswer = undefined
    post({ kind: 'call', id, args: encode(args) })
    const answer = takeAnswer()
    if (!answer) throw new Error('The other world of the context bridge gave no answer.')
    if (answer.error !== undefined) throw decode(answer.error)
    return decode(answer.value)
  }

  function takeAnswer(): typeof lastAnswer {
    const answer = lastAnswer
    lastAnswer = undefined
    return answer
  }

  function thrown(error: unknown): Error {
    return error instanceof Error
      ? error
      : new Error(
          'An unknown exception occurred in the isolated context, an error occurred but a valid exception was not thrown.',
        )
  }

  function answerCall(id: string, args: unknown[]): void {
    let answer: Message
    try {
      if (id === offerId) {
        parts.onOffer(String(args[0]), String(args[1]), args[2])
        answer = { kind: 'answer' }
      } else {
        const target = own.get(id)
        if (typeof target !== 'function') throw new Error('The function of the bridge is gone.')
        answer = { kind: 'answer', value: encode(Reflect.apply(target, undefined, args)) }
      }
    } catch (error) {
      answer = { kind: 'answer', error: encode(thrown(error)) }
    }
    post(answer)
  }

  function answerAwait(id: string, wait: number): void {
    const settle = (part: 'value' | 'error') => (result: unknown) => {
      try {
        post({ kind: 'settled', wait, [part]: encode(result) })
      } catch (error) {
        post({ kind: 'settled', wait, error: encode(thrown(error)) })
      }
    }
    Promise.resolve(own.get(id)).then(settle('value'), settle('error'))
  }

  window.addEventListener(`${secret}:${world}`, (event) => {
    const message = parse((event as CustomEvent<string>).detail) as Message
    if (message.kind === 'answer') lastAnswer = message
    else if (message.kind === 'call') answerCall(message.id, decode(message.args) as unknown[])
    else if (message.kind === 'await') answerAwait(message.id, message.wait)
    else {
      const promise = waiting.get(message.wait)
      waiting.delete(message.wait)
      if (message.error !== undefined) promise?.reject(decode(message.error))
      else promise?.resolve(decode(message.value))
    }
  })

  return { offer: (name, key, value) => void callOther(offerId, [name, key, value]) }
}

/** What the page's own world does with what the preload exposes. Self-contained, for the same reason. */
export function exposeInPage(key: string, api: unknown): void {
  const freeze = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
    // A view over a buffer cannot be frozen, and Electron leaves it as it is.
    if (ArrayBuffer.isView(value)) return
    Object.freeze(value)
    for (const part of Object.values(value)) freeze(part)
  }
  if (Object.hasOwn(window, key)) {
    throw new Error('Cannot bind an API on top of an existing property on the window object')
  }
  freeze(api)
  Object.defineProperty(window, key, {
    value: api,
    writable: false,
    configurable: false,
    enumerable: true,
  })
}
