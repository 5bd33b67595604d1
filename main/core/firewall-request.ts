// The text for the network team: which connections EMI Tray needs with one kind of tunnel, in which direction, and why.
import type { Cloud } from '../contract/models/connection.ts'
import type { TextFile } from '../contract/models/handover.ts'
import type { ConnectionSettings } from '../contract/models/settings.ts'
import type { TunnelProviderId } from '../contract/models/tunnel.ts'

/** One connection to be allowed. */
interface Rule {
  direction: 'outbound' | 'inbound'
  from: string
  to: string
  port: number | string
  protocol: string
  why: string
}

/** A plain text that can be sent as it is; it holds no secret. */
export function firewallRequest(
  provider: TunnelProviderId,
  { settings, cloud }: { settings: ConnectionSettings; cloud: Cloud },
): TextFile {
  const rules = [...microsoftRules(cloud), ...TUNNELS[provider](settings), ...handOnRules(settings)]
  const needsInbound = rules.some(({ direction, to }) => direction === 'inbound' && to === HERE)
  const lines = [
    'Request: network access for EMI Tray',
    '',
    'EMI Tray connects Microsoft Teams to our Bright Pattern contact center. It runs on one computer of our',
    'network, receives Microsoft Graph change notifications and hands them on to the contact center.',
    ...(needsInbound ? [] : ['No connection from the Internet to this computer is needed.']),
    '',
    'Please allow:',
    ...rules.flatMap((rule, index) => ['', ...ruleLines(rule, index + 1)]),
    '',
    'Where a proxy is the only way out: please allow CONNECT to these hosts and ports on it. EMI Tray signs in to a',
    'proxy with Basic (user name and password), not with NTLM or Kerberos.',
    '',
    `Please exempt ${hostOf(cloud.loginHost)} and ${hostOf(cloud.graphHost)} from TLS inspection, as Microsoft recommends for`,
    'its sign-in. Where that is not possible, please send me the root certificate of the inspecting proxy as a PEM',
    'file: EMI Tray has a setting for it.',
    '',
  ]
  return {
    name: `EMI-Tray-firewall-request-${provider}.txt`,
    mediaType: 'text/plain',
    text: lines.join('\n'),
  }
}

const HERE = 'the computer with EMI Tray'
const MICROSOFT = 'Microsoft 365 (the Internet)'

function microsoftRules(cloud: Cloud): Rule[] {
  const common = { direction: 'outbound', from: HERE, protocol: 'TCP, HTTPS' } as const
  return [
    {
      ...common,
      ...placeOf(cloud.loginHost),
      why: 'Sign-in of the administrator, tokens of the application, and the keys that prove that a notification is Microsoft’s.',
    },
    {
      ...common,
      ...placeOf(cloud.graphHost),
      why: 'Microsoft Graph: sets up the application and keeps its subscriptions alive.',
    },
  ]
}

const TUNNELS: Record<TunnelProviderId, (settings: ConnectionSettings) => Rule[]> = {
  static: ({ publicUrl, webhookPort }) => [
    {
      direction: 'inbound',
      from: MICROSOFT,
      ...placeOf(publicUrl, 'our reverse proxy or application gateway'),
      protocol: 'TCP, HTTPS with a certificate of a public authority',
      why: 'Microsoft posts change notifications to this address. Only paths below /emi/ are used.',
    },
    {
      direction: 'inbound',
      from: 'our reverse proxy or application gateway',
      to: HERE,
      port: webhookPort,
      protocol: 'TCP, HTTP',
      why: 'The reverse proxy passes what is below /emi/ on to EMI Tray.',
    },
  ],
  ssh: ({ ssh, publicUrl }) => [
    {
      direction: 'outbound',
      from: HERE,
      to: ssh.host || 'our SSH gateway',
      port: ssh.port,
      protocol: 'TCP, SSH (through the proxy: CONNECT)',
      why: 'EMI Tray opens this connection itself and keeps it; what the gateway receives comes back through it.',
    },
    {
      direction: 'inbound',
      from: MICROSOFT,
      ...placeOf(publicUrl, 'the gateway, not this computer'),
      protocol: 'TCP, HTTPS with a certificate of a public authority',
      why: 'Microsoft posts change notifications to the gateway’s public address.',
    },
  ],
  'hosted-ssh': ({ hostedSsh }) => [
    {
      direction: 'outbound',
      from: HERE,
      to: hostedSsh.host || 'the service that gives out the address',
      port: hostedSsh.port,
      protocol: 'TCP, SSH (through the proxy: CONNECT)',
      why: 'EMI Tray opens this connection itself and keeps it; what the service receives comes back through it.',
    },
  ],
  // https://learn.microsoft.com/azure/developer/dev-tunnels/security#domains
  devtunnels: () => [
    {
      direction: 'outbound',
      from: HERE,
      to: 'global.rel.tunnels.api.visualstudio.com and *.rel.tunnels.api.visualstudio.com',
      port: 443,
      protocol: 'TCP, HTTPS and a WebSocket that stays open',
      why: 'EMI Tray asks Microsoft Dev Tunnels for its tunnel and keeps one connection to a relay; what Microsoft 365 posts comes back through it.',
    },
    {
      direction: 'outbound',
      from: HERE,
      to: '*.devtunnels.ms',
      port: 443,
      protocol: 'TCP, HTTPS',
      why: 'EMI Tray tests its own public address from time to time.',
    },
  ],
  command: ({ command }) => [
    {
      direction: 'outbound',
      from: HERE,
      to: `what ${command.program || 'the tunnel program'} connects to, see its own documentation`,
      port: 'as documented there',
      protocol: 'as documented there',
      why: 'That program makes EMI Tray reachable; EMI Tray starts it and keeps it running.',
    },
  ],
}

function handOnRules({ handOnTarget, handOnUrl }: ConnectionSettings): Rule[] {
  if (handOnTarget !== 'http' || !URL.canParse(handOnUrl)) return []
  return [
    {
      direction: 'outbound',
      from: HERE,
      ...placeOf(handOnUrl),
      protocol: 'TCP, HTTPS',
      why: 'Hands events on to the contact center, signed.',
    },
  ]
}

function ruleLines(rule: Rule, number: number): string[] {
  const rows = [
    ['From', rule.from],
    ['To', `${rule.to}, port ${rule.port}`],
    ['Protocol', rule.protocol],
    ['Why', rule.why],
  ]
  return [
    `${number}. ${rule.direction === 'outbound' ? 'Outbound' : 'Inbound'}`,
    ...rows.map(([label = '', text = '']) => `   ${`${label}:`.padEnd(10)}${text}`),
  ]
}

function placeOf(address: string, otherwise = ''): { to: string; port: number } {
  if (!URL.canParse(address)) return { to: otherwise, port: 443 }
  const { hostname, port, protocol } = new URL(address)
  return { to: hostname, port: port ? Number(port) : protocol === 'http:' ? 80 : 443 }
}

function hostOf(address: string): string {
  return new URL(address).host
}
