// The notes of a running set-up: each change of the record is on disk before the run goes on.
import type { ConnectionSettings } from '../../contract/models/settings.ts'
import { AppError } from '../app-error.ts'
import { uniqueNameOf } from './application.ts'
import type { EntraContext } from './context.ts'
import { isFormerApplication, keepEarlier } from './former-applications.ts'
import { GraphError } from './graph-client.ts'
import type { Application } from './graph-objects.ts'
import { changeLeft, readLeftIn } from './left-behind.ts'
import {
  type Added,
  emptyRecord,
  nothingAdded,
  type ProvisioningRecord,
  withAdded,
  writeProvisioningRecord,
} from './provisioning-record.ts'
import type { TenantObjects } from './tenant-objects.ts'

export interface Notes {
  readonly record: ProvisioningRecord
  /** Durable when it resolves. */
  save: (change: Partial<ProvisioningRecord>) => Promise<void>
  /** Notes which application the run works on; `configured` where this run has just made it with these permissions. */
  noteApplication: (application: Application, configured?: string[]) => Promise<void>
  /** Notes that the application is about to be made, while `work` makes it. */
  creating: <T>(configured: string[], work: () => Promise<T>) => Promise<T>
  /**
   * Notes what `work` is about to add, so that a run that dies meanwhile does not lose it. `really` tells what was
   * added; what was not is forgotten again, unless Graph's answer was lost.
   */
  adding: <T>(
    intended: Partial<Added>,
    work: (really: (added: Partial<Added>) => void) => Promise<T>,
  ) => Promise<T>
}

/** The notes about the application that the look has found, or about one that is still to be made. */
export function openNotes(
  { database, account, settings, graph }: EntraContext,
  {
    noted,
    objects: { application, record: own },
  }: { noted: ProvisioningRecord | null; objects: TenantObjects },
): Notes {
  const uniqueName = application?.uniqueName ?? uniqueNameOf(settings.tenantUrl)
  const fresh = emptyRecord({
    tenantId: account.tenantId,
    uniqueName,
    origin: isForeign(settings, { application, record: own }) ? 'adopted' : 'made',
  })
  // An application whose making was noted, though not its ids: an answer was lost.
  const lost = noted?.tenantId === account.tenantId ? noted.creating : undefined
  let record: ProvisioningRecord = own ? { ...own, uniqueName } : { ...fresh, creating: lost }
  let written = own ? JSON.stringify(own) : ''

  /** True when nothing was written; false when nobody knows. */
  const isUndone = (error: unknown) => isRefused(error) || graph.neverSent?.(error) === true

  const save = async (change: Partial<ProvisioningRecord>) => {
    const next = { ...record, tenantDisplayName: account.tenantDisplayName, ...change }
    const text = JSON.stringify(next)
    if (text === written) return
    // First: if the run dies in between, it is still known.
    if (!own && written === '' && noted) await keepEarlier(database, noted)
    await writeProvisioningRecord(database, next)
    record = next
    written = text
  }

  const noteApplication: Notes['noteApplication'] = async (found, configured) => {
    const { id, appId } = found
    const { creating } = record
    const isLost = creating !== undefined && creating.uniqueName === found.uniqueName
    const isOther = record.applicationObjectId !== id
    const made = configured ?? (isOther && isLost ? creating.configured : undefined)
    const isBack = isOther && !made && (await isFormerApplication(database, id))
    // What was added to it when it was in use before is ours again; its secret of then is not in use any more.
    const earlier = isOther && !made && !isBack ? await readLeftIn(database, id) : undefined
    const added = made
      ? { ...nothingAdded(), application: true, redirectUri: true, configured: made }
      : isBack
        ? { ...nothingAdded(), application: true }
        : earlier?.added
    // Another application than before: nothing that was noted about the old one holds.
    const isNews = isOther && record.applicationObjectId !== ''
    await save({
      ...(isNews ? { ...fresh, uniqueName: record.uniqueName } : {}),
      ...(added ? { added } : {}),
      ...(earlier ? { redirectUri: earlier.redirectUri } : {}),
      applicationObjectId: id,
      appId,
      creating: undefined,
    })
    if (earlier) await changeLeft(database, id, (left) => ({ ...left, added: nothingAdded() }))
  }

  return {
    get record() {
      return record
    },
    save,
    noteApplication,
    creating: async (configured, work) => {
      await save({ creating: { uniqueName, configured } })
      try {
        return await work()
      } catch (error) {
        if (isUndone(error)) await save({ creating: undefined })
        throw error
      }
    },
    adding: async (intended, work) => {
      const before = record.added
      const really: Partial<Added>[] = []
      const settle = () => save({ added: really.reduce<Added>(withAdded, before) })
      await save({ added: withAdded(before, intended) })
      try {
        const value = await work((added) => really.push(added))
        await settle()
        return value
      } catch (error) {
        if (isUndone(error)) await settle()
        throw error
      }
    },
  }
}

/** True for an application that is there and was made by somebody else, or by another installation. */
export function isForeign(
  { adoptedAppId, tenantUrl }: Pick<ConnectionSettings, 'adoptedAppId' | 'tenantUrl'>,
  { application, record }: Pick<TenantObjects, 'application' | 'record'>,
): boolean {
  if (record) return application !== null && record.origin !== 'made'
  // One that EMI Tray made for this contact center bears our name, even where it was chosen by its client id.
  return adoptedAppId !== '' && application?.uniqueName !== uniqueNameOf(tenantUrl)
}

/** True when Graph has said no: nothing was written. False when nobody knows. */
function isRefused(error: unknown): boolean {
  if (error instanceof GraphError) return error.status >= 400 && error.status < 500
  return error instanceof AppError && error.cause !== undefined && isRefused(error.cause)
}
