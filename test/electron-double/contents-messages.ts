// Messages of a page on their way to the listeners and handlers of the app, and the answers back.
import type { IpcMainEvent } from 'electron'
import { createEvent } from './event.ts'
import { deliver, invoke, ipcMain } from './ipc.ts'
import { codec } from './page-session.ts'
import type { FromPage, ToPage } from './renderer-module.ts'
import { asWebContents, type WebContentsDouble } from './web-contents.ts'

export interface MessageParts {
  contents: WebContentsDouble
  push: (message: ToPage) => void
  onPermission: (permission: string) => Promise<boolean>
  onPreloadFailed: (error: Error) => void
}

/** Makes the receiver of one page's messages; `current` is false for a document that is already gone. */
export function receiveMessages(
  parts: MessageParts,
): (message: FromPage, current: boolean) => void {
  const { contents } = parts
  return (message, current) => {
    if (contents.isDestroyed()) return
    const reply = (answer: ToPage): void => {
      if (current && !contents.isDestroyed()) parts.push(answer)
    }
    switch (message.kind) {
      case 'preload-failed':
        parts.onPreloadFailed(Object.assign(new Error(message.message), { stack: message.stack }))
        return
      case 'send': {
        const { channel, args } = message
        deliver([contents.ipc, ipcMain], { event: messageEvent(contents, current), channel, args })
        return
      }
      case 'permission':
        void parts
          .onPermission(message.permission)
          .then((value) => reply({ kind: 'reply', id: message.id, value }))
        return
      case 'invoke':
        void answerCall({ contents, current, message, reply })
    }
  }
}

async function answerCall(parts: {
  contents: WebContentsDouble
  current: boolean
  message: Extract<FromPage, { kind: 'invoke' }>
  reply: (answer: ToPage) => void
}): Promise<void> {
  const { contents, current, message, reply } = parts
  const { id, channel, args } = message
  const event = messageEvent(contents, current)
  const carry = (value: unknown): unknown => {
    codec.encode(value)
    return value
  }
  const answer = await invoke([contents.ipc, ipcMain], { event, channel, args, carry })
  if ('error' in answer) reply({ kind: 'reply', id, error: answer.error })
  else reply({ kind: 'reply', id, value: answer.carried })
}

function messageEvent(contents: WebContentsDouble, current: boolean): IpcMainEvent {
  const known = {
    type: 'frame' as const,
    sender: asWebContents(contents),
    senderFrame: current ? contents.mainFrame : null,
    frameId: 1,
    processId: 1,
    ports: [],
    reply: (channel: string, ...args: unknown[]) => contents.send(channel, ...args),
  }
  const event: Partial<IpcMainEvent> = createEvent(known)
  return event as IpcMainEvent
}
