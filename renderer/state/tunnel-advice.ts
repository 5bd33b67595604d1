// Which way to be reached fits whom: three plain answers → a recommendation.
import type { TunnelProviderId } from '../../main/contract/models/tunnel.ts'

export interface TunnelAnswers {
  /** What of their own is reachable from the Internet. */
  own: 'proxy' | 'ssh' | 'nothing'
  /** May a company outside carry the notifications, and so be able to read them? */
  outside: 'yes' | 'microsoft' | 'no'
  purpose: 'stay' | 'trial'
}

export interface TunnelAdvice {
  provider: TunnelProviderId
  /** Ready-made choice within that provider. */
  profile?: string
  /** Who can read the traffic; a key of the texts. */
  readers: 'nobody-else' | 'gateway' | 'microsoft' | 'service'
}

/** Own servers come first: fewest parts, and nobody else reads along. */
export function adviseTunnel({ own, outside, purpose }: TunnelAnswers): TunnelAdvice {
  if (own === 'proxy') return { provider: 'static', readers: 'nobody-else' }
  if (own === 'ssh') return { provider: 'ssh', readers: 'gateway' }
  // Microsoft offers its own for trying out only.
  if (outside === 'microsoft' && purpose === 'trial') {
    return { provider: 'devtunnels', readers: 'microsoft' }
  }
  // Only its https ends on this computer.
  if (outside !== 'yes')
    return { provider: 'command', profile: 'tailscale', readers: 'nobody-else' }
  if (purpose === 'stay') return { provider: 'command', profile: 'cloudflared', readers: 'service' }
  return { provider: 'hosted-ssh', profile: 'localhost-run', readers: 'service' }
}
