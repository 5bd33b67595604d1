// Entry of the pages: connects to the core and shows the frame.
import { mount } from 'svelte'
import type { EmiBridge } from '../main/contract/protocol.ts'
import App from './App.svelte'
import './app.css'
import { bridgeTransport, createClient, type Transport } from './client.ts'
import { socketTransport, socketUrl } from './socket-client.ts'
import { createPageModel } from './state/page-model.ts'

declare global {
  interface Window {
    emi?: EmiBridge
  }
}

const target = document.getElementById('app')
if (target) {
  mount(App, { target, props: { model: createPageModel(createClient(openTransport()), window) } })
}

function openTransport(): Transport {
  if (window.emi) return bridgeTransport(window.emi)
  return socketTransport({
    openSocket: () => new WebSocket(socketUrl(window.location)),
    after(milliseconds, work) {
      const timer = window.setTimeout(work, milliseconds)
      return () => window.clearTimeout(timer)
    },
    random: () => Math.random(),
  })
}
