// The audit trail: every write to the tenant with time, account, request-id, before and after; never a secret.
import type { AuditEntry } from '../../contract/models/removal.ts'
import { redactValue } from '../redact.ts'
import type { Log } from '../log.ts'
import type { Clock } from '../ports/clock.ts'
import type { Database } from '../ports/database.ts'
import type { GraphWrite } from './graph-client.ts'

/** Entries read at once, for the page and for exports. */
const PAGE_LIMIT = 500

export interface AuditDeps {
  database: Database
  clock: Clock
  log: Log
  onChange: () => void
}

export class AuditTrail {
  lastId = 0
  #deps: AuditDeps

  constructor(deps: AuditDeps) {
    this.#deps = deps
  }

  /** Reads where the trail ends. */
  async load(): Promise<void> {
    this.lastId = await this.#deps.database.lastAuditId()
  }

  /** Notes one write. Never rejects: the tenant has been changed already, and the caller has to know what it made. */
  async note(
    write: GraphWrite,
    { account, tenantId }: { account: string; tenantId: string },
  ): Promise<void> {
    const { database, clock, log } = this.#deps
    const { note, ...about } = write
    try {
      this.lastId = await database.addAuditEntry({
        ...about,
        at: clock.now().toISOString(),
        account,
        tenantId,
        action: actionOf(write),
        object: note?.object ?? objectOf(write.path),
        name: note?.name ?? '',
        before: redactValue(note?.before ?? null),
        after: redactValue(note?.after ?? null),
      })
      this.#deps.onChange()
    } catch (error) {
      log.error('setup', 'A write to the tenant could not be noted in the audit trail.', {
        method: write.method,
        path: write.path,
        outcome: write.outcome,
        reason: error instanceof Error ? error.message : '',
      })
    }
  }

  /** Entries after this id, the oldest first, at most 500. */
  list(afterId: number): Promise<AuditEntry[]> {
    return this.#deps.database.auditEntriesAfter(afterId, PAGE_LIMIT)
  }

  /** The whole trail, the oldest first. */
  all(): Promise<AuditEntry[]> {
    return wholeTrail(this.#deps.database)
  }
}

/** The whole trail of a database, the oldest first, also for whoever only reads. */
export async function wholeTrail(
  database: Pick<Database, 'auditEntriesAfter'>,
): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = []
  for (;;) {
    const page = await database.auditEntriesAfter(entries.at(-1)?.id ?? 0, PAGE_LIMIT)
    entries.push(...page)
    if (page.length < PAGE_LIMIT) return entries
  }
}

/** Graph adds and removes passwords by POST, and an upsert may create. */
function actionOf({ method, path, status, note }: GraphWrite): AuditEntry['action'] {
  if (method === 'DELETE' || path.endsWith('/removePassword')) return 'remove'
  if (method === 'PATCH') {
    const meantToCreate = note?.before === null && note.after !== null
    return status === 201 || (status !== 204 && meantToCreate) ? 'create' : 'change'
  }
  return path.endsWith('/reauthorize') || path.endsWith('/restore') ? 'change' : 'create'
}

/** The collection in the path, where the caller said nothing more. */
function objectOf(path: string): string {
  return path.split(/[/(]/).find((part) => part !== '') ?? path
}
