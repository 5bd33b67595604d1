// The real program under measurement: set up against a practice tenant, serving its pages, and what stands around it.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import tls from 'node:tls'
import { projectRoot } from '../build/child.ts'
import { freePort } from '../build/free-port.ts'
import { NOTIFICATION_PATH } from '../main/core/webhook-paths.ts'
import { startPracticeTenant } from '../main/practice/practice-tenant.ts'
import { launch } from '../test/electron-double/driver.ts'
import {
  answerSignIn,
  customCloudOptions,
  keyFileIn,
  newDataFolder,
  startCli,
} from '../test/whole/cli-process.ts'
import { SERVICE } from './service.ts'

/** A subscription as Graph was asked for it: what it takes to post in its name. */
interface Subscribed {
  subscriptionId: string
  clientState: string
}

export interface Program {
  /** One-time address of its pages. */
  pagesUrl: string
  /** Where the contact center listens. */
  handOnUrl: string
  /** When the contact center's socket had the event of a resource, in milliseconds since 1970. */
  handedOnAt: Map<string, number>
  /** Posts messages as Graph does; resolves with the moments at which it began and at which the 202 was here. */
  post: (messages: { chatId: string; id: string }[]) => Promise<{ sentAt: number; takenAt: number }>
  /** What the process has in memory now. */
  residentBytes: () => number
  /** Processor time that it took since its start, in milliseconds. */
  processorMs: () => number
  close: () => Promise<void>
}

/** Keeps the double's TypeScript as JavaScript: reading it at each start would be counted as the app's. */
export const compileCache = {
  NODE_COMPILE_CACHE: path.join(projectRoot, 'out', 'bench', 'compile-cache'),
}

/**
 * Sets everything up as a person would and starts `serve`, or the tray app with no window on the Electron double. The
 * Microsoft side runs in this process.
 */
export async function startProgram(host: 'headless' | 'double' = 'headless'): Promise<Program> {
  const created = new Map<string, Subscribed>()
  const tenant = await startPracticeTenant({
    replicationDelayMs: 0,
    tap: ({ phase, method, path: asked, requestBody, responseBody }) => {
      if (phase !== 'handled' || method !== 'POST' || !asked.endsWith('/subscriptions')) return
      const { resource, clientState } = requestBody as { resource: string; clientState: string }
      const { id } = (responseBody ?? {}) as { id?: string }
      if (id !== undefined) created.set(resource, { subscriptionId: id, clientState })
    },
  })
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), tenant.caPem])
  const contactCenter = await startContactCenter()
  const folder = await newDataFolder()
  const environment = await keyFileIn(folder.path)
  const data = ['--data', folder.path]
  const cloud = await customCloudOptions(tenant, folder.path)
  const setUp = startCli(['setup', ...cloud, '--with-chat-read-all', '--yes', ...data], environment)
  await answerSignIn(setUp, tenant)
  if ((await setUp.exited) !== 0) throw new Error(`The set-up failed. ${setUp.stderr()}`)
  const port = await freePort()
  await changeSettings(path.join(folder.path, 'settings.json'), {
    webhookPort: port,
    publicUrl: `http://127.0.0.1:${port}`,
    richNotifications: false,
  })
  const serving =
    host === 'headless' ? await serve(data, environment) : await hide(data, environment)
  const messages = await subscriptionOf(created, /getAllMessages/)
  const agent = new http.Agent({ keepAlive: true, maxSockets: 50 })
  return {
    pagesUrl: serving.pagesUrl,
    handOnUrl: contactCenter.url,
    handedOnAt: contactCenter.at,
    post: (items) => post({ agent, port, body: bodyOf(items, messages, tenant.tenantId) }),
    residentBytes: () => residentBytesOf(serving.pid),
    processorMs: () => processorMsOf(serving.pid),
    close: async () => {
      agent.destroy()
      await serving.stop()
      await contactCenter.close()
      await tenant.close()
      await folder.remove()
    },
  }
}

/** As the page names the resource of a message, and the event of its hand-on. */
export function resourceOf({ chatId, id }: { chatId: string; id: string }): string {
  return `chats('${chatId}')/messages('${id}')`
}

/** Its log lines go nowhere: a million of them would have to be kept here. */
async function serve(data: string[], env: NodeJS.ProcessEnv) {
  const cli = path.join(projectRoot, 'out', 'main', 'cli.js')
  const program = [cli, 'serve', '--no-open', '--json', ...data]
  const child = spawn(process.execPath, [...SERVICE.options, ...program], {
    env: { PATH: process.env['PATH'], HOME: tmpdir(), ...SERVICE.environment, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const exited = new Promise<void>((resolve) => {
    child.once('close', () => resolve())
  })
  const pagesUrl = await new Promise<string>((resolve, reject) => {
    let stdout = ''
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      stdout += part
      const url = /"url": "([^"]+)"/.exec(stdout)?.[1]
      if (url !== undefined) resolve(url)
    })
    void exited.then(() => reject(new Error(`emi-tray serve ended early. ${stdout}`)))
  })
  return {
    pagesUrl,
    pid: child.pid ?? 0,
    stop: async () => {
      child.kill('SIGTERM')
      await exited
    },
  }
}

/** The tray app without a window. */
async function hide(data: string[], env: NodeJS.ProcessEnv) {
  const electron = path.join(projectRoot, 'out', 'main', 'electron.js')
  const app = await launch({
    args: [electron, '--hidden', ...data],
    env: { PATH: process.env['PATH'], HOME: tmpdir(), ...compileCache, ...env },
  })
  return {
    pagesUrl: '',
    pid: app.process().pid ?? 0,
    stop: async () => {
      await app.close()
    },
  }
}

async function subscriptionOf(
  created: Map<string, Subscribed>,
  resource: RegExp,
): Promise<Subscribed> {
  for (let round = 0; round < 300; round += 1) {
    for (const [name, subscribed] of created) if (resource.test(name)) return subscribed
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('The program subscribed to no messages.')
}

async function changeSettings(file: string, change: Record<string, unknown>): Promise<void> {
  const settings = JSON.parse(await readFile(file, 'utf8')) as {
    connections: { microsoft: Record<string, unknown> }
  }
  Object.assign(settings.connections.microsoft, change)
  await writeFile(file, JSON.stringify(settings))
}

async function startContactCenter() {
  const at = new Map<string, number>()
  const server = http.createServer((request, response) => {
    const arrivedAt = now()
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      response.writeHead(204).end()
      const event = JSON.parse(Buffer.concat(parts).toString()) as { data: { resource?: string } }
      const { resource } = event.data
      if (resource !== undefined && !at.has(resource)) at.set(resource, arrivedAt)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    at,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/teams-events`,
    close: () => {
      server.closeAllConnections()
      return new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

/** As a page's performance.timeOrigin plus performance.now() has it. */
function now(): number {
  return performance.timeOrigin + performance.now()
}

function bodyOf(
  messages: { chatId: string; id: string }[],
  subscribed: Subscribed,
  tenantId: string,
): string {
  const value = messages.map((message) => ({
    ...subscribed,
    changeType: 'created',
    tenantId,
    subscriptionExpirationDateTime: '2027-03-05T09:00:00.0000000Z',
    resource: resourceOf(message),
    resourceData: {
      id: message.id,
      '@odata.type': '#Microsoft.Graph.chatMessage',
      '@odata.id': resourceOf(message),
    },
  }))
  return JSON.stringify({ value })
}

function post(given: {
  agent: http.Agent
  port: number
  body: string
}): Promise<{ sentAt: number; takenAt: number }> {
  const { agent, port, body } = given
  const sentAt = now()
  return new Promise((resolve, reject) => {
    const request = http.request(
      { agent, host: '127.0.0.1', port, path: NOTIFICATION_PATH, method: 'POST' },
      (response) => {
        const takenAt = now()
        response.resume()
        if (response.statusCode === 202) resolve({ sentAt, takenAt })
        else reject(new Error(`A post was answered with ${response.statusCode}.`))
      },
    )
    request.on('error', reject)
    request.setHeader('content-type', 'application/json')
    request.end(body)
  })
}

/** Of another process; Linux only. https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
export function residentBytesOf(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kibibytes) * 1_024
}

/** Of another process, own and system time; Linux only. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function processorMsOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name in parentheses may hold blanks.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const TICK_MS = 10
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}
