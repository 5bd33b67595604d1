// Plays a program such as cloudflared: says what it is told to, and ends or stays.
import { spawn } from 'node:child_process'
import net from 'node:net'

const [mode = '', ...rest] = process.argv.slice(2)
const say = (text: string) => process.stdout.write(`${text}\n`)
const stay = () => setInterval(() => undefined, 60_000)

switch (mode) {
  case 'announce':
    say('INF starting, no address yet')
    process.stderr.write(`INF | https://fresh-${rest[0] ?? ''}.trycloudflare.example/ |\n`)
    stay()
    break
  case 'forward': {
    const server = net.createServer((socket) => {
      const webhook = net.connect(Number(rest[0]), '127.0.0.1')
      socket.on('error', () => webhook.destroy())
      webhook.on('error', () => socket.destroy())
      socket.pipe(webhook).pipe(socket)
    })
    server.listen(0, '127.0.0.1', () => {
      say(`url=https://port-${(server.address() as net.AddressInfo).port}.example`)
    })
    break
  }
  case 'family': {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 60000)'], {
      stdio: 'ignore',
    })
    say(`child ${child.pid ?? 0} url=https://family.example`)
    stay()
    break
  }
  case 'stubborn':
    process.on('SIGTERM', () => undefined)
    say(`me ${process.pid} url=https://stubborn.example`)
    stay()
    break
  case 'secret':
    say(
      `token is ${process.env['TUNNEL_TOKEN'] ?? 'missing'}, ours is ${process.env['EMI_PASSPHRASE'] ?? 'missing'}`,
    )
    process.exit(3)
    break
  case 'die':
    say('url=https://short.example')
    setTimeout(() => process.exit(1), 50)
    break
  default:
    process.stderr.write(`${rest.join(' ')}\n`)
    process.exit(1)
}
