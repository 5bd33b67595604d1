// In the isolated world: the renderer's half of the electron module, and the require and process a sandboxed preload gets.
import type { Codec } from './codec.ts'
import type { WorldLink } from './bridge.ts'

/** What the isolated world sends to the main process. */
export type FromPage =
  | { kind: 'send'; channel: string; args: unknown[] }
  | { kind: 'invoke'; id: number; channel: string; args: unknown[] }
  | { kind: 'permission'; id: number; permission: string }
  | { kind: 'preload-failed'; message: string; stack: string }

/** What the main process sends to the isolated world. */
export type ToPage =
  | { kind: 'event'; channel: string; args: unknown[] }
  | { kind: 'reply'; id: number; value?: unknown; error?: string }

export interface RendererFacts {
  argv: string[]
  platform: string
  arch: string
  versions: Record<string, string>
}

export interface RendererModule {
  require: (name: string) => unknown
  process: object
  receive: (text: string) => void
  /** Asks the main process whether a permission is given. */
  askPermission: (permission: string) => Promise<boolean>
  preloadFailed: (error: unknown) => void
}

type Listener = (...args: unknown[]) => void

/** Builds the module. It may use nothing from outside its own body: the page gets it as text. */
export function createRendererModule(parts: {
  codec: Codec
  link: WorldLink
  facts: RendererFacts
  post: (text: string) => void
}): RendererModule {
  const { codec, facts } = parts
  const pending = new Map<number, { channel: string; settle: (reply: ToPage) => void }>()
  let nextId = 1

  const send = (message: FromPage): void => parts.post(codec.encode(message))
  const missing = (name: string): never => {
    throw new Error(`electron.${name} is not implemented in the test double`)
  }

  // Methods live on the prototype, as in Electron: over the context bridge an emitter is an empty object.
  class Emitter {
    #listeners = new Map<string, { call: Listener; given: Listener }[]>()
    on(name: string, listener: Listener): this {
      return this.#add(name, { call: listener, given: listener })
    }
    addListener(name: string, listener: Listener): this {
      return this.on(name, listener)
    }
    once(name: string, listener: Listener): this {
      const call = (...args: unknown[]): void => {
        this.off(name, listener)
        listener(...args)
      }
      return this.#add(name, { call, given: listener })
    }
    off(name: string, listener: Listener): this {
      const list = this.#listeners.get(name) ?? []
      const at = list.findLastIndex((one) => one.given === listener)
      if (at >= 0) this.#listeners.set(name, list.toSpliced(at, 1))
      return this
    }
    removeListener(name: string, listener: Listener): this {
      return this.off(name, listener)
    }
    removeAllListeners(name?: string): this {
      if (name === undefined) this.#listeners.clear()
      else this.#listeners.delete(name)
      return this
    }
    listenerCount(name: string): number {
      return this.#listeners.get(name)?.length ?? 0
    }
    emit(name: string, ...args: unknown[]): boolean {
      const list = this.#listeners.get(name) ?? []
      for (const one of list) one.call(...args)
      return list.length > 0
    }
    #add(name: string, entry: { call: Listener; given: Listener }): this {
      this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), entry])
      return this
    }
  }

  class IpcRenderer extends Emitter {
    send(channel: string, ...args: unknown[]): void {
      send({ kind: 'send', channel, args })
    }
    async invoke(channel: string, ...args: unknown[]): Promise<unknown> {
      const reply = await ask(channel, (id) => ({ kind: 'invoke', id, channel, args }))
      if (reply.error !== undefined) {
        throw new Error(`Error invoking remote method '${channel}': ${reply.error}`)
      }
      return reply.value
    }
    sendSync(): never {
      return missing('ipcRenderer.sendSync')
    }
    postMessage(): never {
      return missing('ipcRenderer.postMessage')
    }
    sendToHost(): never {
      return missing('ipcRenderer.sendToHost')
    }
  }

  function ask(channel: string, message: (id: number) => FromPage): Promise<Reply> {
    return new Promise((resolve) => {
      const id = nextId++
      // A value that cannot be cloned throws here and leaves nothing waiting.
      send(message(id))
      pending.set(id, { channel, settle: (reply) => resolve(reply as Reply) })
    })
  }
  type Reply = Extract<ToPage, { kind: 'reply' }>

  const ipcRenderer = new IpcRenderer()

  const contextBridge = {
    exposeInMainWorld: (key: string, api: unknown) => parts.link.offer('expose', key, api),
    exposeInIsolatedWorld: () => missing('contextBridge.exposeInIsolatedWorld'),
    executeInMainWorld: () => missing('contextBridge.executeInMainWorld'),
  }
  const electron = new Proxy<Record<string, unknown>>(
    { ipcRenderer, contextBridge },
    {
      get(target, name) {
        if (typeof name === 'symbol' || name in target || name === '__esModule') {
          return Reflect.get(target, name) as unknown
        }
        return missing(name)
      },
    },
  )

  // A sandboxed preload gets electron and three small modules, nothing else.
  // https://www.electronjs.org/docs/latest/tutorial/sandbox#preload-scripts
  const modules: Record<string, unknown> = {
    electron,
    'electron/common': electron,
    'electron/renderer': electron,
    events: Object.assign(Emitter, { EventEmitter: Emitter }),
    timers: { setTimeout, setInterval, clearTimeout, clearInterval },
    url: { URL, URLSearchParams },
  }

  return {
    require(name) {
      const plain = name.replace(/^node:/, '')
      if (!Object.hasOwn(modules, plain)) throw new Error(`module not found: ${name}`)
      return modules[plain]
    },
    process: {
      ...facts,
      env: {},
      type: 'renderer',
      sandboxed: true,
      contextIsolated: true,
      isMainFrame: true,
    },
    receive(text) {
      const message = codec.decode(text) as ToPage
      if (message.kind === 'reply') {
        const entry = pending.get(message.id)
        pending.delete(message.id)
        entry?.settle(message)
        return
      }
      const event = { sender: ipcRenderer, ports: [], defaultPrevented: false }
      ipcRenderer.emit(message.channel, event, ...message.args)
    },
    askPermission: async (permission) => {
      const reply = await ask('permission', (id) => ({ kind: 'permission', id, permission }))
      return reply.value === true
    },
    preloadFailed(error) {
      const { message, stack } = error instanceof Error ? error : new Error(String(error))
      send({ kind: 'preload-failed', message, stack: stack ?? message })
    },
  }
}
