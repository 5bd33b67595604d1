// What a page sees of the app: window.emi = { call, on }. Passes through, never throws.
import { contextBridge, ipcRenderer } from 'electron'
import type { EmiBridge, Push, Reply } from '../main/contract/protocol.ts'

const bridge: EmiBridge = {
  call: (name, input) => ipcRenderer.invoke('emi:call', { name, input }) as Promise<Reply>,
  on: (listener) => {
    const forward = (_event: unknown, push: Push) => listener(push)
    ipcRenderer.on('emi:event', forward)
    return () => {
      ipcRenderer.off('emi:event', forward)
    }
  },
}

contextBridge.exposeInMainWorld('emi', bridge)
