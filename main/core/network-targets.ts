// What EMI Tray has to reach with the present settings: addresses, and what each of them is for.
import type { Cloud } from '../contract/models/connection.ts'
import type { NetworkTargetId } from '../contract/models/network.ts'
import type { ConnectionSettings } from '../contract/models/settings.ts'

/** One address and how far it is tried. */
export interface Target {
  id: NetworkTargetId
  /** In words of the page. */
  name: string
  host: string
  port: number
  /** `https` also has its certificate looked at; `tcp` is a connection only. */
  protocol: 'https' | 'http' | 'tcp'
  /** True where only a public authority should have signed. */
  publicOnly: boolean
  /** What is asked for without any secret, and which answers are the expected ones. */
  requests: { name: string; path: string; method: 'GET' | 'POST'; expected: number[] }[]
}

/** Where the service is asked for a tunnel; its relays have other names, which it tells then. */
const DEV_TUNNELS = 'https://global.rel.tunnels.api.visualstudio.com'

/** The addresses to try, in the order of the work. `livePublicUrl` is where the tunnel can be reached at the moment. */
export function targetsOf(
  settings: ConnectionSettings,
  { cloud, livePublicUrl }: { cloud: Cloud; livePublicUrl: string | null },
): Target[] {
  const isMicrosoft = cloud.id !== 'custom'
  const targets: Target[] = [
    {
      ...placeOf('sign-in', cloud.loginHost),
      name: 'Microsoft’s sign-in',
      publicOnly: isMicrosoft,
      requests: [
        {
          name: 'Token endpoint',
          path: '/organizations/oauth2/v2.0/token',
          method: 'POST',
          // Without anything in it, it is a bad request; whoever says so is there.
          expected: [400, 401],
        },
        {
          name: 'Signing keys',
          path: '/common/discovery/v2.0/keys',
          method: 'GET',
          expected: [200],
        },
      ],
    },
    {
      ...placeOf('graph', cloud.graphHost),
      name: 'Microsoft Graph',
      publicOnly: isMicrosoft,
      requests: [{ name: 'Answer', path: '/v1.0/me', method: 'GET', expected: [401] }],
    },
  ]
  const { tunnelProvider, handOnTarget, handOnUrl } = settings
  const gateway = gatewayOf(settings)
  if (tunnelProvider === 'devtunnels') {
    targets.push({
      ...placeOf('tunnel', DEV_TUNNELS),
      name: 'Microsoft Dev Tunnels',
      publicOnly: true,
      requests: [],
    })
  }
  if (gateway?.host) {
    targets.push({
      id: 'tunnel',
      name: tunnelProvider === 'ssh' ? 'SSH gateway' : 'Tunnel service',
      host: gateway.host,
      port: gateway.port,
      protocol: 'tcp',
      publicOnly: false,
      requests: [],
    })
  }
  // The others name their address anew each time.
  const isFixed = tunnelProvider === 'static' || tunnelProvider === 'ssh'
  const publicUrl = livePublicUrl ?? (isFixed ? settings.publicUrl : '')
  if (URL.canParse(publicUrl)) {
    targets.push({
      ...placeOf('public-url', publicUrl),
      name: 'Public address of the webhook',
      publicOnly: isMicrosoft,
      requests: [],
    })
  }
  if (handOnTarget === 'http' && URL.canParse(handOnUrl)) {
    targets.push({
      ...placeOf('hand-on', handOnUrl),
      name: 'Contact center',
      publicOnly: false,
      requests: [],
    })
  }
  return targets
}

/** Where the tunnel in use is opened to, as far as that is one known address. */
function gatewayOf({ tunnelProvider, ssh, hostedSsh }: ConnectionSettings) {
  if (tunnelProvider === 'ssh') return ssh
  return tunnelProvider === 'hosted-ssh' ? hostedSsh : null
}

function placeOf(
  id: NetworkTargetId,
  address: string,
): Pick<Target, 'id' | 'host' | 'port' | 'protocol'> {
  const { hostname, port, protocol } = new URL(address)
  const isHttps = protocol === 'https:'
  return {
    id,
    host: hostname,
    port: port ? Number(port) : isHttps ? 443 : 80,
    protocol: isHttps ? 'https' : 'http',
  }
}
