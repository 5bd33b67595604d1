// Client secrets that the audit trail tells of: those that this installation asked for, and did not remove since.
import * as v from 'valibot'
import type { AuditEntry } from '../../contract/models/removal.ts'
import type { Database } from '../ports/database.ts'

/** A secret by its name, which only EMI Tray gives; the trail does not hold its id. */
export interface TrailSecret {
  tenantId: string
  applicationObjectId: string
  /** Name of the application; empty where the trail never names it. */
  applicationName: string
  displayName: string
  /** ISO 8601; empty where it is not known. */
  endDateTime: string
}

const PAGE_LIMIT = 500
const OF_APPLICATION = /^\/applications\/([^/(]+)(\/addPassword|\/removePassword)?$/

const afterSchema = v.object({ endDateTime: v.string() })

/**
 * Reads the whole trail. One whose answer was lost counts as made, so that some of these may never have been; one
 * that somebody removed in Entra counts as there.
 */
export async function readSecretTrail(database: Database): Promise<TrailSecret[]> {
  const made = new Map<string, TrailSecret & { left: number }>()
  const names = new Map<string, string>()
  for (let last = 0; ;) {
    const page = await database.auditEntriesAfter(last, PAGE_LIMIT)
    for (const entry of page) note(entry, made, names)
    last = page.at(-1)?.id ?? last
    if (page.length < PAGE_LIMIT) break
  }
  return [...made.values()]
    .filter(({ left }) => left > 0)
    .map(({ left: _, ...secret }) => ({
      ...secret,
      applicationName: names.get(secret.applicationObjectId) ?? '',
    }))
}

function note(
  entry: AuditEntry,
  made: Map<string, TrailSecret & { left: number }>,
  names: Map<string, string>,
): void {
  const { method, path, outcome, tenantId, name, after } = entry
  const [, applicationObjectId, what] = OF_APPLICATION.exec(path) ?? []
  if (applicationObjectId === undefined || outcome === 'refused' || name === '') return
  const key = `${applicationObjectId} ${name}`
  const known = made.get(key)
  if (what === '/addPassword') {
    const parsed = v.safeParse(afterSchema, after)
    made.set(key, {
      ...{ tenantId, applicationObjectId, applicationName: '', displayName: name },
      endDateTime: parsed.success ? parsed.output.endDateTime : '',
      // The same name is asked for again where an answer was lost.
      left: (known?.left ?? 0) + 1,
    })
  } else if (what === '/removePassword') {
    if (known && outcome === 'done') known.left -= 1
  } else if (method === 'DELETE') {
    if (outcome !== 'done') return
    for (const [one, secret] of made) {
      if (secret.applicationObjectId === applicationObjectId) made.delete(one)
    }
  } else {
    names.set(applicationObjectId, name)
  }
}
