// What the tests of the headless host share: an app that a test plays, built pages, and a bare HTTP client.
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { request, type IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LogEntry } from '../../main/contract/models/log.ts'
import type { AppState } from '../../main/contract/models/state.ts'
import type { Reply } from '../../main/contract/protocol.ts'
import { StateKeeper } from '../../main/core/state.ts'
import type { HostedApp } from '../../main/headless/sockets.ts'
import { nothingYet } from '../fakes/nothing-yet.ts'

/** An app whose answers and pushes a test decides. */
export class FakeApp implements HostedApp {
  readonly calls: { name: string; input: unknown }[] = []
  answer: (name: string, input: unknown) => Promise<Reply> = (name, input) =>
    Promise.resolve({ ok: true, value: { name, input } })
  #stateListeners = new Set<(state: AppState) => void>()
  #logListeners = new Set<(entries: LogEntry[]) => void>()
  #revision = 1

  dispatch(name: string, input: unknown): Promise<Reply> {
    this.calls.push({ name, input })
    return this.answer(name, input)
  }
  onStateChanged(listener: (state: AppState) => void): () => void {
    this.#stateListeners.add(listener)
    return () => this.#stateListeners.delete(listener)
  }
  onLogAppended(listener: (entries: LogEntry[]) => void): () => void {
    this.#logListeners.add(listener)
    return () => this.#logListeners.delete(listener)
  }
  onDeliveriesNamed(): () => void {
    return () => undefined
  }

  get listeners(): number {
    return this.#stateListeners.size + this.#logListeners.size
  }

  pushState(change: Partial<AppState> = {}): void {
    this.#revision += 1
    const { current } = new StateKeeper(nothingYet)
    for (const listener of this.#stateListeners) {
      listener({ ...current, ...change, revision: this.#revision })
    }
  }

  pushLog(sequence: number, message = 'Something happened'): void {
    const entry: LogEntry = {
      sequence,
      at: '2026-03-02T09:00:00.000Z',
      level: 'info',
      area: 'app',
      message,
      facts: {},
      delivery: null,
    }
    for (const listener of this.#logListeners) listener([entry])
  }
}

/** Built pages in a temporary folder, with a secret file beside them. */
export async function makePages(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const base = await mkdtemp(join(tmpdir(), 'emi-pages-'))
  const folder = join(base, 'renderer')
  await mkdir(join(folder, 'assets'), { recursive: true })
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>EMI Tray</title>')
  await writeFile(join(folder, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
  await writeFile(join(folder, 'assets', 'index-a1b2c3.js'), 'export {}')
  await writeFile(join(base, 'private.txt'), 'not for pages')
  return { folder, remove: () => rm(base, { recursive: true, force: true }) }
}

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  text: string
}

/** One request exactly as given; unlike fetch it lets a test set Host and keep `..` in the path. */
export function ask(
  port: number,
  path: string,
  { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, path, method, headers, agent: false },
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (part: string) => (text += part))
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text })
        })
      },
    )
    sent.once('error', reject)
    sent.end()
  })
}

/** Asks for a WebSocket and then reads nothing more until it is told to. */
export async function stallingPage(
  port: number,
  headers: Record<string, string>,
  allowHalfOpen = false,
): Promise<{ readOn: () => void; write: (part: Buffer) => boolean; closed: Promise<void> }> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen })
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => resolve())
  })
  // A reset is the end that is expected.
  socket.on('error', () => undefined)
  const lines = Object.entries({
    Host: `127.0.0.1:${port}`,
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    ...headers,
  }).map(([name, value]) => `${name}: ${value}`)
  socket.write(`GET /socket HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
  await new Promise<void>((resolve) => {
    socket.once('data', () => {
      socket.pause()
      resolve()
    })
  })
  return { readOn: () => socket.resume(), write: (part) => socket.write(part), closed }
}
