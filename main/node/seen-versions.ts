// Whether a change is stored already: what was read against what was notified, and a late notification against both.
import type { DeliveryOrigin } from '../contract/models/delivery.ts'
import type { CaughtUp } from '../core/ports/stored.ts'

/** What a stored item tells of the version of its resource. */
export interface StoredVersion {
  changeType: string
  origin: DeliveryOrigin
  receivedAt: string
  etag: string | null
  lastModifiedDateTime: string | null
}

/** Graph repeats a notification for up to four hours. https://learn.microsoft.com/graph/change-notifications-delivery-webhooks */
export const REPEATS_MS = 5 * 60 * 60_000

/**
 * What becomes of an item that was read, given what is stored of its resource: null when that told of this version.
 * A notification without a version sends its reader to the resource as it is then, so one that came after the change
 * told of it; only that something was deleted has to be said as such.
 */
export function unseenChange(
  { changeType, etag, lastModifiedDateTime, modifiedAt }: CaughtUp & { changeType: string },
  stored: readonly StoredVersion[],
): string | null {
  const isSeen = stored.some((one) => {
    if (etag !== null && one.etag !== null) {
      if (plain(one.etag) === plain(etag)) return true
      if (one.lastModifiedDateTime === null) return false
    }
    if (changeType === 'deleted' && one.changeType !== 'deleted') return false
    return one.lastModifiedDateTime === null
      ? one.receivedAt >= modifiedAt
      : Date.parse(one.lastModifiedDateTime) >= Date.parse(lastModifiedDateTime)
  })
  if (isSeen) return null
  // It was told of before, so that it is not new any more.
  return changeType === 'created' && stored.length > 0 ? 'updated' : changeType
}

/**
 * True for a notification that tells late of what was caught up meanwhile. Only what can be told for sure: that
 * something was made or deleted, or a version that is the same. Another repeat costs less than a loss.
 */
export function isLateRepeat(
  item: { changeType: string; receivedAt: string } & Pick<
    StoredVersion,
    'etag' | 'lastModifiedDateTime'
  >,
  caughtUp: readonly StoredVersion[],
): boolean {
  return caughtUp.some((one) => {
    if (item.etag !== null && one.etag !== null) return plain(item.etag) === plain(one.etag)
    if (item.lastModifiedDateTime !== null && one.lastModifiedDateTime !== null) {
      return Date.parse(item.lastModifiedDateTime) <= Date.parse(one.lastModifiedDateTime)
    }
    if (item.changeType !== 'created' && item.changeType !== one.changeType) return false
    if (item.changeType === 'updated') return false
    return Date.parse(item.receivedAt) - Date.parse(one.receivedAt) <= REPEATS_MS
  })
}

/** The version in an item as it is stored; nulls where it has none. */
export function versionIn(itemJson: string): Pick<StoredVersion, 'etag' | 'lastModifiedDateTime'> {
  const item = JSON.parse(itemJson) as { resourceData?: Record<string, unknown> | null }
  const text = (name: string) => {
    const value = item.resourceData?.[name]
    return typeof value === 'string' && value !== '' ? value : null
  }
  return { etag: text('@odata.etag'), lastModifiedDateTime: text('lastModifiedDateTime') }
}

/** Etags come with and without quotes and the mark of a weak one. */
function plain(etag: string): string {
  return etag.replace(/^W\//, '').replaceAll('"', '')
}
