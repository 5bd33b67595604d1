// Which lanes have something to hand on, and whose turn it is: one event of a lane at a time, lanes in turn.

/** Names and times only: what waits itself stays in the database. */
const MAX_LANES = 10_000

interface Lane {
  state: 'ready' | 'active' | 'resting'
  /** While it rests: milliseconds since 1970. */
  dueAt: number
  /** Woken before the time that is stored with its event. */
  isWoken: boolean
  /** Something was stored while it was active, so that it may not be empty after all. */
  again: boolean
}

/** A lane whose turn it is. */
export interface Turn {
  name: string
  /** True when the time stored with its event does not matter. */
  isWoken: boolean
}

export class Lanes {
  #lanes = new Map<string, Lane>()
  /** In the order of their turns. */
  #ready = new Set<string>()
  #resting = new Set<string>()
  /** No resting lane is due before this. */
  #earliestDue = Infinity
  #limit: number

  constructor(limit = MAX_LANES) {
    this.#limit = limit
  }

  get isFull(): boolean {
    return this.#lanes.size >= this.#limit
  }

  get isEmpty(): boolean {
    return this.#lanes.size === 0
  }

  /** Number of lanes that wait after a failure. */
  get resting(): number {
    return this.#resting.size
  }

  /** Says that something waits in a lane. False when there is no room for it now. */
  add(name: string): boolean {
    const lane = this.#lanes.get(name)
    if (lane) {
      if (lane.state === 'active') lane.again = true
      return true
    }
    if (this.isFull) return false
    this.#lanes.set(name, { state: 'ready', dueAt: 0, isWoken: false, again: false })
    this.#ready.add(name)
    return true
  }

  /** The lane whose turn it is; with `force` also one that still rests, the one that is due first. */
  take(now: number, { force = false }: { force?: boolean } = {}): Turn | null {
    this.#wakeDue(now)
    const name = this.#ready.values().next().value ?? (force ? this.#firstResting() : undefined)
    const lane = name === undefined ? undefined : this.#lanes.get(name)
    if (name === undefined || !lane) return null
    const isWoken = lane.isWoken || lane.state === 'resting'
    this.#ready.delete(name)
    this.#resting.delete(name)
    Object.assign(lane, { state: 'active', isWoken: false, again: false })
    return { name, isWoken }
  }

  /** To the end of the row: there may be more in it. */
  queue(name: string): void {
    const lane = this.#lanes.get(name)
    if (!lane) return
    lane.state = 'ready'
    this.#ready.add(name)
  }

  /** Nothing waits in it any more; false when something was stored meanwhile, so that it goes on. */
  finish(name: string): boolean {
    if (this.#lanes.get(name)?.again) {
      this.queue(name)
      return false
    }
    this.#lanes.delete(name)
    return true
  }

  rest(name: string, dueAt: number): void {
    const lane = this.#lanes.get(name)
    if (!lane) return
    Object.assign(lane, { state: 'resting', dueAt })
    this.#resting.add(name)
    this.#earliestDue = Math.min(this.#earliestDue, dueAt)
  }

  /** Ends every rest: what kept them waiting is over. */
  wakeAll(): void {
    for (const name of this.#resting) this.#wake(name, true)
  }

  /** Not later than the first resting lane is due; null when none rests. */
  nextDueAt(): number | null {
    return this.#resting.size === 0 ? null : this.#earliestDue
  }

  #wakeDue(now: number): void {
    if (now < this.#earliestDue) return
    this.#earliestDue = Infinity
    for (const name of this.#resting) {
      const { dueAt } = this.#lanes.get(name) ?? { dueAt: 0 }
      if (dueAt <= now) this.#wake(name, false)
      else this.#earliestDue = Math.min(this.#earliestDue, dueAt)
    }
  }

  #wake(name: string, isWoken: boolean): void {
    const lane = this.#lanes.get(name)
    this.#resting.delete(name)
    if (!lane) return
    lane.isWoken = isWoken
    this.queue(name)
  }

  #firstResting(): string | undefined {
    let first: string | undefined
    let dueAt = Infinity
    for (const name of this.#resting) {
      const due = this.#lanes.get(name)?.dueAt ?? Infinity
      if (due >= dueAt) continue
      first = name
      dueAt = due
    }
    return first
  }
}
