// The provider for public services that give an address to whoever connects by ssh, such as localhost.run.
import type { Client } from 'ssh2'
import type { HostedSshSettings } from '../contract/models/settings.ts'
import { AppError } from '../core/app-error.ts'
import type { TunnelProvider, TunnelSession } from '../core/ports/tunnel.ts'
import { dialDirectly } from './dial.ts'
import { connectSsh, type SshConnection } from './ssh-connection.ts'
import {
  closedOnRequest,
  closeSsh,
  forward,
  mustBeFilled,
  passOn,
  type SshWays,
} from './ssh-forward.ts'
import { loadSshPrivateKey } from './ssh-key.ts'

const LONGEST_TEXT = 64 * 1024
/** How long the service may take to name the address after it agreed to listen. */
const ADDRESS_LIMIT_MS = 15_000
// These services colour what they write.
const COLOURS = /\u001b\[[0-9;?]*[A-Za-z]/g

/** A tunnel by such a service. The session ends when the service names another address. */
export function hostedSshTunnel({
  dial = dialDirectly,
  door,
  addressLimitMs = ADDRESS_LIMIT_MS,
}: SshWays & { addressLimitMs?: number } = {}): TunnelProvider {
  return {
    id: 'hosted-ssh',
    readableBy: 'whoever runs the service, where https ends',
    async open({ settings, secrets, local, signal }): Promise<TunnelSession> {
      const service = settings.hostedSsh
      mustBeFilled('host name of the service', service.host)
      mustBeFilled('user name at the service', service.username)
      const pattern = patternOf(service)
      const privateKey = await loadSshPrivateKey(secrets)
      const connection = await connectSsh({
        ...{ gateway: service, privateKey, dial, signal },
        letsAnybodyIn: true,
      })
      try {
        passOn(connection, { local, door })
        const addresses = listenForAddress(connection.client, { service, pattern })
        const bind = { kind: 'port' as const, host: service.bindName, port: service.bindPort }
        await forward(connection, { bind, wasHeld: false, signal })
        const publicUrl = await firstAddress(addresses, { connection, addressLimitMs, signal })
        return sessionOf(connection, { publicUrl, addresses })
      } catch (error) {
        await closeSsh(connection)
        throw error
      }
    },
  }
}

interface Addresses {
  first: Promise<string>
  /** Calls back with each address that is named later. */
  onNext(listener: (url: string) => void): void
  /** The last of what the service said, for the error. */
  said(): string
}

function listenForAddress(
  client: Client,
  { service, pattern }: { service: HostedSshSettings; pattern: RegExp | null },
): Addresses {
  const first = Promise.withResolvers<string>()
  let rest = ''
  let lastLine = ''
  let next: (url: string) => void = () => undefined
  const take = (chunk: Buffer) => {
    const text = (rest + chunk.toString('utf8').replace(COLOURS, '')).slice(-LONGEST_TEXT)
    const lines = text.split(/\r?\n/)
    // What is not a whole line yet may hold half an address.
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line.trim()) lastLine = line.trim()
      const url = addressIn(line, pattern)
      if (!url) continue
      first.resolve(url)
      next(url)
    }
  }
  const opened = (
    error: Error | undefined,
    channel: NodeJS.ReadableStream & { stderr: NodeJS.ReadableStream },
  ) => {
    // Without a channel no address comes, which the time limit reports.
    if (error) return
    channel.on('data', take)
    channel.stderr.on('data', take)
  }
  if (service.request) client.exec(service.request, opened)
  else client.shell(false, opened)
  return {
    first: first.promise,
    onNext: (listener) => (next = listener),
    said: () => (rest.trim() || lastLine).slice(-300),
  }
}

/** The https address in one line: the `address` of a JSON event, or what the pattern finds. */
function addressIn(line: string, pattern: RegExp | null): string | null {
  if (line.trimStart().startsWith('{')) {
    try {
      const event: unknown = JSON.parse(line)
      if (typeof event === 'object' && event !== null && 'address' in event) {
        return typeof event.address === 'string' ? originOf(`https://${event.address}`) : null
      }
    } catch {
      // Not JSON after all, or not all of it has come.
    }
  }
  const match = pattern?.exec(line)
  return match ? originOf(match[1] ?? match[0]) : null
}

function originOf(text: string): string | null {
  return URL.canParse(text) && text.startsWith('https:') ? new URL(text).origin : null
}

async function firstAddress(
  addresses: Addresses,
  given: { connection: SshConnection; addressLimitMs: number; signal: AbortSignal },
): Promise<string> {
  const { connection, addressLimitMs, signal } = given
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => undefined)
  const timer = setTimeout(() => failed.reject(noAddress(addresses.said())), addressLimitMs)
  const onAbort = () => failed.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  void connection.closed.then((reason) => failed.reject(reason))
  try {
    return await Promise.race([addresses.first, failed.promise])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
}

function sessionOf(
  connection: SshConnection,
  { publicUrl, addresses }: { publicUrl: string; addresses: Addresses },
): TunnelSession {
  const over = Promise.withResolvers<AppError>()
  void connection.closed.then(over.resolve)
  addresses.onNext((url) => {
    if (url !== publicUrl) over.resolve(addressChanged(url))
  })
  return {
    publicUrl,
    closed: over.promise,
    close: async () => {
      over.resolve(closedOnRequest())
      await closeSsh(connection)
    },
  }
}

function patternOf({ pattern }: HostedSshSettings): RegExp | null {
  if (!pattern.trim()) return null
  try {
    return new RegExp(pattern)
  } catch (error) {
    throw new AppError('tunnel-config', {
      message: `What to look for in the service's words is no regular expression: ${pattern}`,
      nextStep: 'Correct it on the Webhook page, or choose one of the ready-made services there.',
      cause: error,
    })
  }
}

function noAddress(said: string): AppError {
  return new AppError('tunnel-transient', {
    message: 'The service accepted the connection, but named no https address.',
    nextStep:
      'EMI Tray tries again by itself. If this goes on, the service may have changed what it writes: correct the pattern.',
    ...(said && { details: said }),
  })
}

function addressChanged(url: string): AppError {
  return new AppError('tunnel-transient', {
    message: `The service has given out another address: ${url}.`,
    nextStep: 'EMI Tray connects again and moves the subscriptions to the new address by itself.',
  })
}
