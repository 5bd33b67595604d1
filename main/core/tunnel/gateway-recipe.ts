// How to set up an ssh gateway so that it serves this installation and nothing else.
import type { ConnectionSettings } from '../../contract/models/settings.ts'
import type { ConfigSnippet } from '../../contract/models/tunnel.ts'
import { socketAndPort } from './remote-bind.ts'

/**
 * Commands and sshd_config for the gateway, with this installation's user, place and public key. Each line of
 * sshd_config is one that a real sshd was tried with: see test/node/ssh-tunnel.test.ts.
 */
export function gatewayRecipe(settings: ConnectionSettings, publicKey: string): ConfigSnippet {
  const { ssh } = settings
  const user = ssh.username || 'emi'
  const places = socketAndPort(ssh.remoteBind)
  const socket = places.find(({ kind }) => kind === 'socket')?.name
  const ports = places.filter(({ kind }) => kind === 'address').map(({ name }) => name)
  const folder = socket?.slice(0, socket.lastIndexOf('/'))
  const text = [
    '# On the gateway, as root. One user for each workstation: whoever has its key can take its place.',
    `useradd --system --create-home --shell /usr/sbin/nologin ${user}`,
    `usermod -p '*' ${user}   # no password, and not locked`,
    `install -d -m 700 -o ${user} -g ${user} ~${user}/.ssh`,
    `cat > ~${user}/.ssh/authorized_keys <<'END'`,
    authorizedKey(publicKey, ports),
    'END',
    `chown ${user}: ~${user}/.ssh/authorized_keys`,
    ...(folder
      ? [
          `# The folder of the socket, for the user and the web server (here: www-data). Make it at each boot too,`,
          `# such as with /etc/tmpfiles.d/emi-tray.conf: d ${folder} 2750 ${user} www-data -`,
          `install -d -m 2750 -o ${user} -g www-data ${folder}`,
        ]
      : []),
    '',
    '# /etc/ssh/sshd_config.d/emi-tray.conf',
    `Match User ${user}`,
    ...sshdLines({ hasSocket: socket !== undefined, ports }).map((line) => `  ${line}`),
    'Match all',
    '',
    '# Then: sshd -t && systemctl reload ssh. The web server in front is set up with the nginx or Caddy text.',
    '',
  ].join('\n')
  return { name: 'sshd', text }
}

/** The line of authorized_keys: forwarding back, and nothing else. */
export function authorizedKey(publicKey: string, ports: string[]): string {
  const listens = ports.map((place) => `,permitlisten="${place}"`).join('')
  return `restrict,port-forwarding${listens} ${publicKey}`
}

/** What sshd_config says for that user. */
export function sshdLines({ hasSocket, ports }: { hasSocket: boolean; ports: string[] }): string[] {
  return [
    'PasswordAuthentication no',
    // `no` here would deny unix sockets too; PermitListen is what closes the ports.
    'AllowTcpForwarding remote',
    `PermitListen ${ports.length > 0 ? ports.join(' ') : 'none'}`,
    'PermitOpen none',
    `AllowStreamLocalForwarding ${hasSocket ? 'remote' : 'no'}`,
    'StreamLocalBindUnlink yes',
    'StreamLocalBindMask 0117',
    'PermitTTY no',
    'X11Forwarding no',
    'AllowAgentForwarding no',
    'ForceCommand /usr/sbin/nologin',
    // A workstation that vanished gives its port back after a quarter of a minute.
    'ClientAliveInterval 5',
    'ClientAliveCountMax 2',
  ]
}
