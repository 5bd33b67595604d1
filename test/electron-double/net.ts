// `net`: requests of the main process, by Node's own fetch; custom schemes and files as well.
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { request } from './client-request.ts'
import { handlerFor } from './protocol.ts'
import { needReady } from './readiness.ts'
import { double } from './records.ts'
import { strict } from './strict.ts'

type NetInit = RequestInit & { bypassCustomProtocolHandlers?: boolean }

const mediaTypes: Record<string, string> = {
  html: 'text/html',
  js: 'text/javascript',
  mjs: 'text/javascript',
  css: 'text/css',
  json: 'application/json',
  svg: 'image/svg+xml',
  png: 'image/png',
  ico: 'image/x-icon',
  woff2: 'font/woff2',
}

export const net = strict('net', {
  get online() {
    return double.online
  },
  isOnline: () => double.online,
  request,
  async fetch(input: string | Request, init: NetInit = {}): Promise<Response> {
    needReady('net.fetch can only be used after app is ready')
    const request = new Request(input, init)
    const handler = init.bypassCustomProtocolHandlers ? undefined : handlerFor(request.url)
    if (handler) return handler(request)
    if (request.url.startsWith('file:')) return fetchFile(request.url)
    if (!double.online) throw new Error('net::ERR_INTERNET_DISCONNECTED')
    return fetch(request)
  },
})

async function fetchFile(url: string): Promise<Response> {
  const path = fileURLToPath(url)
  const type = mediaTypes[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream'
  try {
    return new Response(new Uint8Array(await readFile(path)), { headers: { 'content-type': type } })
  } catch {
    // Chromium's own words for every file it cannot read.
    throw new Error('net::ERR_FILE_NOT_FOUND')
  }
}
