// The cryptography of rich notifications with Node: certificates, and decryption on worker threads.
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { RichCrypto } from '../core/ports/rich-crypto.ts'
import { decryptContent, type Encrypted } from './rich-decrypt.ts'

type Plain = string | null

/** One item on its way, and who waits for it. */
interface Job {
  encrypted: Encrypted
  /** How many threads have died over it. */
  crashes: number
  resolve: (plain: Plain) => void
  reject: (error: Error) => void
}

interface Thread {
  worker: Worker
  /** What it works on; empty while it is idle. */
  jobs: Job[]
}

export interface RichCryptoOptions {
  /** The most threads that work side by side; one for each core unless given. */
  threads?: number
  /** The program of a thread. */
  program?: URL
}

/** Graph takes RSA keys of 2048 to 4096 bits; the longer ones are many times slower. */
const KEY_BITS = 2048
const DAY_MS = 24 * 60 * 60_000

/** So many go to a thread at once under load: it need not wait for the next between two of them. */
const MOST_AT_ONCE = 16

// Beside this file, in the sources as in what is built from them.
const PROGRAM = new URL(
  import.meta.url.endsWith('.ts') ? './rich-crypto-worker.ts' : './rich-crypto-worker.js',
  import.meta.url,
)

/** Starts without any thread; they come with the first content. */
export function createRichCrypto(options: RichCryptoOptions = {}): RichCrypto {
  const pool = new ThreadPool(options)
  return {
    makeCertificate,
    decrypt: (encrypted) => pool.run(encrypted),
    close: () => pool.close(),
  }
}

async function makeCertificate({ days }: { days: number }) {
  // With its ASN.1 it takes a tenth of a second to load, and is needed about once a month.
  const { generate } = await import('selfsigned')
  // Slow, but Node makes the key on a thread of its own.
  const made = await generate([{ name: 'commonName', value: 'EMI Tray' }], {
    keyType: 'rsa',
    keySize: KEY_BITS,
    algorithm: 'sha256',
    notAfterDate: new Date(Date.now() + days * DAY_MS),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', keyEncipherment: true, dataEncipherment: true, critical: true },
    ],
  })
  return {
    certificate: made.cert.replace(/-----[A-Z ]+-----|\s/g, ''),
    privateKeyPem: made.private,
  }
}

class ThreadPool {
  #threads = new Set<Thread>()
  #queue: Job[] = []
  #most: number
  #program: URL
  #isClosed = false
  /** One has answered, so threads can be started here. */
  #doThreadsWork = false
  /** Threads cannot be started here: then the work is done without them. */
  #isBroken = false

  constructor({ threads, program }: RichCryptoOptions) {
    this.#most = Math.max(1, threads ?? availableParallelism())
    this.#program = program ?? PROGRAM
  }

  run(encrypted: Encrypted): Promise<Plain> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ encrypted, crashes: 0, resolve, reject })
      this.#dispatch()
    })
  }

  /** Lets what is under way end, then ends the threads. What has not begun is rejected. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const job of this.#queue.splice(0)) job.reject(closed())
    await Promise.all([...this.#threads].map((thread) => this.#end(thread)))
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      if (this.#goesWithout()) {
        this.#finishWithoutThreads()
        return
      }
      const thread = [...this.#threads].find(({ jobs }) => jobs.length === 0) ?? this.#start()
      if (!thread) {
        if (this.#goesWithout()) continue
        return
      }
      thread.jobs = this.#take()
      thread.worker.ref()
      thread.worker.postMessage(thread.jobs.map(({ encrypted }) => encrypted))
    }
  }

  /** A fair share of what waits. What a thread has died over goes alone, so that it takes no other along. */
  #take(): Job[] {
    const suspect = this.#queue.findIndex(({ crashes }) => crashes > 0)
    if (suspect === 0) return this.#queue.splice(0, 1)
    const share = Math.min(Math.ceil(this.#queue.length / this.#most), MOST_AT_ONCE)
    return this.#queue.splice(0, suspect === -1 ? share : Math.min(share, suspect))
  }

  #goesWithout(): boolean {
    return this.#isClosed || this.#isBroken
  }

  /** A new thread, unless there are enough. */
  #start(): Thread | undefined {
    if (this.#threads.size >= this.#most) return undefined
    let worker: Worker
    try {
      // Nothing of this process's environment is its business.
      worker = new Worker(this.#program, { env: {} })
    } catch {
      // No memory for one more thread: it goes without.
      this.#isBroken = this.#threads.size === 0
      return undefined
    }
    const thread: Thread = { worker, jobs: [] }
    this.#threads.add(thread)
    worker.on('message', (plain: Plain[]) => {
      const { jobs } = thread
      thread.jobs = []
      this.#doThreadsWork = true
      // An idle thread does not keep the process alive.
      worker.unref()
      for (const [index, job] of jobs.entries()) job.resolve(plain[index] ?? null)
      this.#dispatch()
    })
    // What goes wrong ends the thread; 'exit' follows.
    worker.on('error', () => undefined)
    worker.on('exit', () => this.#noteExit(thread))
    return thread
  }

  /** A thread died: its items get one more try, each alone. */
  #noteExit(thread: Thread): void {
    this.#threads.delete(thread)
    const again: Job[] = []
    for (const job of thread.jobs) {
      job.crashes += 1
      if (this.#isClosed) job.reject(closed())
      else if (job.crashes < 2) again.push(job)
      else if (!this.#doThreadsWork) {
        this.#isBroken = true
        again.push(job)
      } else job.reject(new Error('Decrypting ended unexpectedly, twice.'))
    }
    thread.jobs = []
    this.#queue.unshift(...again)
    this.#dispatch()
  }

  #finishWithoutThreads(): void {
    for (const { encrypted, resolve, reject } of this.#queue.splice(0)) {
      if (this.#isClosed) reject(closed())
      else resolve(decryptContent(encrypted))
    }
  }

  #end(thread: Thread): Promise<void> {
    return new Promise((resolve) => {
      const { worker } = thread
      worker.once('exit', () => resolve())
      if (thread.jobs.length > 0) worker.once('message', () => void worker.terminate())
      else void worker.terminate()
    })
  }
}

function closed(): Error {
  return new Error('The decryption was closed.')
}
