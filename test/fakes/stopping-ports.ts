// A database and a vault of which a test sees what would be left if the program were killed after any of their writes.
import { MemoryDatabase, MemorySecrets } from './memory-ports.ts'

/** What lay on disk after one write. */
export interface Stop {
  database: MemoryDatabase
  secrets: MemorySecrets
}

/** Both ports, and the stops since `begin`. */
export class StoppingPorts {
  readonly database: MemoryDatabase
  readonly secrets: MemorySecrets
  readonly stops: Stop[] = []
  #isWatching = false

  constructor() {
    const note = () => this.#note()
    this.database = new (class extends MemoryDatabase {
      override async writeRecord(name: string, value: unknown): Promise<void> {
        await super.writeRecord(name, value)
        note()
      }
      override async deleteRecord(name: string): Promise<void> {
        await super.deleteRecord(name)
        note()
      }
    })()
    this.secrets = new (class extends MemorySecrets {
      override async set(name: string, value: string): Promise<void> {
        await super.set(name, value)
        note()
      }
      override async delete(name: string): Promise<void> {
        await super.delete(name)
        note()
      }
    })()
  }

  begin(): void {
    this.stops.length = 0
    this.#isWatching = true
  }

  #note(): void {
    if (!this.#isWatching) return
    const secrets = new MemorySecrets()
    for (const [name, value] of this.secrets.values) secrets.values.set(name, value)
    this.stops.push({ database: this.database.copy(), secrets })
  }
}
