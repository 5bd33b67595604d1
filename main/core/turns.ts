// Work that must not overlap: each piece begins when the one before has ended, however that ended.

export class Turns {
  #last: Promise<unknown> = Promise.resolve()

  /** Runs the work in its turn. Rejects with what the work rejects with; the next turn comes all the same. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work)
    this.#last = mine.catch(() => {
      // Whoever asked for this turn is told.
    })
    return mine
  }

  /** Resolves when everything asked for so far has ended. */
  async idle(): Promise<void> {
    await this.#last
  }
}
