// The devtunnels provider: Microsoft Dev Tunnels, for trying out. One tunnel is made, kept and used again.
import type { Agent } from 'node:https'
import * as v from 'valibot'
import type { DevTunnelSettings } from '../contract/models/settings.ts'
import { cancelled } from '../core/app-error.ts'
import type { Clock } from '../core/ports/clock.ts'
import { HOST_TOKEN, type HostToken, type SecretStore } from '../core/ports/secret-store.ts'
import type { TunnelOpenOptions, TunnelProvider, TunnelSession } from '../core/ports/tunnel.ts'
import {
  lost,
  noApplication,
  noToken,
  noValidToken,
  portMissing,
  refused,
  takenOver,
  tunnelGone,
} from './dev-tunnel-errors.ts'
import type * as sdkModule from './dev-tunnel-sdk.ts'
import type { DevTunnelClient, Tunnel, TunnelPort } from './dev-tunnel-sdk.ts'
import { systemClock } from './system-clock.ts'

/** Where the tunnel that was made here is kept: no secret, but this installation's own. */
const KEPT_TUNNEL = 'devTunnel'
const placeSchema = v.object({ tunnelId: v.string(), clusterId: v.string() })
const tokenSchema = v.object({
  ...placeSchema.entries,
  token: v.string(),
  expiresAt: v.nullable(v.string()),
}) satisfies v.GenericSchema<HostToken>

type Sdk = typeof sdkModule
type Place = v.InferOutput<typeof placeSchema>

export interface DevTunnelOptions {
  /** The network of the connection; `agent` carries the WebSocket to the relay. */
  network: { fetch: typeof fetch; agent: Agent }
  clock?: Clock
  /** Microsoft's unless given. */
  serviceUri?: string
}

/** How we are let in. */
interface Access {
  signIn: DevTunnelSettings['signIn']
  /** The Authorization header. */
  authorization: string
  /** The tunnel that the token is for; null where it is ours to choose. */
  place: Place | null
  validUntil?: string | undefined
}

/** One attempt to open a tunnel. */
interface Attempt {
  sdk: Sdk
  client: DevTunnelClient
  access: Access
  secrets: SecretStore
  /** Of the local server, and so of the tunnel: it is part of the public address. */
  port: number
}

/** A tunnel by Microsoft's SDK, which is loaded when it is first used. */
export function devTunnel({
  network,
  clock = systemClock,
  serviceUri,
}: DevTunnelOptions): TunnelProvider {
  return {
    id: 'devtunnels',
    readableBy: 'Microsoft, where https ends',
    async open(opening): Promise<TunnelSession> {
      const { secrets, local, signal } = opening
      const sdk = await import('./dev-tunnel-sdk.ts')
      const access = await accessOf(opening, { sdk, now: clock.now() })
      signal.throwIfAborted()
      const client = new sdk.DevTunnelClient(access.authorization, { ...network, serviceUri })
      client.limit = signal
      const attempt = { sdk, client, access, secrets, port: local.port }
      try {
        const { tunnel, port } = await tunnelOf(attempt)
        return await sessionOf(attempt, { tunnel, port, signal, fetch: network.fetch })
      } catch (error) {
        client.close()
        signal.throwIfAborted()
        throw error
      } finally {
        // What comes later, such as saying goodbye, has a time limit of its own.
        client.limit = null
      }
    },
  }
}

async function accessOf(
  { settings, secrets, signal, getAppToken }: TunnelOpenOptions,
  { sdk, now }: { sdk: Sdk; now: Date },
): Promise<Access> {
  const { signIn } = settings.devTunnels
  if (signIn === 'host-token') {
    const kept = await secrets.get(HOST_TOKEN)
    if (kept === undefined) throw noValidToken(null)
    const { token, tunnelId, clusterId, expiresAt } = v.parse(tokenSchema, JSON.parse(kept))
    if (expiresAt !== null && new Date(expiresAt) <= now) throw noValidToken(expiresAt)
    return {
      ...{ signIn, authorization: `tunnel ${token}`, place: { tunnelId, clusterId } },
      validUntil: expiresAt ?? undefined,
    }
  }
  if (!getAppToken) throw noApplication()
  try {
    const token = await getAppToken(sdk.SERVICE_APP_ID, signal)
    return { signIn, authorization: `Bearer ${token}`, place: null }
  } catch (error) {
    signal.throwIfAborted()
    throw noToken(error, sdk.SERVICE_APP_ID)
  }
}

/** The tunnel with the one port, and a token to host it. */
async function tunnelOf(attempt: Attempt): Promise<{ tunnel: Tunnel; port: TunnelPort }> {
  const { place } = attempt.access
  return place ? await givenTunnel(attempt, place) : await ownTunnel(attempt)
}

/** The tunnel of this installation: the kept one, else a new one. */
async function ownTunnel(attempt: Attempt): Promise<{ tunnel: Tunnel; port: TunnelPort }> {
  const { sdk, client, secrets, port: number } = attempt
  const { api } = client
  const kept = await readPlace(secrets)
  const known = kept && (await asked(attempt, () => client.find(kept, sdk.WITH_HOST_TOKEN)))
  const tunnel =
    known ??
    (await asked(attempt, () =>
      api.createTunnel({ ports: [sdk.openPort(number)] }, sdk.WITH_HOST_TOKEN),
    ))
  const { tunnelId = '', clusterId = '' } = tunnel
  if (!known) await secrets.set(KEPT_TUNNEL, JSON.stringify({ tunnelId, clusterId }))
  // An earlier port of the webhook would stay open to everybody.
  for (const { portNumber } of tunnel.ports ?? []) {
    if (portNumber === number) continue
    await asked(attempt, () => api.deleteTunnelPort(tunnel, portNumber))
  }
  const found = portOf(tunnel, number)
  if (found && sdk.isOpenToAll(found) !== false && addressOf(found)) {
    return { tunnel, port: found }
  }
  await asked(attempt, () => api.createOrUpdateTunnelPort(tunnel, sdk.openPort(number)))
  return again(attempt, { tunnelId, clusterId })
}

/** The tunnel that a person made. Whoever has its host token may add a port to it, but not always open it. */
async function givenTunnel(
  attempt: Attempt,
  place: Place,
): Promise<{ tunnel: Tunnel; port: TunnelPort }> {
  const { sdk, client, port: number } = attempt
  const { tunnelId } = place
  const tunnel = await asked(attempt, () => client.find(place, sdk.WITH_PORTS))
  if (!tunnel) throw tunnelGone(tunnelId)
  const port = portOf(tunnel, number)
  if (port && sdk.isOpenToAll(port) !== false) return { tunnel, port }
  try {
    await client.api.createOrUpdateTunnelPort(tunnel, sdk.openPort(number))
  } catch (error) {
    const refusal = client.refusalOf(error)
    if (refusal.status !== 401 && refusal.status !== 403) throw refusedBy(attempt, refusal)
    throw portMissing(tunnelId, number, refusal.words)
  }
  return again(attempt, place)
}

/** Asks anew for a tunnel whose port was just changed: only the whole of it surely holds the address. */
async function again(
  attempt: Attempt,
  place: Place,
): Promise<{ tunnel: Tunnel; port: TunnelPort }> {
  const { sdk, client, access, port: number } = attempt
  const options = access.place ? sdk.WITH_PORTS : sdk.WITH_HOST_TOKEN
  const tunnel = await asked(attempt, () => client.find(place, options))
  const port = tunnel && portOf(tunnel, number)
  if (!tunnel || !port) throw refusedBy(attempt, { status: null, words: 'the port is not there' })
  return { tunnel, port }
}

async function sessionOf(
  attempt: Attempt,
  given: { tunnel: Tunnel; port: TunnelPort; signal: AbortSignal; fetch: typeof fetch },
): Promise<TunnelSession> {
  const { sdk, client, access } = attempt
  const { tunnel, port, signal, fetch } = given
  const publicUrl = addressOf(port)
  if (publicUrl === null) throw refusedBy(attempt, { status: null, words: 'it named no address' })
  const hostToken = sdk.hostTokenOf(tunnel)
  // From here on the right to host this one tunnel is enough.
  if (hostToken !== undefined) client.authorization = `tunnel ${hostToken}`
  const token = hostToken ?? client.authorization.replace(/^tunnel /, '')
  // The SDK forwards whatever ports it is told of: only ours.
  const forwarded = { ...tunnel, ports: [port], endpoints: [], accessTokens: { host: token } }
  let closedByUs = false
  try {
    const hosted = await sdk.hostTunnel(client, { tunnel: forwarded, signal })
    return {
      publicUrl,
      validUntil: access.validUntil,
      closed: hosted.ended.then((ending) => {
        if (closedByUs) return cancelled('The tunnel')
        return ending.kind === 'taken-over' ? takenOver(publicUrl) : lost(ending.words)
      }),
      close: async () => {
        closedByUs = true
        await hosted.close()
      },
    }
  } catch (error) {
    signal.throwIfAborted()
    const refusal = client.refusalOf(error)
    if (refusal.status === null) await nameFault(forwarded, { sdk, client, fetch, signal })
    throw refusedBy(attempt, refusal, 'relay')
  }
}

/** The SDK does not say why the relay cannot be reached; a request of our own does. Throws AppError proxy-… and others. */
async function nameFault(
  tunnel: Tunnel,
  given: { sdk: Sdk; client: DevTunnelClient; fetch: typeof fetch; signal: AbortSignal },
): Promise<void> {
  const { sdk, client, fetch, signal } = given
  const address = sdk.relayAddressOf(tunnel)
  if (address === null) return
  try {
    await fetch(address, { method: 'HEAD', signal })
  } catch (error) {
    signal.throwIfAborted()
    client.refusalOf(error)
  }
}

/** Asks the service, and says what its refusal means. */
async function asked<T>(attempt: Attempt, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    throw refusedBy(attempt, attempt.client.refusalOf(error))
  }
}

function refusedBy(
  { access }: Attempt,
  refusal: Parameters<typeof refused>[0],
  what: 'service' | 'relay' = 'service',
) {
  return refused(refusal, { signIn: access.signIn, what })
}

function portOf({ ports }: Tunnel, number: number): TunnelPort | undefined {
  return ports?.find(({ portNumber }) => portNumber === number)
}

function addressOf({ portForwardingUris }: TunnelPort): string | null {
  const [uri = ''] = portForwardingUris ?? []
  return URL.canParse(uri) ? new URL(uri).origin : null
}

async function readPlace(secrets: SecretStore): Promise<Place | null> {
  const kept = await secrets.get(KEPT_TUNNEL)
  if (kept === undefined) return null
  return v.parse(placeSchema, JSON.parse(kept))
}
