// Writes what came of attempts: results that arrive while a commit runs go together in the next one.
import type { HandOnResult, HandOnStore } from '../ports/hand-on.ts'

interface Waiting {
  result: HandOnResult
  resolve: () => void
  reject: (error: unknown) => void
}

export class ResultWriter {
  #store: Pick<HandOnStore, 'noteHandOn'>
  #waiting: Waiting[] = []
  #writing = false

  constructor(store: Pick<HandOnStore, 'noteHandOn'>) {
    this.#store = store
  }

  /** Resolves when the result is noted. Rejects with what the database throws. */
  add(result: HandOnResult): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ result, resolve, reject })
      if (!this.#writing) void this.#writeAll()
    })
  }

  async #writeAll(): Promise<void> {
    this.#writing = true
    while (this.#waiting.length > 0) {
      const group = this.#waiting
      this.#waiting = []
      try {
        await this.#store.noteHandOn(group.map(({ result }) => result))
        for (const { resolve } of group) resolve()
      } catch (error) {
        for (const { reject } of group) reject(error)
      }
    }
    this.#writing = false
  }
}
