// Ready-made choices of services and programs that people commonly have, and what a command line must not hold.
import type { CommandSettings, HostedSshSettings } from '../../contract/models/settings.ts'
import type { TunnelProfile } from '../../contract/models/tunnel.ts'
import { AppError } from '../app-error.ts'

const service: HostedSshSettings = {
  host: '',
  port: 22,
  username: 'emi-tray',
  hostKey: '',
  bindName: '',
  bindPort: 80,
  request: '',
  pattern: 'https://[^\\s"]+',
}

const hostedSsh: TunnelProfile[] = [
  {
    id: 'localhost-run',
    trialOnly: true,
    needsPublicUrl: false,
    hostedSsh: {
      ...service,
      host: 'localhost.run',
      username: 'nokey',
      request: '--output json',
      pattern: '',
    },
  },
  {
    id: 'pinggy',
    trialOnly: true,
    needsPublicUrl: false,
    hostedSsh: { ...service, host: 'a.pinggy.io', port: 443, bindPort: 0 },
  },
  {
    // Self-hosted: its owner decides about names and terms.
    id: 'sish',
    trialOnly: false,
    needsPublicUrl: false,
    hostedSsh: { ...service, port: 2222, bindName: 'emi' },
  },
]

/** Each keeps its secret out of the arguments and its updates out of the hands of the program. */
export const TUNNEL_PROFILES: TunnelProfile[] = [
  ...hostedSsh,
  {
    id: 'cloudflared',
    needsPublicUrl: true,
    trialOnly: false,
    command: {
      program: 'cloudflared',
      args: ['tunnel', '--no-autoupdate', 'run'],
      pattern: 'Registered tunnel connection',
      secretVariable: 'TUNNEL_TOKEN',
    },
  },
  {
    id: 'cloudflared-quick',
    needsPublicUrl: false,
    trialOnly: true,
    command: {
      program: 'cloudflared',
      args: ['tunnel', '--no-autoupdate', '--url', 'http://{host}:{port}'],
      pattern: 'https://[a-z0-9-]+\\.trycloudflare\\.com',
      secretVariable: '',
    },
  },
  {
    // Its file needs loginFailExit = false, else the first failure ends it, and may read {{ .Envs.FRP_TOKEN }}.
    id: 'frp',
    needsPublicUrl: true,
    trialOnly: false,
    command: {
      program: 'frpc',
      args: ['-c', 'frpc.toml'],
      pattern: 'start proxy success',
      secretVariable: 'FRP_TOKEN',
    },
  },
  {
    id: 'zrok',
    needsPublicUrl: false,
    trialOnly: false,
    command: {
      program: 'zrok',
      args: ['share', 'reserved', '--headless', 'your-reserved-name'],
      pattern: 'https://[^\\s"]+',
      secretVariable: '',
    },
  },
  {
    id: 'tailscale',
    needsPublicUrl: false,
    trialOnly: false,
    command: {
      program: 'tailscale',
      args: ['funnel', '--yes', '{port}'],
      pattern: 'https://[a-z0-9.-]+\\.ts\\.net',
      secretVariable: '',
    },
  },
  {
    // Microsoft's own program, signed in by itself. The port is part of the address, so that it must stay the same.
    id: 'devtunnel',
    needsPublicUrl: false,
    trialOnly: true,
    command: {
      program: 'devtunnel',
      args: ['host', 'your-tunnel-id'],
      pattern: 'https://[a-z0-9-]+\\.[a-z0-9]+\\.devtunnels\\.ms',
      secretVariable: '',
    },
  },
  {
    id: 'ngrok',
    needsPublicUrl: false,
    trialOnly: false,
    command: {
      program: 'ngrok',
      args: ['http', '{host}:{port}', '--log', 'stdout', '--log-format', 'logfmt'],
      pattern: 'url=(https://\\S+)',
      secretVariable: 'NGROK_AUTHTOKEN',
    },
  },
]

/** Options whose value is a secret, and values that look like one. */
const SECRET_OPTION =
  /^--?(auth-?)?(token|authtoken|password|passwd|secret|api-?key|credentials?-contents)(=.+)?$/i
const SECRET_VALUE = /^eyJ[\w-]{20,}|^[^\s@/]+:\/\/[^\s@/]+:[^\s@/]+@/

/**
 * Every process of this computer can read the arguments of others. Throws AppError input-invalid where one of them
 * looks like a secret, without repeating it.
 */
export function refuseSecretsInArguments({ args }: CommandSettings): void {
  const at = args.findIndex((one) => SECRET_OPTION.test(one) || SECRET_VALUE.test(one))
  if (at === -1) return
  throw new AppError('input-invalid', {
    message: `Argument ${at + 1} looks like a secret or asks for one, and other programs can read arguments.`,
    nextStep:
      'Leave it out, name the environment variable that the program reads it from, and enter the secret below it: ' +
      'it is kept in the vault.',
  })
}
