// The clean exit: everything that EMI Tray made, in the tenant and on this machine, listed and removed step by step.
import type { Mode } from '../contract/models/connection.ts'
import type { RemovalItem, RemovalState } from '../contract/models/removal.ts'
import { AppError, toErrorReport, whyStopped } from './app-error.ts'
import type { AreaDeps } from './area.ts'
import { untilAborted } from './backoff.ts'
import {
  forgetFormerApplication,
  readFormerApplications,
  removeFormerApplication,
} from './entra/former-applications.ts'
import { adoptTrail, readLeftBehind } from './entra/left-behind.ts'
import { withoutGoneSecrets } from './entra/left-behind-gone.ts'
import { removeLeft } from './entra/left-behind-items.ts'
import {
  readProvisioningRecord,
  type ProvisioningRecord,
  writeProvisioningRecord,
} from './entra/provisioning-record.ts'
import { removeFromTenant } from './entra/removal-steps.ts'
import { tenantItems } from './entra/tenant-items.ts'
import { requireSameTenant } from './entra/tenant-reading.ts'
import { Job, type JobWork } from './job.ts'
import { isBlockedBy, isOutOfUse, removalItems } from './removal-items.ts'
import { SubscriptionRecords } from './subscription/records.ts'
import { forgetSubscriptions, removeSubscriptions } from './subscription/removal.ts'
import { ClientStates } from './webhook/client-states.ts'

export interface RemovalDeps extends AreaDeps {
  mode: Mode
  /** Stops the webhook and keeps it from starting again by itself. */
  stopWebhook: () => Promise<void>
  resetSettings: () => Promise<void>
  eraseLogsAndKeys: () => Promise<void>
  dataFolder: string
  /** Called when a removal has ended: what all areas hold in memory may be of the past. */
  onRemoved: () => void
}

/** What a removal before the connection was opened anew has left to show. */
export type EarlierRemoval = Pick<RemovalState, 'items' | 'listedAt'>

/** Without a token these do not get better by waiting, nor worse by going on. */
const HOPELESS: string[] = ['client-secret-wrong', 'secret-unknown', 'not-set-up']
const AUDIT_PAGE = 500

export class Removal {
  #deps: RemovalDeps
  #job: Job
  #items: RemovalItem[]
  #listedAt: string | null
  #action: 'list' | 'remove' = 'list'

  constructor(deps: RemovalDeps, earlier: EarlierRemoval | null = null) {
    this.#deps = deps
    this.#job = new Job('The removal', deps)
    this.#items = earlier?.items ?? []
    this.#listedAt = earlier?.listedAt ?? null
  }

  state(): RemovalState {
    return { job: this.#job.state(), listedAt: this.#listedAt, items: this.#items }
  }

  /**
   * Lists what EMI Tray noted as made by it. Starts and returns; follow the state. Nobody need be signed in, but then
   * secrets that were left behind and that somebody has removed in Entra stand in the list, too.
   */
  list(): void {
    this.#begin('list', async (signal) => {
      const { database, dataFolder, mode, clock } = this.#deps
      const subscriptions = new SubscriptionRecords(database)
      await subscriptions.load()
      const record = await readProvisioningRecord(database)
      await adoptTrail(database, record)
      this.#items = removalItems({
        record,
        former: await readFormerApplications(database, record),
        left: await withoutGoneSecrets(await readLeftBehind(database), () =>
          this.#deps.context(signal),
        ),
        subscriptions: subscriptions.all,
        deliveries: await database.countDeliveries(),
        auditEntries: await this.#countAudit(),
        dataFolder,
        mode,
        now: clock.now(),
      })
      this.#listedAt = clock.now().toISOString()
    })
  }

  /**
   * Removes the listed items with these ids, in the safe order. Starts and returns; each item shows how it went.
   * Safe to run again, whenever it was stopped. Throws AppError not-found for what is not listed or must stay,
   * sign-in-required, wrong-tenant, busy.
   */
  remove(ids: string[]): void {
    const known = new Set(this.#items.filter((item) => item.removable).map(({ id }) => id))
    const unknown = ids.find((id) => !known.has(id))
    if (unknown !== undefined) throw notListed(unknown)
    const chosen = this.#items.filter(({ id, state }) => ids.includes(id) && state !== 'done')
    const record = this.#deps.record()
    if (chosen.some(needsAdministrator)) {
      const context = this.#deps.context(new AbortController().signal)
      const isOfRecord = chosen.some((one) => needsAdministrator(one) && !isOutOfUse(one))
      if (record && isOfRecord) requireSameTenant(context, record)
    }
    let isDone = false
    this.#begin('remove', async (signal, tell) => {
      for (const { id } of chosen) this.#set(id, { state: 'listed', error: null })
      await this.#removeAll(chosen, signal, tell)
      isDone = true
    })
    void this.#job.idle().then(() => {
      if (isDone) this.#deps.onRemoved()
    })
  }

  cancel(): void {
    this.#job.cancel()
  }

  idle(): Promise<void> {
    return this.#job.idle()
  }

  /** A removal asked for while the list is made must not be lost without a word. */
  #begin(action: 'list' | 'remove', work: JobWork): void {
    if (this.#job.isRunning && action !== this.#action) {
      throw new AppError('busy', {
        message: `${action === 'remove' ? 'The list' : 'The removal'} is still being worked on.`,
        nextStep: 'Wait until it is done, or cancel it.',
      })
    }
    this.#action = action
    this.#job.start(work)
  }

  async #removeAll(
    chosen: RemovalItem[],
    signal: AbortSignal,
    tell: Parameters<JobWork>[1],
  ): Promise<void> {
    // While it runs it makes new subscriptions, and writes to what is erased.
    const isRunning = chosen.some((one) => !leavesRunning(one))
    // Stopping the app waits for the removal: so the removal must not wait for a turn of the app.
    if (isRunning) await untilAborted(this.#deps.stopWebhook(), signal)
    const startedAt = this.#deps.clock.now().toISOString()
    const left: { item: RemovalItem; why: AppError | Error }[] = []
    for (const [index, item] of chosen.entries()) {
      signal.throwIfAborted()
      const about = { current: index + 1, total: chosen.length, usuallySeconds: null, startedAt }
      tell({ ...about, doing: `Removing: ${item.name}` })
      const blocking = left.find(
        (one) =>
          isBlockedBy(item, one.item) &&
          !(item.place === 'tenant' && isHopeless(one.item, one.why)),
      )
      if (blocking) {
        const error = leftAlone(blocking.item, blocking.why)
        left.push({ item, why: error })
        this.#fail(item, error)
        continue
      }
      this.#set(item.id, { state: 'running', error: null })
      try {
        await this.#removeOne(item, signal)
        this.#set(item.id, { state: 'done', error: null })
        this.#deps.log.info('setup', `Removed: ${item.name}.`, { kind: item.kind })
      } catch (error) {
        if (signal.aborted) {
          this.#set(item.id, { state: 'listed', error: null })
          throw whyStopped(error, signal)
        }
        left.push({ item, why: error instanceof Error ? error : new Error(String(error)) })
        this.#fail(item, error)
      }
    }
  }

  async #removeOne(item: RemovalItem, signal: AbortSignal): Promise<void> {
    const { database, secrets, settings, appGraph } = this.#deps
    switch (item.kind) {
      case 'subscriptions':
        return removeSubscriptions({
          ...{ graph: appGraph, database, signal },
          clientStates: new ClientStates(this.#deps),
          settings: settings(),
        })
      case 'inbox':
        return database.erase('deliveries')
      case 'records':
        await database.erase('records')
        return this.#deps.reloadRecord()
      case 'vault':
        return secrets.clear()
      case 'settings':
        return untilAborted(this.#deps.resetSettings(), signal)
      case 'logs-and-keys':
        return this.#deps.eraseLogsAndKeys()
      case 'former-application':
        return removeFormerApplication(this.#deps.context(signal), item.id)
      case 'left-behind':
        return removeLeft(this.#deps.context(signal), item.id)
      default:
        return this.#removeFromTenant(item, signal)
    }
  }

  async #removeFromTenant(item: RemovalItem, signal: AbortSignal): Promise<void> {
    const { database } = this.#deps
    const record = await readProvisioningRecord(database)
    const now = record && tenantItems(record).find(({ id }) => id === item.id)
    // An earlier item took it along.
    if (!record || !now) return
    // The record has become that of another application since the list was made.
    if (!now.removable || now.name !== item.name) throw notListed(item.id)
    await removeFromTenant(this.#deps.context(signal), record, {
      item,
      save: async (change) => {
        await this.#save({ ...record, ...change })
        if (change.applicationObjectId === '') {
          await forgetFormerApplication(database, record.applicationObjectId)
        }
      },
    })
  }

  /** The set-up is not complete any more, and what was proven of it does not hold. */
  async #save(record: ProvisioningRecord): Promise<void> {
    const { database, reloadRecord } = this.#deps
    await database.deleteRecord('verification')
    await database.deleteRecord('handover')
    if (record.applicationObjectId === '') {
      await forgetSubscriptions({ database, clientStates: new ClientStates(this.#deps) })
      await database.deleteRecord('provisioning')
    } else {
      await writeProvisioningRecord(database, { ...record, completedAt: null })
    }
    await reloadRecord()
  }

  async #countAudit(): Promise<number> {
    const { database } = this.#deps
    let count = 0
    for (let last = 0; ;) {
      const page = await database.auditEntriesAfter(last, AUDIT_PAGE)
      count += page.length
      last = page.at(-1)?.id ?? last
      if (page.length < AUDIT_PAGE) return count
    }
  }

  #fail(item: RemovalItem, error: unknown): void {
    const report = toErrorReport(error, this.#deps)
    this.#set(item.id, { state: 'failed', error: report })
    this.#deps.log.warning('setup', `Not removed: ${item.name}. ${report.message}`, {
      code: report.code,
      reference: report.reference,
      details: report.details,
    })
  }

  #set(id: string, change: Pick<RemovalItem, 'state' | 'error'>): void {
    this.#items = this.#items.map((item) => (item.id === id ? { ...item, ...change } : item))
    this.#deps.onChange()
  }
}

/** Removing it does not disturb a running webhook. */
function leavesRunning(item: RemovalItem): boolean {
  return isOutOfUse(item) || item.kind === 'inbox' || item.kind === 'logs-and-keys'
}

function needsAdministrator({ place, kind }: RemovalItem): boolean {
  return place === 'tenant' && kind !== 'subscriptions'
}

/** Subscriptions that no token can delete end by themselves; they need not hold up the rest of the tenant. */
function isHopeless({ kind }: RemovalItem, why: Error): boolean {
  return kind === 'subscriptions' && why instanceof AppError && HOPELESS.includes(why.code)
}

function leftAlone(blocking: RemovalItem, why: Error): AppError {
  return new AppError(why instanceof AppError ? why.code : 'unexpected', {
    message: `It was left alone, because “${blocking.name}” has to go first and could not be removed.`,
    nextStep: `See what happened to “${blocking.name}”, then start the removal again, or start it without that one.`,
  })
}

function notListed(id: string): AppError {
  return new AppError('not-found', {
    message: `“${id}” is not in the list of what can be removed, so nothing was removed.`,
    nextStep: 'List again and choose from what it shows.',
  })
}
