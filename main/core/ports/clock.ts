// Time and chance, as the core asks a platform for them.

export interface Clock {
  now(): Date
  /** Calls back once after `ms` milliseconds; returns a function that cancels it. */
  after(ms: number, callback: () => void): () => void
}

export interface Random {
  /** Cryptographically strong bytes. */
  bytes(length: number): Uint8Array<ArrayBuffer>
  uuid(): string
  /** 0 ≤ n < 1, for spreading retries. */
  fraction(): number
}
