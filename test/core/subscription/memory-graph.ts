// Graph's /subscriptions in memory, with its rules about duplicates, permissions and handshakes.
import { AppError } from '../../../main/core/app-error.ts'
import type { SubscriptionGraphOptions } from '../../../main/core/subscription/graph-subscription.ts'
import type { SubscriptionGraph } from '../../../main/core/subscription/subscriptions.ts'
import type { Clock } from '../../../main/core/ports/clock.ts'

export interface StoredSubscription {
  id: string
  resource: string
  changeType: string
  clientState: string
  notificationUrl: string
  lifecycleNotificationUrl: string | null
  expirationDateTime: string
  includeResourceData?: boolean
  encryptionCertificate?: string
  encryptionCertificateId?: string
}

type Verb = 'GET' | 'POST' | 'PATCH' | 'DELETE'

/** What the Graph client throws: an AppError with Graph's status and words. */
export class FakeGraphError extends AppError {
  readonly status: number
  readonly graphCode: string
  readonly graphMessage: string

  constructor(status: number, graphCode: string, message = '') {
    super('graph-rejected', {
      message: 'Microsoft Graph rejected the request.',
      nextStep: 'Try again.',
      details: `Graph ${status} ${graphCode}`,
    })
    this.status = status
    this.graphCode = graphCode
    this.graphMessage = message
  }
}

export class MemoryGraph implements SubscriptionGraph {
  readonly subscriptions = new Map<string, StoredSubscription>()
  readonly requests: { verb: Verb; path: string; body: unknown; at: number }[] = []
  /** What the audit trail would hear of writes. */
  readonly notes: NonNullable<SubscriptionGraphOptions['note']>[] = []
  readonly users = new Map([
    ['anna@practice.example', 'id-anna'],
    ['ben@practice.example', 'id-ben'],
  ])
  /** Ids that were reauthorized. */
  readonly reauthorized: string[] = []
  /** Resources that the application may not watch. */
  readonly forbidden = new Set<string>()
  /** Ids that exist but that the list does not show yet. */
  readonly hidden = new Set<string>()
  /** Called before a request takes effect; may throw or wait. */
  before: (verb: Verb, path: string) => void | Promise<void> = () => {}
  /** Called after it took effect, before its answer arrives; may throw or wait. */
  after: (verb: Verb, path: string) => void | Promise<void> = () => {}
  /** The longest life that is granted. */
  maxLifeMs = 4_320 * 60_000
  /** How far our clock is ahead of Graph's, as answers show it. */
  clockAheadMs: number | null = null
  #clock: Clock
  #created = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Number of requests of a kind so far. */
  count(verb: Verb, start = '/subscriptions'): number {
    return this.requests.filter((one) => one.verb === verb && one.path.startsWith(start)).length
  }

  /** The subscription of a resource; fails when there is not exactly one. */
  only(resource: string): StoredSubscription {
    const found = [...this.subscriptions.values()].filter((one) => one.resource === resource)
    const [first] = found
    if (!first || found.length > 1) throw new Error(`${found.length} subscriptions of ${resource}`)
    return first
  }

  /** Puts one there that somebody else made. */
  addForeign(resource: string, given: Partial<StoredSubscription> = {}): StoredSubscription {
    this.#created += 1
    const foreign: StoredSubscription = {
      id: `foreign-${this.#created}`,
      resource,
      changeType: 'created,updated,deleted',
      clientState: 'foreign-state',
      notificationUrl: 'https://emi.vendor.example/teams?key=abc',
      lifecycleNotificationUrl: 'https://emi.vendor.example/lifecycle',
      expirationDateTime: new Date(this.#clock.now().getTime() + 3_600_000).toISOString(),
      ...given,
    }
    this.subscriptions.set(foreign.id, foreign)
    return foreign
  }

  /** The most requests within any minute; a jump of our clock does not count as time. */
  get mostPerMinute(): number {
    let start = 0
    let most = 0
    for (const [index, { at }] of this.requests.entries()) {
      while ((this.requests[start]?.at ?? at) <= at - 60_000) start += 1
      most = Math.max(most, index - start + 1)
    }
    return most
  }

  async get(path: string): Promise<unknown> {
    return this.#answer('GET', path, undefined, () => {
      if (path.startsWith('/users/')) {
        const id = this.users.get(decodeURIComponent(path.slice('/users/'.length)))
        if (id === undefined) throw new FakeGraphError(404, 'Request_ResourceNotFound')
        return { id }
      }
      return shown(this.#find(path))
    })
  }

  async list(path: string): Promise<unknown[]> {
    return this.#answer('GET', path, undefined, () => {
      this.#expire()
      return [...this.subscriptions.values()].filter(({ id }) => !this.hidden.has(id)).map(shown)
    })
  }

  async post(path: string, body: unknown, options?: SubscriptionGraphOptions): Promise<unknown> {
    if (options?.note) this.notes.push(options.note)
    return this.#answer('POST', path, body, () => {
      if (path.endsWith('/reauthorize')) {
        this.#reauthorize(path)
        return undefined
      }
      const asked = body as Omit<StoredSubscription, 'id'>
      if (this.forbidden.has(asked.resource)) {
        throw new FakeGraphError(403, 'Forbidden', "API required one of 'Chat.Read.All'.")
      }
      this.#refuseTooLong(asked.expirationDateTime)
      this.#expire()
      const twin = [...this.subscriptions.values()].find(
        ({ resource, changeType }) =>
          resource === asked.resource && changeType === asked.changeType,
      )
      if (twin)
        throw new FakeGraphError(409, 'Conflict', `Subscription Id ${twin.id} already exists`)
      this.#created += 1
      const made = { ...asked, id: `made-${this.#created}` }
      made.expirationDateTime = this.#grant(asked.expirationDateTime)
      this.subscriptions.set(made.id, made)
      return made
    })
  }

  async patch(path: string, body: unknown): Promise<unknown> {
    return this.#answer('PATCH', path, body, () => {
      const found = this.#find(path)
      const change = body as Partial<StoredSubscription>
      this.#refuseTooLong(change.expirationDateTime ?? '')
      if (change.lifecycleNotificationUrl !== undefined) throw new FakeGraphError(400, 'BadRequest')
      Object.assign(found, change)
      found.expirationDateTime = this.#grant(found.expirationDateTime)
      return shown(found)
    })
  }

  async delete(path: string): Promise<void> {
    await this.#answer('DELETE', path, undefined, () => {
      this.subscriptions.delete(this.#find(path).id)
    })
  }

  async #answer<T>(verb: Verb, path: string, body: unknown, act: () => T): Promise<T> {
    this.requests.push({ verb, path, body, at: this.#now() })
    await this.before(verb, path)
    const answer = act()
    await this.after(verb, path)
    return answer
  }

  #reauthorize(path: string): void {
    this.reauthorized.push(this.#find(path.slice(0, -'/reauthorize'.length)).id)
  }

  /** Graph's own time. */
  #now(): number {
    return this.#clock.now().getTime() - (this.clockAheadMs ?? 0)
  }

  #find(path: string): StoredSubscription {
    this.#expire()
    const found = this.subscriptions.get(path.slice('/subscriptions/'.length))
    if (!found) throw new FakeGraphError(404, 'ResourceNotFound')
    return found
  }

  #expire(): void {
    const now = this.#now()
    for (const { id, expirationDateTime } of this.subscriptions.values()) {
      if (Date.parse(expirationDateTime) <= now) this.subscriptions.delete(id)
    }
  }

  #refuseTooLong(asked: string): void {
    if (Date.parse(asked) <= this.#now() + 4_320 * 60_000) return
    throw new FakeGraphError(
      400,
      'ValidationError',
      'Subscription expiration can only be 4320 minutes in the future.',
    )
  }

  /** Graph answers with seven digits of a second. */
  #grant(asked: string): string {
    const granted = Math.min(Date.parse(asked), this.#now() + this.maxLifeMs)
    return new Date(granted).toISOString().replace('Z', '0000Z')
  }
}

/** Without the clientState, which Graph shows to nobody later. */
function shown(subscription: StoredSubscription): Record<string, unknown> {
  return { ...subscription, clientState: null }
}
