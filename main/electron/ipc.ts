// The contract over ipcMain: one channel for calls, one for events; checks who is asking.
import { ipcMain, type IpcMainInvokeEvent, type WebContents } from 'electron'
import type { EmiApp } from '../core/app.ts'
import type { Push, Reply } from '../contract/protocol.ts'
import { isPageAddress } from './pages.ts'

/** A call larger than this is refused: no page sends that much. */
const MAX_CALL_CHARACTERS = 256 * 1024

/** Answers calls from our own pages. Returns a function that stops answering. */
export function answerCalls(app: Pick<EmiApp, 'dispatch'>): () => void {
  ipcMain.handle('emi:call', async (event, message: unknown): Promise<Reply> => {
    if (!isOurPage(event)) throw new Error('This page may not call EMI Tray.')
    const call = readCall(message)
    return app.dispatch(call.name, call.input)
  })
  return () => ipcMain.removeHandler('emi:call')
}

/** Pushes events to a page until it is gone. */
export function pushEvents(
  app: Pick<EmiApp, 'onStateChanged' | 'onLogAppended' | 'onDeliveriesNamed'>,
  page: WebContents,
): void {
  const send = (push: Push) => {
    if (!page.isDestroyed()) page.send('emi:event', push)
  }
  const undo = [
    app.onStateChanged((payload) => send({ event: 'state.changed', payload })),
    app.onLogAppended((payload) => send({ event: 'log.appended', payload })),
    app.onDeliveriesNamed((payload) => send({ event: 'delivery.named', payload })),
  ]
  page.once('destroyed', () => {
    for (const stop of undo) stop()
  })
}

/** Only the top frame of one of our own pages. https://www.electronjs.org/docs/latest/tutorial/security (item 17) */
function isOurPage(event: IpcMainInvokeEvent): boolean {
  const frame = event.senderFrame
  return frame !== null && frame.parent === null && isPageAddress(frame.url)
}

function readCall(message: unknown): { name: string; input: unknown } {
  if (typeof message !== 'object' || message === null || !('name' in message)) return noCall
  const input = 'input' in message ? message.input : undefined
  if (typeof message.name !== 'string') return noCall
  const text = jsonOf(input)
  if (text === null) return noCall
  if (text !== undefined && text.length > MAX_CALL_CHARACTERS) return noCall
  return {
    name: message.name,
    input: text === undefined ? undefined : (JSON.parse(text) as unknown),
  }
}

/** JSON only, as over the socket: no Date, Map or buffer gets through. null for what JSON cannot hold. */
function jsonOf(input: unknown): string | undefined | null {
  try {
    return input === undefined ? undefined : JSON.stringify(input)
  } catch {
    // Something that contains itself, a bigint, or nested too deep: no page of ours sends that.
    return null
  }
}

/** Dispatch answers it with call-unknown. */
const noCall = { name: '', input: undefined }
