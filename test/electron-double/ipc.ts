// `ipcMain`: listeners and handlers, and the way a message of a page takes to them.
import { EventEmitter } from 'node:events'
import type { IpcMain, IpcMainEvent, IpcMainInvokeEvent } from 'electron'

type InvokeHandler = Parameters<IpcMain['handle']>[1]

/** Handlers and listeners of one place; there is one for the app, and one in each web contents. */
export class IpcReceiver
  extends EventEmitter
  implements Pick<IpcMain, 'handle' | 'handleOnce' | 'removeHandler'>
{
  readonly #handlers = new Map<string, InvokeHandler>()

  handle(channel: string, listener: InvokeHandler): void {
    if (this.#handlers.has(channel)) {
      throw new Error(`Attempted to register a second handler for '${channel}'`)
    }
    if (typeof listener !== 'function') {
      throw new Error(`Expected handler to be a function, but found type '${typeof listener}'`)
    }
    this.#handlers.set(channel, listener)
  }

  handleOnce(channel: string, listener: InvokeHandler): void {
    this.handle(channel, (event, ...args: unknown[]): unknown => {
      this.removeHandler(channel)
      return listener(event, ...args)
    })
  }

  removeHandler(channel: string): void {
    this.#handlers.delete(channel)
  }

  handlerOf(channel: string): InvokeHandler | undefined {
    return this.#handlers.get(channel)
  }
}

export const ipcMain = new IpcReceiver()
// An "error" channel without listeners must not bring the app down, as in Electron.
ipcMain.on('error', () => undefined)

/** Gives a message to everybody listening, from the frame outwards. */
export function deliver(
  receivers: IpcReceiver[],
  message: { event: IpcMainEvent; channel: string; args: unknown[] },
): void {
  for (const receiver of receivers) receiver.emit(message.channel, message.event, ...message.args)
}

/** Runs the handler of a channel; what it throws becomes the text Electron sends to the page. */
export async function invoke<T>(
  receivers: IpcReceiver[],
  message: {
    event: IpcMainInvokeEvent
    channel: string
    args: unknown[]
    /** Takes the value on its way; throws when it cannot be cloned. */
    carry: (value: unknown) => T
  },
): Promise<{ carried: T } | { error: string }> {
  const { event, channel, args, carry } = message
  const handler = receivers.map((one) => one.handlerOf(channel)).find((one) => one !== undefined)
  if (!handler) return { error: String(new Error(`No handler registered for '${channel}'`)) }
  try {
    return { carried: carry(await handler(event, ...args)) }
  } catch (error) {
    console.error(`Error occurred in handler for '${channel}':`, error)
    return { error: String(error) }
  }
}
