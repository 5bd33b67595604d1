// A stream within this process as a connection that node:http can serve, with what it expects of a socket.
import { Duplex } from 'node:stream'

export class InnerSocket extends Duplex {
  /** What comes through the listening socket of this computer comes from there too. */
  readonly remoteAddress = '127.0.0.1'
  #stream: Duplex
  #beforeWrite: () => void
  /** Nothing may happen for so long; 0 without an end. */
  #quietMs = 0
  #quietSince = 0
  #timer: NodeJS.Timeout | undefined

  /** `beforeWrite` is called before each piece that goes out. */
  constructor(stream: Duplex, beforeWrite: () => void = () => undefined) {
    super()
    this.#stream = stream
    this.#beforeWrite = beforeWrite
    stream.on('data', (part: Buffer) => {
      if (!this.push(part)) stream.pause()
    })
    stream.on('end', () => this.push(null))
    stream.on('close', () => this.destroy())
    stream.on('error', () => this.destroy())
  }

  /** As a socket's, called by node:http between two requests only: what is read in between does not put it off. */
  setTimeout(ms: number): this {
    this.#quietMs = ms
    this.#quietSince = performance.now()
    if (ms > 0) this.#timer ??= setTimeout(() => this.#look(), ms).unref()
    return this
  }

  /** As a socket's: ends once everything is written. */
  destroySoon(): void {
    if (this.writableFinished) {
      this.destroy()
      return
    }
    this.once('finish', () => this.destroy())
    this.end()
  }

  override _read(): void {
    this.#stream.resume()
  }

  override _write(
    part: Buffer,
    _encoding: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    this.#beforeWrite()
    this.#stream.write(part, done)
  }

  override _final(done: () => void): void {
    this.#stream.end()
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#timer)
    this.#stream.destroy()
    done(error)
  }

  /** A timer for each request would cost more than looking again now and then. */
  #look(): void {
    this.#timer = undefined
    if (this.#quietMs === 0) return
    const leftMs = this.#quietSince + this.#quietMs - performance.now()
    if (leftMs <= 0) this.emit('timeout')
    else this.#timer = setTimeout(() => this.#look(), leftMs).unref()
  }
}
