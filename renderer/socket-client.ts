// The transport over a WebSocket: reconnects by itself, and tells when it was away.
import type { Push, Reply } from '../main/contract/protocol.ts'
import type { ConnectionStatus, Transport } from './client.ts'
import { t } from './texts/texts.ts'

const firstDelayMs = 500
const longestDelayMs = 10_000
/** The core answers within seconds; a probe through the public URL may take its time. */
const callTimeoutMs = 90_000

/** The part of a WebSocket that is used, so that tests can play it. */
export interface Socket {
  send(text: string): void
  close(): void
  addEventListener(type: 'open' | 'close', listener: () => void): void
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void
}

/** What the socket transport is given. */
export interface SocketOptions {
  openSocket: () => Socket
  /** Runs `work` after a time; returns its undo. */
  after: (milliseconds: number, work: () => void) => () => void
  random: () => number
}

interface Waiting {
  settle: (reply: Reply) => void
  text: string
}

/** The address of the socket of the page's own origin. */
export function socketUrl(page: { protocol: string; host: string }): string {
  return `${page.protocol === 'https:' ? 'wss' : 'ws'}://${page.host}/socket`
}

/** Opens the socket and keeps it open. */
export function socketTransport({ openSocket, after, random }: SocketOptions): Transport {
  const pushListeners = new Set<(push: Push) => void>()
  const statusListeners = new Set<(status: ConnectionStatus) => void>()
  const waiting = new Map<number, Waiting>()
  let status: ConnectionStatus = 'connecting'
  let socket: Socket | null = null
  let undoRetry: (() => void) | null = null
  let attempt = 0
  let lastId = 0

  connect()

  return {
    call(name, input) {
      if (status === 'lost') return Promise.resolve(connectionLost())
      lastId += 1
      const id = lastId
      const text = JSON.stringify({ id, name, input })
      return new Promise((resolve) => {
        const undoTimeout = after(callTimeoutMs, () => settle(id, noAnswer()))
        waiting.set(id, {
          text,
          settle: (reply) => {
            undoTimeout()
            resolve(reply)
          },
        })
        if (status === 'open') socket?.send(text)
      })
    },
    onPush(listener) {
      pushListeners.add(listener)
      return () => pushListeners.delete(listener)
    },
    onStatus(listener) {
      statusListeners.add(listener)
      listener(status)
      return () => statusListeners.delete(listener)
    },
    retryNow() {
      if (undoRetry) connect()
    },
  }

  function connect(): void {
    undoRetry?.()
    undoRetry = null
    const mine = openSocket()
    socket = mine
    mine.addEventListener('open', () => {
      attempt = 0
      setStatus('open')
      // Calls made before the socket was open.
      for (const { text } of waiting.values()) mine.send(text)
    })
    mine.addEventListener('message', (event) => take(event.data))
    mine.addEventListener('close', () => {
      if (socket !== mine) return
      socket = null
      setStatus('lost')
      for (const id of [...waiting.keys()]) settle(id, connectionLost())
      undoRetry = after(nextDelay(), connect)
    })
  }

  function nextDelay(): number {
    const delay = Math.min(longestDelayMs, firstDelayMs * 2 ** attempt)
    attempt += 1
    // Half of it at random, so that several windows do not come back in step.
    return delay / 2 + (random() * delay) / 2
  }

  function take(data: unknown): void {
    if (typeof data !== 'string') return
    const message: unknown = JSON.parse(data)
    if (typeof message !== 'object' || message === null) return
    if ('id' in message && typeof message.id === 'number' && 'reply' in message) {
      settle(message.id, message.reply as Reply)
    } else if ('event' in message) {
      for (const listener of pushListeners) listener(message as Push)
    }
  }

  function settle(id: number, reply: Reply): void {
    const entry = waiting.get(id)
    waiting.delete(id)
    entry?.settle(reply)
  }

  function setStatus(next: ConnectionStatus): void {
    status = next
    for (const listener of statusListeners) listener(next)
  }
}

function connectionLost(): Reply<never> {
  return failure(t.errors.connectionLost, t.errors.connectionLostNext)
}

function noAnswer(): Reply<never> {
  return failure(t.errors.noAnswer, t.errors.noAnswerNext)
}

function failure(message: string, nextStep: string): Reply<never> {
  return {
    ok: false,
    error: {
      code: 'network-unreachable',
      message,
      nextStep,
      details: null,
      reference: '',
      at: new Date().toISOString(),
    },
  }
}
