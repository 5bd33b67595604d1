// The consent link for another administrator: its address, the state kept, and asking Microsoft whether it was used.
import * as v from 'valibot'
import type { ConsentRequest } from '../contract/models/handover.ts'
import { AppError, toErrorReport } from './app-error.ts'
import type { AreaDeps } from './area.ts'
import { adminConsentUrl, askForMissing, notUsedInTime } from './consent-check.ts'
import { wantedPermissions } from './entra/permissions.ts'
import {
  type ProvisioningRecord,
  readProvisioningRecord,
  writeProvisioningRecord,
} from './entra/provisioning-record.ts'

export interface ConsentDeps extends AreaDeps {
  /** Called once when every permission has arrived. */
  onGranted: () => void
}

const RECORD_NAME = 'consent'
const FIRST_WAIT_MS = 15_000
const LONGEST_WAIT_MS = 2 * 60_000
/** After a start the app has other things to do first. */
const RESUME_WAIT_MS = 1_000
const LIMIT_MS = 7 * 24 * 60 * 60_000

const keptSchema = v.object({
  tenantId: v.string(),
  appId: v.string(),
  redirectUri: v.string(),
  /** Comes back at the end of the consent; made once, so that a link that was sent stays the same. */
  state: v.string(),
  startedAt: v.string(),
  phase: v.picklist(['waiting', 'granted']),
})
type Kept = v.InferOutput<typeof keptSchema>

/** One link that was sent, from its making until it is forgotten. */
interface Session {
  kept: Kept
  missing: string[]
  lastCheckedAt: string | null
  error: ConsentRequest['error']
  controller: AbortController
  /** Looks that did not find everything. */
  looks: number
  looking: Promise<void> | null
  cancelTimer: () => void
}

export class ConsentLink {
  #deps: ConsentDeps
  #session: Session | null = null

  constructor(deps: ConsentDeps) {
    this.#deps = deps
  }

  /** The link of the application that is set up now; null without one. */
  state(): ConsentRequest | null {
    const session = this.#session
    if (!session || !this.#isCurrent(session.kept)) return null
    const { kept, missing, lastCheckedAt, error } = session
    const { phase, startedAt } = kept
    const url = adminConsentUrl(this.#deps.cloud, kept)
    return { url, phase, startedAt, lastCheckedAt, missing, error }
  }

  /** Takes up what an earlier run left waiting. */
  async load(): Promise<void> {
    const { database, onChange } = this.#deps
    const kept = v.safeParse(keptSchema, await database.readRecord(RECORD_NAME))
    if (!kept.success || !this.#isCurrent(kept.output)) return
    const session = this.#open(kept.output)
    if (kept.output.phase === 'waiting') this.#schedule(session, RESUME_WAIT_MS)
    onChange()
  }

  /** Makes the link and asks at once whether it is needed at all. Throws AppError not-set-up. */
  async start(): Promise<void> {
    const { database, random, clock, log, onChange } = this.#deps
    const { tenantId, appId, redirectUri } = this.#requireRecord()
    const earlier = this.#session?.kept
    const isSame =
      earlier?.tenantId === tenantId &&
      earlier.appId === appId &&
      earlier.redirectUri === redirectUri
    const kept: Kept = {
      ...{ tenantId, appId, redirectUri },
      state: isSame ? earlier.state : random.uuid(),
      startedAt: clock.now().toISOString(),
      phase: 'waiting',
    }
    await database.writeRecord(RECORD_NAME, kept)
    const session = this.#open(kept)
    onChange()
    log.info('setup', 'Made the consent link for another administrator.', { appId })
    await this.#look(session)
  }

  /** Asks now. Throws AppError not-found without a link. */
  async check(): Promise<void> {
    const session = this.#session
    if (session && this.#isCurrent(session.kept)) return this.#look(session)
    throw new AppError('not-found', {
      message: 'There is no consent link to check.',
      nextStep: 'Make the link first, and send it to an administrator.',
    })
  }

  /** Forgets the link. Consent that was given stays. */
  async forget(): Promise<void> {
    this.stop()
    await this.#deps.database.deleteRecord(RECORD_NAME)
    this.#session = null
    this.#deps.onChange()
  }

  /** Ends all waiting; the next start takes it up again. */
  stop(): void {
    this.#session?.controller.abort()
    this.#session?.cancelTimer()
  }

  #isCurrent({ tenantId, appId }: Kept): boolean {
    const record = this.#deps.record()
    return record?.appId === appId && record.tenantId === tenantId
  }

  #requireRecord(): ProvisioningRecord {
    const record = this.#deps.record()
    if (record?.appId && record.redirectUri) return record
    throw new AppError('not-set-up', {
      message: 'There is nothing to consent to yet: the application is not there.',
      nextStep:
        'Apply the plan first. It goes as far as your roles allow; what is left is granted through the link.',
    })
  }

  #open(kept: Kept): Session {
    this.stop()
    const { settings } = this.#deps
    const session: Session = {
      kept,
      missing: kept.phase === 'granted' ? [] : wantedPermissions(settings()).application,
      lastCheckedAt: null,
      error: null,
      controller: new AbortController(),
      ...{ looks: 0, looking: null, cancelTimer: () => undefined },
    }
    this.#session = session
    return session
  }

  /** One look at a time. Never rejects: problems show in the state. */
  #look(session: Session): Promise<void> {
    session.looking ??= this.#lookOnce(session).finally(() => {
      session.looking = null
    })
    return session.looking
  }

  async #lookOnce(session: Session): Promise<void> {
    const { clock, onChange } = this.#deps
    const { signal } = session.controller
    if (!isWaiting(session)) return
    session.cancelTimer()
    try {
      const record = this.#requireRecord()
      // Another application was set up since: nobody needs this link any more.
      if (!this.#isCurrent(session.kept)) {
        await this.forget()
        return
      }
      session.missing = await askForMissing(record, { ...this.#deps, signal })
      if (isStopped(session)) return
      session.error = null
      if (session.missing.length === 0) await this.#take(session)
    } catch (error) {
      if (!isStopped(session)) this.#note(session, error)
    }
    if (isStopped(session)) return
    session.lastCheckedAt = clock.now().toISOString()
    if (isWaiting(session)) this.#scheduleNext(session)
    onChange()
  }

  /** Everything has arrived: the set-up is complete now, and whoever waits for it is told. */
  async #take(session: Session): Promise<void> {
    const { database, guard, log, onGranted, reloadRecord, clock } = this.#deps
    // Another writer may be changing the record; then the next look takes it up.
    const leave = guard.enter('Noting the consent')
    try {
      const record = await readProvisioningRecord(database)
      if (record?.appId === session.kept.appId && record.clientSecret && !record.completedAt) {
        const completedAt = clock.now().toISOString()
        await writeProvisioningRecord(database, { ...record, completedAt })
      }
    } finally {
      leave()
    }
    await reloadRecord()
    if (isStopped(session)) return
    onGranted()
    session.kept = { ...session.kept, phase: 'granted' }
    log.info('setup', 'Consent has arrived: a real token carries every application permission.', {
      appId: session.kept.appId,
    })
    // Last, so that a stop before it only means one more look after the next start.
    await database.writeRecord(RECORD_NAME, session.kept)
  }

  /** Shows a problem, and logs it once, however often it comes. */
  #note(session: Session, error: unknown): void {
    const report = toErrorReport(error, this.#deps)
    if (report.code !== session.error?.code) {
      this.#deps.log.warning('setup', `Asking for consent: ${report.message}`, {
        code: report.code,
        reference: report.reference,
        details: report.details,
      })
    }
    session.error = report
  }

  #scheduleNext(session: Session): void {
    const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(session.looks, 10))
    session.looks += 1
    this.#schedule(session, waitMs)
  }

  #schedule(session: Session, waitMs: number): void {
    const { clock } = this.#deps
    session.cancelTimer()
    if (clock.now().getTime() - Date.parse(session.kept.startedAt) >= LIMIT_MS) {
      this.#note(session, notUsedInTime())
      return
    }
    session.cancelTimer = clock.after(waitMs, () => void this.#look(session))
  }
}

function isWaiting(session: Session): boolean {
  return session.kept.phase === 'waiting' && !isStopped(session)
}

function isStopped({ controller }: Session): boolean {
  return controller.signal.aborted
}
