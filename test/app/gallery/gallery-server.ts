// Serves the built pages with the real Content-Security-Policy, and plays the core from one sample state.
import { readFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import { extname, join } from 'node:path'
import { WebSocketServer, type WebSocket } from 'ws'
import type { ErrorReport } from '../../../main/contract/errors.ts'
import type { DeliveryPage } from '../../../main/contract/models/delivery.ts'
import type { TextFile } from '../../../main/contract/models/handover.ts'
import type { Remedy } from '../../../main/contract/models/subscription.ts'
import type { TunnelProviderId } from '../../../main/contract/models/tunnel.ts'
import { firewallRequest } from '../../../main/core/firewall-request.ts'
import { TUNNEL_PROFILES } from '../../../main/core/tunnel/profiles.ts'
import { proxySnippets } from '../../../main/core/tunnel/proxy-snippets.ts'
import type { CallMessage, Push, Reply } from '../../../main/contract/protocol.ts'
import type { Sample } from '../../fakes/sample-states.ts'

const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const contentTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
}

/** A running gallery. */
export interface Gallery {
  address: string
  /** What the core is to answer from now on. */
  show(sample: Sample): void
  /** Pushes an event to every open page. */
  push(push: Push): void
  /** The calls that pages made since the last `show`. */
  calls: { name: string; input: unknown }[]
  /** Cuts every connection, as a core that stops does. */
  cut(): void
  close(): Promise<void>
}

/** Starts the gallery on a free port of 127.0.0.1. */
export async function startGallery(pages: string): Promise<Gallery> {
  let current: Sample | null = null
  const calls: Gallery['calls'] = []
  let shown = 0
  const sockets = new Set<WebSocket>()

  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://gallery').pathname
    void serve(join(pages, path === '/' ? 'index.html' : path), response)
  })
  const webSockets = new WebSocketServer({ server, path: '/socket' })
  webSockets.on('connection', (socket) => {
    const sample = shown
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as CallMessage
      // A page that was closed a moment ago may still have had something to say.
      if (sample === shown) calls.push({ name: message.name, input: message.input })
      socket.send(JSON.stringify({ id: message.id, reply: answer(message, current) }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('The gallery has no port.')

  return {
    address: `http://127.0.0.1:${bound.port}`,
    calls,
    show(sample) {
      current = sample
      shown += 1
      calls.length = 0
    },
    push(push) {
      for (const socket of sockets) socket.send(JSON.stringify(push))
    },
    cut() {
      for (const socket of sockets) socket.terminate()
    },
    async close() {
      for (const socket of sockets) socket.terminate()
      webSockets.close()
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

async function serve(path: string, response: ServerResponse): Promise<void> {
  try {
    const body = await readFile(path)
    response.writeHead(200, {
      'content-type': contentTypes[extname(path)] ?? 'application/octet-stream',
      'content-security-policy': contentSecurityPolicy,
    })
    response.end(body)
  } catch {
    // Whatever is not there is a 404, as on any server.
    response.writeHead(404).end()
  }
}

function answer(message: CallMessage, sample: Sample | null): Reply {
  switch (message.name) {
    case 'app.getState':
      return { ok: true, value: sample?.state }
    case 'log.list':
      return { ok: true, value: sample?.log ?? [] }
    case 'clientSecret.reveal':
      return { ok: true, value: { secretText: 'q~8sample-secret-of-the-gallery' } }
    case 'tunnel.readHostKey':
      return {
        ok: true,
        value: {
          hostKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0sample',
          fingerprint: 'SHA256:8vBq3sGJ0K1pTn5Qe2gYx5mZc7rWdUuH4aLkP9oJfEs',
        },
      }
    case 'tunnel.profiles':
      return { ok: true, value: TUNNEL_PROFILES }
    case 'tunnel.keptSecrets':
      return { ok: true, value: [] }
    case 'tunnel.snippets':
      return {
        ok: true,
        value: sample && proxySnippets(sample.state.settings.connections.microsoft),
      }
    case 'network.firewallRequest':
      return { ok: true, value: sample && firewallText(sample, message.input) }
    case 'tunnel.getPublicKey':
      return {
        ok: true,
        value: { publicKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKsample emi-tray' },
      }
    case 'audit.list': {
      const { afterId } = message.input as { afterId: number }
      return { ok: true, value: (sample?.audit ?? []).filter((entry) => entry.id > afterId) }
    }
    case 'audit.export':
      return { ok: true, value: textFile('emi-tray-audit.csv', 'text/csv', 'time,account\r\n') }
    case 'report.create':
      return { ok: true, value: textFile('emi-tray-report.html', 'text/html', '<h1>Report</h1>') }
    case 'calendar.create':
      return { ok: true, value: textFile('secret.ics', 'text/calendar', 'BEGIN:VCALENDAR\r\n') }
    case 'delivery.search':
      return { ok: true, value: sample?.stored ?? nothingStored }
    case 'webhook.test':
      return { ok: true, value: sample?.state.tunnel.lastProbe }
    case 'delivery.get': {
      const delivery = sample?.log.find((entry) => entry.delivery)?.delivery
      const itemJson = JSON.stringify(
        { changeType: 'created', resource: delivery?.resource, tenantId: delivery?.tenantId },
        null,
        2,
      )
      const id = (message.input as { id: number }).id
      const headers = {
        'content-type': 'application/json; charset=utf-8',
        'client-request-id': '0b9d7d5e-1c22-4f2a-9a57-6d8f6a8f1f10',
      }
      return {
        ok: true,
        value: { ...delivery, id, itemJson, headers, place: null, hasMessage: true },
      }
    }
    case 'setup.applyRemedy':
      return takesSignIn(message.input as { remedy: Remedy }, sample)
        ? { ok: false, error: signInRequired }
        : { ok: true, value: undefined }
    default:
      return { ok: true, value: undefined }
  }
}

function takesSignIn({ remedy }: { remedy: Remedy }, sample: Sample | null): boolean {
  return remedy === 'add-chat-read-all' && sample?.state.signIn.phase === 'signed-out'
}

const signInRequired: ErrorReport = {
  code: 'sign-in-required',
  message: 'Adding a permission takes an administrator, and nobody is signed in.',
  nextStep: 'Sign in, then choose this again.',
  details: null,
  reference: '4c5d6f28',
  at: '2026-03-02T09:00:00.000Z',
}

const nothingStored: DeliveryPage = {
  ...{ found: [], nextBeforeId: null, searchedBackTo: null, tooManyNames: false },
}

function textFile(name: string, mediaType: string, text: string): TextFile {
  return { name, mediaType, text }
}

function firewallText({ state }: Sample, input: unknown): TextFile | null {
  const { provider } = input as { provider: TunnelProviderId }
  const settings = state.settings.connections.microsoft
  return state.cloud && firewallRequest(provider, { settings, cloud: state.cloud })
}
