// Judges stored items with content: opens their sealed tokens, checks them, keeps the verdict, forgets the tokens.
import type { SubscriptionKey } from '../../../contract/models/subscription.ts'
import { fullJitterMs } from '../../backoff.ts'
import type { Log } from '../../log.ts'
import type { Clock, Random } from '../../ports/clock.ts'
import type { Database } from '../../ports/database.ts'
import type { ContentVerdict, JudgedDeliveries, UnjudgedDelivery } from '../../ports/stored.ts'
import type { SigningKeys } from './signing-keys.ts'
import type { TokenSeal } from './token-seal.ts'
import { judgeTokens, type Refusal, type TokenVerdict } from './validation-tokens.ts'

export interface ContentJudgeOptions {
  database: Database
  seal: TokenSeal
  keys: Pick<SigningKeys, 'find'>
  clock: Clock
  random: Random
  log: Log
  loginHost: string
  /** The application that a subscription belongs to; null while none is set up. */
  appId: (key: SubscriptionKey | null) => string | null
  /** How far this computer's clock is ahead of Microsoft's, in ms; null while that is not known. */
  clockAheadMs: () => number | null
  onJudged: (counts: { valid: number; refused: number }) => void
}

/** What is known of an item; `none` for one that came without tokens to judge. */
export interface Verdict {
  verdict: ContentVerdict | 'none'
  reason: string | null
}

const PAGE = 500
const LEAST_RETRY_MS = 10_000

export class ContentJudge {
  #options: ContentJudgeOptions
  #working: Promise<void> | null = null
  #isAskedAgain = false
  #isStopped = false
  #attempt = 0
  #cancelRetry: (() => void) | null = null
  #waiting = new Set<() => void>()

  constructor(options: ContentJudgeOptions) {
    this.#options = options
  }

  /** Judges everything that waits. Returns at once. */
  wake(): void {
    if (this.#isStopped) return
    if (this.#working) {
      this.#isAskedAgain = true
      return
    }
    this.#cancelRetry?.()
    this.#cancelRetry = null
    this.#isAskedAgain = false
    this.#working = this.#work().finally(() => {
      this.#working = null
      if (this.#isAskedAgain) this.wake()
    })
  }

  /** The verdict on an item, waited for at most so long. */
  async verdictOn(id: number, { waitMs }: { waitMs: number }): Promise<Verdict> {
    const { clock, database } = this.#options
    const limit = { isOver: false }
    let look = () => {}
    const cancel = clock.after(waitMs, () => {
      limit.isOver = true
      look()
    })
    try {
      for (;;) {
        // Listening comes before looking, or a verdict in between would be missed.
        const news = new Promise<void>((resolve) => {
          look = resolve
        })
        this.#waiting.add(look)
        const found = await database.readVerdict(id)
        if (!found) return { verdict: 'none', reason: null }
        if (found.verdict !== 'waiting' || limit.isOver || this.#isStopped) return found
        await news
        this.#waiting.delete(look)
      }
    } finally {
      this.#waiting.delete(look)
      cancel()
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancelRetry?.()
    this.#cancelRetry = null
    this.#tell()
    await this.#working
  }

  async #work(): Promise<void> {
    let isDone: boolean
    try {
      isDone = await this.#judgeAll()
    } catch (error) {
      isDone = false
      this.#options.log.error(
        'webhook',
        'Checking the content of notifications failed. It is tried again.',
        {
          reason: error instanceof Error ? error.message : typeof error,
        },
      )
    }
    if (isDone) this.#attempt = 0
    else this.#retryLater()
  }

  /** False when some could not be judged now. */
  async #judgeAll(): Promise<boolean> {
    const { database } = this.#options
    let isDone = true
    for (let after = 0; !this.#isStopped;) {
      const page = await database.unjudgedDeliveries(after, PAGE)
      const verdicts: JudgedDeliveries[] = []
      for (const [sealedTokens, items] of Map.groupBy(page, (item) => item.sealedTokens)) {
        const verdict = await this.#judge(sealedTokens, items)
        const ids = items.map(({ id }) => id)
        if (verdict.kind === 'waiting') isDone = false
        else if (verdict.kind === 'valid') verdicts.push({ ids, verdict: 'valid', reason: null })
        else verdicts.push({ ids, verdict: 'refused', reason: verdict.reason })
      }
      await this.#keep(verdicts)
      const last = page.at(-1)
      // Where not one could be judged, the rest will not fare better now.
      if (!last || page.length < PAGE || verdicts.length === 0) return isDone
      after = last.id
    }
    return isDone
  }

  async #judge(sealedTokens: string, items: UnjudgedDelivery[]): Promise<TokenVerdict> {
    const { seal, keys, appId, loginHost, clockAheadMs } = this.#options
    const owners = items.map(({ subscriptionKey, tenantId }) => ({
      appId: appId(subscriptionKey),
      tenantId,
    }))
    if (!owners.every(isKnown)) return { kind: 'waiting' }
    const tokens = await seal.open(sealedTokens)
    if (!tokens) return { kind: 'refused', reason: 'unreadable' }
    const receivedAt = Math.min(...items.map((item) => Date.parse(item.receivedAt)))
    const expected = {
      loginHost,
      owners,
      receivedAt,
      microsoftTime: receivedAt - (clockAheadMs() ?? 0),
    }
    return judgeTokens(tokens, expected, keys)
  }

  async #keep(verdicts: JudgedDeliveries[]): Promise<void> {
    if (verdicts.length === 0) return
    const { database, log, onJudged } = this.#options
    await database.setVerdicts(verdicts)
    for (const { ids, verdict, reason } of verdicts) {
      if (verdict === 'valid') continue
      log.warning(
        'webhook',
        `Refused the content of a post: ${inWords(reason)}. It is not read and not handed on.`,
        { items: ids.length },
      )
    }
    const count = (wanted: JudgedDeliveries['verdict']) =>
      verdicts.reduce((sum, { ids, verdict }) => sum + (verdict === wanted ? ids.length : 0), 0)
    onJudged({ valid: count('valid'), refused: count('refused') })
    this.#tell()
  }

  #retryLater(): void {
    if (this.#isStopped) return
    const { clock, random } = this.#options
    this.#attempt += 1
    const waitMs =
      LEAST_RETRY_MS + fullJitterMs(this.#attempt, { random, baseMs: 5_000, maxMs: 5 * 60_000 })
    this.#cancelRetry = clock.after(waitMs, () => {
      this.#cancelRetry = null
      this.wake()
    })
  }

  #tell(): void {
    for (const look of [...this.#waiting]) look()
  }
}

function isKnown(owner: { appId: string | null; tenantId: string }): owner is {
  appId: string
  tenantId: string
} {
  return owner.appId !== null
}

const words: Record<Refusal, string> = {
  'no-token': 'it came without a validation token',
  unreadable: 'its validation token cannot be read',
  signature: 'its validation token is not signed by Microsoft',
  expired: 'its validation token has expired',
  'not-yet-valid': 'its validation token is not valid yet',
  audience: 'its validation token is for another application',
  issuer: 'its validation token is not from the sign-in service of this cloud',
  publisher: 'its validation token was not issued to Microsoft Graph’s notification service',
  tenant: 'its validation token is for another tenant',
}

/** Why content was refused, in words that follow a colon. */
export function inWords(reason: string | null): string {
  return Object.hasOwn(words, reason ?? '') ? words[reason as Refusal] : 'it could not be proven'
}
