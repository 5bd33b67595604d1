// What the way through an ssh gateway costs: posts a second and the time of one, beside posts that come directly.
import { spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Client } from 'undici'
import { freePort } from '../build/free-port.ts'
import { defaultSettings } from '../main/core/settings.ts'
import { proxySnippets } from '../main/core/tunnel/proxy-snippets.ts'
import { NOTIFICATION_PATH } from '../main/core/webhook-paths.ts'
import { loadSshPrivateKey, loadSshPublicKey } from '../main/node/ssh-key.ts'
import { listening, nginxConfig, startGateway, type SshGateway } from '../test/node/ssh-gateway.ts'
import { systemProgram } from '../test/node/system-programs.ts'
import { postOf } from './items.ts'
import type { LoadOptions } from './load.ts'
import { noSecrets } from './ports.ts'
import { startLoad, startReceiver, type LoadGenerator } from './processes.ts'
import { held, median, quantile, reached, rounded } from './statistics.ts'
import { wantTunnel } from './tunnel.ts'

type Way = 'ssh' | 'front' | 'bare'
type Front = NonNullable<LoadOptions['by']>

const CONNECTIONS = 50
/** Enough for a median that does not move. */
const SINGLE_POSTS = 400

/**
 * The whole way that the documentation recommends: https, nginx, a unix socket, sshd, ssh2, the webhook. Beside it the
 * same front without ssh (nginx passes on to the webhook itself), and posts to the webhook itself without TLS. All in
 * turns, so that a machine that becomes slower in between does not change the ratios.
 */
export async function measureSsh({ rounds, seconds }: { rounds: number; seconds: number }) {
  const folder = mkdtempSync(path.join(tmpdir(), 'emi-bench-'))
  const receiverFolder = path.join(folder, 'receiver')
  mkdirSync(receiverFolder)
  let gateway: SshGateway
  let generator: LoadGenerator | undefined
  try {
    gateway = await startGateway(folder)
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    return { skipped: error instanceof Error ? error.message : 'no gateway' }
  }
  try {
    const secrets = noSecrets()
    gateway.authorize(await loadSshPublicKey(secrets))
    const { host, port, username, hostKey, socketPath: remoteBind, publicUrl, caPem } = gateway
    const ssh = { host, port, username, hostKey, remoteBind }
    wantTunnel(receiverFolder, { ssh, publicUrl, privateKey: await loadSshPrivateKey(secrets) })
    const receiver = await startReceiver('ours', receiverFolder)
    generator = startLoad()
    const perSecond = shooter(generator)
    const { clientState } = receiver
    const front = await startFront(path.join(folder, 'front'), receiver.port)
    const given = { port: receiver.port, clientState, connections: CONNECTIONS, seconds }
    const bySsh = { origin: publicUrl, caPem }
    const byFront = { origin: front.publicUrl, caPem }
    const runs: Record<Way, number>[] = []
    // The first round warms all up, and is not counted.
    for (let round = 0; round <= rounds; round += 1) {
      const run: Record<Way, number> = { ssh: 0, front: 0, bare: 0 }
      const ways = [
        async () => (run.bare = await perSecond(given)),
        async () => (run.front = await perSecond({ ...given, by: byFront })),
        async () => (run.ssh = await perSecond({ ...given, by: bySsh })),
      ]
      for (const way of round % 2 ? ways.reverse() : ways) await way()
      if (round > 0) runs.push(run)
    }
    const one = await singlePosts({ clientState, bySsh, byFront })
    front.close()
    await receiver.end()
    const ofAll = (way: Way) => Math.round(median(runs.map((run) => run[way])))
    const ratio = (way: Way) => rounded(median(runs.map((run) => run.ssh / run[way])))
    return {
      connections: CONNECTIONS,
      rounds: runs.map(({ ssh: through, front: same, bare }) =>
        [through, same, bare].map(Math.round),
      ),
      perSecond: {
        throughSsh: ofAll('ssh'),
        sameFrontWithoutSsh: ofAll('front'),
        webhookItselfWithoutTls: ofAll('bare'),
      },
      ratios: {
        toSameFrontWithoutSsh: reached(ratio('front'), 0.7),
        // Load, TLS, nginx and sshd share the cores with the webhook here, so that this one depends on their number.
        toWebhookItself: { value: ratio('bare') },
      },
      onePost: { ...one, addedP50Ms: held(rounded(one.sshMs - one.frontMs), 3) },
    }
  } finally {
    generator?.end()
    await gateway.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

function shooter({ load }: LoadGenerator): (options: LoadOptions) => Promise<number> {
  return async (options) => {
    const { perSecond, others } = await load(options)
    if (others > 0) throw new Error(`The way through ssh gave ${others} answers that were not 2xx.`)
    return perSecond
  }
}

/** nginx as for a fixed address, with what EMI Tray prints for that. */
async function startFront(
  folder: string,
  port: number,
): Promise<{ publicUrl: string; close: () => void }> {
  mkdirSync(folder)
  for (const name of ['server.pem', 'server.key']) {
    copyFileSync(path.join(path.dirname(folder), name), path.join(folder, name))
  }
  const httpsPort = await freePort()
  const publicUrl = `https://localhost:${httpsPort}`
  const { microsoft } = defaultSettings.connections
  const text = proxySnippets({ ...microsoft, publicUrl, webhookPort: port })
  const nginxText = text.find(({ name }) => name === 'nginx')?.text ?? ''
  const file = path.join(folder, 'nginx.conf')
  writeFileSync(file, nginxConfig(folder, nginxText))
  const nginx = spawn(systemProgram('nginx'), ['-e', 'stderr', '-c', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  await listening(httpsPort, nginx)
  return { publicUrl, close: () => void nginx.kill('SIGTERM') }
}

/** Medians of posts that wait for each other, on one connection each way, taken in turns. */
async function singlePosts(given: { clientState: string; bySsh: Front; byFront: Front }) {
  const { clientState, bySsh, byFront } = given
  const clients = [bySsh, byFront].map(
    ({ origin, caPem }) => new Client(origin, { connect: { ca: caPem } }),
  )
  let id = Date.now() * 2
  const timed = async (client: Client) => {
    id += 1
    const startedAt = performance.now()
    const { statusCode, body } = await client.request({
      ...{ path: NOTIFICATION_PATH, method: 'POST' },
      headers: { 'content-type': 'application/json' },
      body: postOf({ clientState, id: String(id) }),
    })
    await body.dump()
    if (statusCode !== 202) throw new Error(`A post was answered ${statusCode}.`)
    return performance.now() - startedAt
  }
  const times: number[][] = clients.map(() => [])
  for (let count = 0; count < SINGLE_POSTS; count += 1) {
    for (const [index, client] of clients.entries()) times[index]?.push(await timed(client))
  }
  await Promise.all(clients.map((client) => client.close()))
  const [ssh = [], front = []] = times
  return {
    sshMs: rounded(quantile(ssh, 0.5)),
    frontMs: rounded(quantile(front, 0.5)),
    sshP95Ms: rounded(quantile(ssh, 0.95)),
    frontP95Ms: rounded(quantile(front, 0.95)),
  }
}
