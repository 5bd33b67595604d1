// A real gateway for tests: OpenSSH's sshd and nginx with TLS, unprivileged, on loopback, in a folder of their own.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { userInfo } from 'node:os'
import path from 'node:path'
import { freePort } from '../../build/free-port.ts'
import { defaultSettings } from '../../main/core/settings.ts'
import { authorizedKey, sshdLines } from '../../main/core/tunnel/gateway-recipe.ts'
import { proxySnippets } from '../../main/core/tunnel/proxy-snippets.ts'
import { makePracticeTls } from '../../main/practice/tls.ts'
import { systemProgram } from './system-programs.ts'

export interface SshGateway {
  host: string
  port: number
  username: string
  /** `type base64` of its host key. */
  hostKey: string
  /** As `ssh-keygen -l` prints it. */
  fingerprint: string
  /** The socket behind nginx. */
  socketPath: string
  /** A port that sshd lets the client listen on. */
  forwardPort: number
  /** The public address: https, by nginx. */
  publicUrl: string
  caPem: string
  authorize(publicKey: string): void
  /** Ids of the processes that serve one connection each. */
  sessions(): number[]
  killSessions(): void
  /** They stay connected and do nothing more. */
  freezeSessions(): void
  stopSshd(): Promise<void>
  startSshd(options?: { newHostKey?: boolean; extra?: string }): Promise<void>
  close(): Promise<void>
}

/** Where it runs: on loopback unless a network namespace is given. */
export interface GatewayPlace {
  address: string
  /** What its programs are started with, such as `ip netns exec <name>`. */
  enter: string[]
}

const LOOPBACK: GatewayPlace = { address: '127.0.0.1', enter: [] }

/** Starts sshd and nginx with their files in the folder. */
export async function startGateway(folder: string, place = LOOPBACK): Promise<SshGateway> {
  const { address } = place
  const start = (...command: string[]) => {
    const [program = '', ...args] = [...place.enter, ...command]
    return spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  }
  const sshdProgram = systemProgram('sshd')
  const nginxProgram = systemProgram('nginx')
  const file = (name: string) => path.join(folder, name)
  const [port, httpsPort, forwardPort] = [await freePort(), await freePort(), await freePort()]
  // sshd refuses to start as root without it.
  if (isRoot()) mkdirSync('/run/sshd', { recursive: true })
  writeFileSync(file('authorized_keys'), '', { mode: 0o600 })
  mkdirSync(file('run'))
  let sshd: ChildProcess | null = null

  const makeHostKey = () => {
    for (const name of ['host_key', 'host_key.pub']) rmSync(file(name), { force: true })
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file('host_key')])
    gateway.hostKey = readFileSync(file('host_key.pub'), 'utf8').trim()
    gateway.fingerprint =
      execFileSync('ssh-keygen', ['-lf', file('host_key.pub')], { encoding: 'utf8' }).split(
        ' ',
      )[1] ?? ''
  }
  const signalSessions = (signal: NodeJS.Signals) => {
    for (const pid of gateway.sessions().flatMap((one) => [...childrenOf(one), one])) {
      sendSignal(pid, signal)
    }
  }
  const { caPem, certificatePem, keyPem } = await makePracticeTls()
  const gateway: SshGateway = {
    host: address,
    port,
    username: userInfo().username,
    hostKey: '',
    fingerprint: '',
    socketPath: file('run/webhook.sock'),
    forwardPort,
    publicUrl: `https://localhost:${httpsPort}`,
    caPem,
    authorize(publicKey) {
      const line = authorizedKey(publicKey, [`127.0.0.1:${forwardPort}`])
      writeFileSync(file('authorized_keys'), `${line}\n`)
    },
    sessions: () => (sshd?.pid === undefined ? [] : childrenOf(sshd.pid)),
    killSessions: () => signalSessions('SIGKILL'),
    freezeSessions: () => signalSessions('SIGSTOP'),
    async stopSshd() {
      if (!sshd) return
      const exited = once(sshd, 'exit')
      gateway.killSessions()
      sshd.kill('SIGKILL')
      await exited
      sshd = null
    },
    async startSshd({ newHostKey = false, extra = '' } = {}) {
      if (newHostKey) makeHostKey()
      writeFileSync(file('sshd_config'), sshdConfig(gateway, folder, extra))
      sshd = start(sshdProgram, '-D', '-e', '-f', file('sshd_config'))
      await listening(port, sshd, address)
    },
    async close() {
      await gateway.stopSshd()
      const exited = once(nginx, 'exit')
      nginx.kill('SIGTERM')
      await exited
    },
  }
  makeHostKey()
  writeFileSync(file('server.pem'), certificatePem)
  writeFileSync(file('server.key'), keyPem, { mode: 0o600 })
  writeFileSync(file('nginx.conf'), nginxConfig(folder, nginxSnippet(gateway), address))
  const nginx = start(nginxProgram, '-e', 'stderr', '-c', file('nginx.conf'))
  await Promise.all([gateway.startSshd(), listening(httpsPort, nginx, address)])
  return gateway
}

/** What EMI Tray prints for nginx on this gateway. */
function nginxSnippet({ publicUrl, socketPath, forwardPort }: SshGateway): string {
  const { microsoft } = defaultSettings.connections
  const ssh = { ...microsoft.ssh, remoteBind: `${socketPath}, 127.0.0.1:${forwardPort}` }
  const snippets = proxySnippets({ ...microsoft, tunnelProvider: 'ssh', publicUrl, ssh })
  return snippets.find(({ name }) => name === 'nginx')?.text ?? ''
}

/** The recipe that EMI Tray prints, apart from the user: that is whoever runs the tests. */
function sshdConfig(gateway: SshGateway, folder: string, extra: string): string {
  // Without PAM an account that has no password, as is usual in containers, counts as locked.
  return `${extra}
Port ${gateway.port}
ListenAddress ${gateway.host}
HostKey ${folder}/host_key
AuthorizedKeysFile ${folder}/authorized_keys
AllowUsers ${gateway.username}
PermitRootLogin prohibit-password
PidFile none
UsePAM ${isRoot() ? 'no' : 'yes'}
StrictModes no
KbdInteractiveAuthentication no
${sshdLines({ hasSocket: true, ports: [`127.0.0.1:${gateway.forwardPort}`] }).join('\n')}
`
}

/** A whole nginx.conf around the text that EMI Tray prints, with its certificates and temporary files in the folder. */
export function nginxConfig(folder: string, snippet: string, address = '127.0.0.1'): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/nginx-${name};`)
    .join('\n  ')
  return `daemon off;
pid ${folder}/nginx.pid;
${isRoot() ? `user ${userInfo().username};` : ''}
worker_processes 1;
events {}
http {
  access_log off;
  ${temporary}
  ${snippet
    .replace(/listen (\d+)/, `listen ${address}:$1`)
    .replace(/ssl_certificate .*;/, `ssl_certificate ${folder}/server.pem;`)
    .replace(/ssl_certificate_key .*;/, `ssl_certificate_key ${folder}/server.key;`)
    .replace(
      /proxy_ssl_trusted_certificate .*;/,
      `proxy_ssl_trusted_certificate ${folder}/ca.pem;`,
    )}
}
`
}

/** Resolves when something accepts connections on the port; rejects when the program ends instead. */
export async function listening(
  port: number,
  program: ChildProcess,
  address = '127.0.0.1',
): Promise<void> {
  let errors = ''
  program.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  for (let attempt = 0; attempt < 2_400; attempt += 1) {
    if (program.exitCode !== null) throw new Error(`${program.spawnfile} ended: ${errors}`)
    const isUp = await new Promise<boolean>((resolve) => {
      const socket = createConnection(port, address)
      socket.once('connect', () => resolve(true))
      socket.once('error', () => resolve(false))
      socket.once('close', () => socket.destroy())
      socket.once('connect', () => socket.destroy())
    })
    if (isUp) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error(`${program.spawnfile} does not listen: ${errors}`)
}

function isRoot(): boolean {
  return process.getuid?.() === 0
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .split(' ')
      .filter(Boolean)
      .map(Number)
  } catch {
    // It has ended meanwhile.
    return []
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended meanwhile.
  }
}
