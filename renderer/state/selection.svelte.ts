// What a person ticked in a list that may change under them: only the exceptions from the rule are remembered.

/** A set of ticks, all on or all off at first. */
export class Selection {
  readonly #atFirst: boolean
  #exceptions = $state.raw<string[]>([])

  constructor(atFirst: boolean) {
    this.#atFirst = atFirst
  }

  has(id: string): boolean {
    return this.#atFirst !== this.#exceptions.includes(id)
  }

  /** Those of the ids that are ticked, each once. */
  of(ids: string[]): string[] {
    return ids.filter((id, index) => this.has(id) && ids.indexOf(id) === index)
  }

  set(id: string, on: boolean): void {
    const others = this.#exceptions.filter((one) => one !== id)
    this.#exceptions = on === this.#atFirst ? others : [...others, id]
  }

  /** Back to how it was at first. */
  clear(): void {
    this.#exceptions = []
  }
}
