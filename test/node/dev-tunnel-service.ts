// A loopback double of Microsoft's Dev Tunnels: its API, its relay, its public addresses, and the proxy that leads there.
import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import net, { type AddressInfo, type Socket } from 'node:net'
import { PortRelayConnectRequestMessage } from '@microsoft/dev-tunnels-connections/messages/portRelayConnectRequestMessage.js'
import {
  type KeyPair,
  SshAlgorithms,
  SshDisconnectReason,
  SshServerSession,
  SshSessionConfiguration,
  WebSocketStream,
} from '@microsoft/dev-tunnels-ssh'
import {
  PortForwardingService,
  PortForwardRequestMessage,
  PortForwardSuccessMessage,
} from '@microsoft/dev-tunnels-ssh-tcp'
import { generate } from 'selfsigned'
import { type WebSocket, WebSocketServer } from 'ws'

const CLUSTER = 'usw2'
/** Names that only the proxy knows. */
const SERVICE = 'global.tunnels.test'
const RELAY = `${CLUSTER}-data.tunnels.test`
const NAMES = [SERVICE, `${CLUSTER}.tunnels.test`, RELAY]
const PROTOCOL = 'tunnel-relay-host-v2-dev'
/** The Authorization header of an application that may have tunnels. */
export const GOOD_APPLICATION = 'Bearer good-application'

interface Entry {
  type: string
  scopes: string[]
}
interface Port {
  portNumber: number
  protocol?: string
  accessControl?: { entries: Entry[] }
}
interface StoredTunnel {
  tunnelId: string
  ports: Port[]
  accessControl?: { entries: Entry[] }
  tokens: Set<string>
}
/** A host that is connected: its session, its socket, and the loopback port that stands for each forwarded one. */
interface Host {
  session: SshServerSession
  socket: Socket
  ports: Map<number, net.Server>
  isFrozen: boolean
}

export class DevTunnelService {
  readonly tunnels = new Map<string, StoredTunnel>()
  /** `METHOD path` of every call of the management API, in order. */
  readonly calls: string[] = []
  /** The proxy lets nobody to the relay. */
  relayBarred = false
  /** Status that the relay, or the API, answers with instead of its work, and how often still; 0 is no answer at all. */
  relayFault = { status: 503, times: 0 }
  apiFault = { status: 503, times: 0, title: '' }
  /** Whether a host token may open a port to everybody. */
  hostMayOpen = true
  caPem = ''
  readonly uri = `https://${SERVICE}/`
  /** `host:port` of the proxy, the only way to the service. */
  proxy = ''
  /** What the proxy was asked for. */
  readonly asked = new Set<string>()
  #server: https.Server | null = null
  #proxy: http.Server | null = null
  #sockets = new Set<Socket>()
  #hosts = new Map<string, Host>()
  #key: KeyPair | null = null

  async start(): Promise<this> {
    const ec = { keyType: 'ec', algorithm: 'sha256' } as const
    const { cert, private: key } = await generate([{ name: 'commonName', value: SERVICE }], {
      ...ec,
      extensions: [
        { name: 'basicConstraints', cA: true },
        { name: 'subjectAltName', altNames: NAMES.map((value) => ({ type: 2, value })) },
      ],
    })
    this.caPem = cert
    this.#key = (await SshAlgorithms.publicKey.ecdsaSha2Nistp384?.generateKeyPair()) ?? null
    const server = https.createServer({ cert, key }, (request, response) => {
      void this.#answer(request, response)
    })
    const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => PROTOCOL })
    server.on('upgrade', (request: http.IncomingMessage, socket: Socket, head: Buffer) => {
      const refusal = this.#relayRefusal(request)
      if (refusal === 0) return
      if (refusal !== null) {
        socket.end(`HTTP/1.1 ${refusal} Refused\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
        return
      }
      const id = idOf(request)
      sockets.handleUpgrade(request, socket, head, (webSocket) => {
        void this.#relay(id, streamOf(webSocket), socket)
      })
    })
    server.on('secureConnection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    this.#server = server
    await this.#startProxy((server.address() as AddressInfo).port)
    return this
  }

  /** Connects to the double for its names, and to nothing else. */
  async #startProxy(port: number): Promise<void> {
    const proxy = http.createServer()
    proxy.on('connect', ({ url = '' }: http.IncomingMessage, client: Socket) => {
      this.asked.add(url)
      if (this.relayBarred && url.startsWith(RELAY)) {
        client.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n')
        return
      }
      const inner = net.connect(port, '127.0.0.1', () => {
        client.write('HTTP/1.1 200 Connected\r\n\r\n')
        client.pipe(inner).pipe(client)
      })
      for (const [one, other] of [
        [client, inner],
        [inner, client],
      ] as const) {
        one.on('error', () => other.destroy())
        one.on('close', () => other.destroy())
      }
      this.#sockets.add(client)
    })
    proxy.listen(0, '127.0.0.1')
    await once(proxy, 'listening')
    this.#proxy = proxy
    this.proxy = `127.0.0.1:${(proxy.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    for (const { ports } of this.#hosts.values()) for (const one of ports.values()) one.close()
    for (const socket of this.#sockets) socket.destroy()
    for (const server of [this.#server, this.#proxy]) {
      if (!server) continue
      const closed = once(server, 'close')
      server.close()
      await closed
    }
  }

  /** A tunnel that somebody made with Microsoft's program, and its host token. */
  make(tunnelId: string, ports: Port[], { livesMs = 86_400_000, scope = 'host' } = {}): string {
    const tunnel: StoredTunnel = { tunnelId, ports, tokens: new Set() }
    this.tunnels.set(tunnelId, tunnel)
    return this.#issue(tunnel, { livesMs, scope })
  }

  /** Which ports of a tunnel its connected host offers. */
  offered(tunnelId: string): number[] {
    const host = this.#hosts.get(tunnelId)
    const known = this.tunnels.get(tunnelId)?.ports ?? []
    return known.map(({ portNumber }) => portNumber).filter((number) => host?.ports.has(number))
  }

  /** Cuts the host's connection. */
  drop(tunnelId: string): void {
    this.#hosts.get(tunnelId)?.socket.destroy()
  }

  /** From now on the relay neither reads nor writes, as after a laptop's sleep; nobody is told. */
  freeze(tunnelId: string): void {
    const host = this.#hosts.get(tunnelId)
    if (!host) return
    host.socket.pause()
    host.socket.write = () => true
    host.isFrozen = true
  }

  /** Whether the tunnel's host is the one that fell silent. */
  isFrozen(tunnelId: string): boolean {
    return this.#hosts.get(tunnelId)?.isFrozen ?? false
  }

  /** What the public address does with a request from the Internet. Rejects where nothing comes back in time. */
  async visit(url: string, init: RequestInit = {}): Promise<Response> {
    const [, id = '', number = ''] = /^https:\/\/([^.]+)-(\d+)\./.exec(url) ?? []
    const tunnel = this.tunnels.get(id)
    const port = tunnel?.ports.find(({ portNumber }) => portNumber === Number(number))
    if (!tunnel || !port) return new Response('', { status: 404 })
    const headers = new Headers(init.headers)
    if (![tunnel, port].some(isAnonymous)) return new Response('', { status: 401 })
    const isPage = (init.method ?? 'GET') === 'GET' && headers.get('accept')?.includes('text/html')
    if (isPage) return new Response('You are about to connect to a developer tunnel')
    const listener = this.#hosts.get(id)?.ports.get(port.portNumber)
    if (!listener) return new Response('', { status: 502 })
    const { port: inner } = listener.address() as AddressInfo
    const { pathname, search } = new URL(url)
    return request({ inner, path: pathname + search, headers, init })
  }

  #issue(tunnel: StoredTunnel, { livesMs, scope }: { livesMs: number; scope: string }): string {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const exp = Math.floor((Date.now() + livesMs) / 1_000)
    const { tunnelId } = tunnel
    const claims = { clusterId: CLUSTER, tunnelId, scp: scope, exp, n: tunnel.tokens.size }
    const token = `${part({ alg: 'ES256' })}.${part(claims)}.c2ln`
    tunnel.tokens.add(token)
    return token
  }

  async #answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', this.uri)
    const method = request.method ?? ''
    this.calls.push(`${method} ${url.pathname}`)
    const json = (status: number, value: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
    }
    const text = (await request.setEncoding('utf8').toArray()).join('')
    const body = (text ? JSON.parse(text) : {}) as Partial<StoredTunnel & Port> & { id?: string }
    if (this.apiFault.times > 0) {
      this.apiFault.times -= 1
      json(this.apiFault.status, { title: this.apiFault.title })
      return
    }
    if (url.pathname.startsWith('/clusters')) {
      json(200, { recommendedClusterId: CLUSTER })
      return
    }
    const [, id = '', kind, name] =
      /^\/tunnels\/([^/]+)(?:\/(\w+)\/([^/]+))?$/.exec(url.pathname) ?? []
    const known = this.tunnels.get(id)
    const authorization = request.headers.authorization ?? ''
    const isApplication = authorization === GOOD_APPLICATION
    const isHost = known?.tokens.has(authorization.replace(/^tunnel /, '')) === true
    if (!isApplication && !isHost) {
      json(401, { title: 'Unauthorized tunnel access' })
      return
    }
    const view = (tunnel: StoredTunnel) => {
      const withToken = url.searchParams.get('tokenScopes') === 'host'
      const { tokens: _, ...rest } = tunnel
      const host = withToken && this.#issue(tunnel, { livesMs: 86_400_000, scope: 'host' })
      return {
        ...rest,
        clusterId: CLUSTER,
        ports: tunnel.ports.map((port) => ({
          ...port,
          portForwardingUris: [`https://${id}-${port.portNumber}.${CLUSTER}.devtunnels.ms/`],
        })),
        ...(host && { accessTokens: { host } }),
      }
    }
    if (kind === undefined && method === 'PUT') {
      const tunnel = { tokens: new Set<string>(), ports: [], ...body, tunnelId: id }
      this.tunnels.set(id, tunnel)
      json(201, view(tunnel))
    } else if (!known) {
      json(404, { title: 'Tunnel not found' })
    } else if (kind === undefined) {
      json(200, view(known))
    } else if (kind === 'endpoints') {
      const hostRelayUri = `wss://${RELAY}/host/${id}`
      json(200, method === 'DELETE' ? true : { ...body, hostRelayUri })
    } else if (kind === 'ports') {
      if (isHost && !this.hostMayOpen) {
        json(403, { title: 'Request not permitted. Expected one or more of [manage].' })
        return
      }
      known.ports = known.ports.filter(({ portNumber }) => portNumber !== Number(name))
      if (method === 'PUT') known.ports.push({ portNumber: Number(name), ...body })
      json(200, method === 'DELETE' ? true : body)
    } else {
      json(404, {})
    }
  }

  #relayRefusal(request: http.IncomingMessage): number | null {
    if (this.relayFault.times > 0) {
      this.relayFault.times -= 1
      return this.relayFault.status
    }
    const token = (request.headers.authorization ?? '').replace(/^tunnel /, '')
    if (this.tunnels.get(idOf(request))?.tokens.has(token) !== true) return 401
    return request.headers['sec-websocket-protocol']?.includes(PROTOCOL) ? null : 400
  }

  async #relay(id: string, stream: WebSocketStream, socket: Socket): Promise<void> {
    // Only one host at a time: the second one wins.
    const earlier = this.#hosts.get(id)
    await earlier?.session.close(SshDisconnectReason.tooManyConnections, 'another host')
    const configuration = new SshSessionConfiguration(true)
    configuration.keyExchangeAlgorithms.unshift(SshAlgorithms.keyExchange.none ?? null)
    configuration.addService(PortForwardingService)
    const session = new SshServerSession(configuration)
    session.credentials = { publicKeys: this.#key ? [this.#key] : [] }
    session.onAuthenticating((event) => {
      event.authenticationPromise = Promise.resolve({})
    })
    session.onRequest((event) => {
      if (event.requestType.includes('tcpip-forward')) event.isAuthorized = true
    })
    const host: Host = { session, socket, ports: new Map(), isFrozen: false }
    this.#hosts.set(id, host)
    session.onClosed(() => {
      for (const listener of host.ports.values()) listener.close()
      if (this.#hosts.get(id) === host) this.#hosts.delete(id)
    })
    const forwarding = session.activateService(PortForwardingService)
    forwarding.tcpListenerFactory = {
      createTcpListener: async (remotePort: number, _address: string, localPort: number) => {
        const listener = net.createServer().listen(0, '127.0.0.1')
        await once(listener, 'listening')
        host.ports.set(localPort || remotePort, listener)
        return listener
      },
    }
    forwarding.messageFactory = {
      createRequestMessageAsync: () => Promise.resolve(new PortForwardRequestMessage()),
      createSuccessMessageAsync: (port: number) =>
        Promise.resolve(Object.assign(new PortForwardSuccessMessage(), { port })),
      createChannelOpenMessageAsync: () =>
        Promise.resolve(
          Object.assign(new PortRelayConnectRequestMessage(), {
            accessToken: 'anonymous',
            isE2EEncryptionRequested: false,
          }),
        ),
    }
    // A host that goes away while it connects concerns nobody here.
    await session.connect(stream).catch(() => undefined)
  }
}

/** What the ssh library reads and writes. It uses what it writes again, so that each message has to be a copy. */
function streamOf(webSocket: WebSocket): WebSocketStream {
  const adapter: ConstructorParameters<typeof WebSocketStream>[0] = {
    onmessage: null,
    onclose: null,
    send: (data: ArrayBuffer) => webSocket.send(Buffer.copyBytesFrom(new Uint8Array(data))),
    close: () => webSocket.close(),
  }
  webSocket.on('message', (data: Buffer) => {
    adapter.onmessage?.({ data: new Uint8Array(data).buffer })
  })
  webSocket.on('close', (code, reason) => {
    adapter.onclose?.({ code, reason: reason.toString(), wasClean: code === 1_000 })
  })
  return new WebSocketStream(adapter)
}

function isAnonymous({ accessControl }: Pick<Port, 'accessControl'>): boolean {
  return (
    accessControl?.entries.some(
      ({ type, scopes }) => type === 'Anonymous' && scopes.includes('connect'),
    ) === true
  )
}

function idOf({ url }: http.IncomingMessage): string {
  return url?.split('/').pop() ?? ''
}

/** One request to the loopback port that stands for the forwarded one. */
function request(given: {
  inner: number
  path: string
  headers: Headers
  init: RequestInit
}): Promise<Response> {
  const { inner, path, headers, init } = given
  return new Promise((resolve, reject) => {
    const asked = http.request(
      {
        ...{ host: '127.0.0.1', port: inner, path, agent: false },
        method: init.method ?? 'GET',
        headers: Object.fromEntries(headers),
        ...(init.signal && { signal: init.signal }),
      },
      (answer) => {
        answer
          .setEncoding('utf8')
          .toArray()
          .then(
            (parts) => resolve(new Response(parts.join(''), { status: answer.statusCode ?? 500 })),
            reject,
          )
      },
    )
    asked.on('error', reject)
    asked.end(init.body as string | undefined)
  })
}
