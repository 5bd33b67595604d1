// The top frame as the main process sees it: `webContents.mainFrame` and `event.senderFrame`.
import type { WebFrameMain } from 'electron'
import type { IpcReceiver } from './ipc.ts'
import { originOf } from './protocol.ts'
import { strict } from './strict.ts'

export interface FrameSource {
  ipc: IpcReceiver
  url: () => string
  isDestroyed: () => boolean
  send: (channel: string, ...args: unknown[]) => void
  executeJavaScript: (code: string) => Promise<unknown>
}

/** Makes the frame; it stays the same object while its page lives, so apps may compare it. */
export function createMainFrame(source: FrameSource): WebFrameMain {
  const members = {
    get url() {
      return source.url()
    },
    get origin() {
      return originOf(source.url())
    },
    get top(): WebFrameMain {
      return frame
    },
    parent: null,
    frames: [],
    name: '',
    detached: false,
    routingId: 1,
    processId: 1,
    frameTreeNodeId: 1,
    visibilityState: 'visible',
    isDestroyed: source.isDestroyed,
    send: source.send,
    executeJavaScript: source.executeJavaScript,
  } satisfies Partial<WebFrameMain>
  // The receiver is the double's own and fits Electron's type only in what it implements.
  Object.defineProperty(members, 'ipc', { value: source.ipc, enumerable: true })
  const known: Partial<WebFrameMain> = strict('webFrameMain', members)
  const frame = known as WebFrameMain
  return frame
}
