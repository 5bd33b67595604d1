// The clientStates that prove a notification is ours: made, kept in the vault, compared in constant time.
import * as v from 'valibot'
import type { SubscriptionKey } from '../../contract/models/subscription.ts'
import type { Random } from '../ports/clock.ts'
import type { SecretStore } from '../ports/secret-store.ts'

/** One clientState. While Graph is being asked for the subscription, its id is not known yet. */
interface KnownState {
  clientState: string
  subscriptionId: string | null
}

interface Candidate {
  key: SubscriptionKey
  clientState: string
}

const storedSchema = v.object({
  version: v.literal(1),
  states: v.array(v.object({ clientState: v.string(), subscriptionId: v.nullable(v.string()) })),
})

/** Becomes 43 characters; Graph allows 128. https://learn.microsoft.com/graph/api/resources/subscription */
const STATE_BYTES = 32

/** Earlier subscriptions of the same key, whose notifications Graph may still be retrying for up to four hours. */
const KEPT_STATES = 4

export class ClientStates {
  #secrets: SecretStore
  #random: Random
  #states = new Map<SubscriptionKey, KnownState[]>()
  #loaded = false
  /** The states by subscription id; made anew after each change. */
  #index: Map<string | null, Candidate[]> | null = null

  constructor({ secrets, random }: { secrets: SecretStore; random: Random }) {
    this.#secrets = secrets
    this.#random = random
  }

  /** False until the vault was read: until then nothing can be told from a forgery. */
  get loaded(): boolean {
    return this.#loaded
  }

  /** Reads the states of these keys from the vault, once each. Throws AppError keychain-… or vault-…. */
  async load(keys: SubscriptionKey[]): Promise<void> {
    for (const key of keys) {
      if (this.#states.has(key)) continue
      const stored = parseStored(await this.#secrets.get(secretName(key)))
      if (!this.#states.has(key)) this.#set(key, stored)
    }
    this.#loaded = true
  }

  /** Makes the state of a subscription that is about to be created. It lies in the vault when this resolves. */
  async create(key: SubscriptionKey): Promise<string> {
    await this.load([key])
    const clientState = base64url(this.#random.bytes(STATE_BYTES))
    await this.#change(key, (states) => [{ clientState, subscriptionId: null }, ...states])
    return clientState
  }

  /** Graph created the subscription and gave it this id. */
  async confirm(key: SubscriptionKey, created: KnownState): Promise<void> {
    await this.#change(key, (states) => [
      created,
      ...states.filter((state) => state.clientState !== created.clientState),
    ])
  }

  /** Graph refused to create the subscription: its state is of no use. */
  async discard(key: SubscriptionKey, clientState: string): Promise<void> {
    await this.#change(key, (states) => states.filter((state) => state.clientState !== clientState))
  }

  /**
   * Recognises a subscription that points here but is in no record: gives its id to the states whose creation
   * Graph never answered, since one of them made it. False when there are none: then nobody knows its state.
   */
  async adopt(key: SubscriptionKey, subscriptionId: string): Promise<boolean> {
    await this.load([key])
    if (!this.knows(key, subscriptionId)) return false
    await this.#change(key, (states) =>
      states.map((state) => ({ ...state, subscriptionId: state.subscriptionId ?? subscriptionId })),
    )
    return true
  }

  /** Removes all states of a key that is no longer wanted. */
  async forget(key: SubscriptionKey): Promise<void> {
    this.#states.delete(key)
    this.#index = null
    await this.#secrets.delete(secretName(key))
  }

  /** True if notifications of this subscription can be recognised. */
  knows(key: SubscriptionKey, subscriptionId: string): boolean {
    return this.#of(key).some(
      (state) => state.subscriptionId === subscriptionId || state.subscriptionId === null,
    )
  }

  /** The key of the subscription that the clientState proves; null for a forgery. */
  match(claim: { subscriptionId: string; clientState: string | null }): SubscriptionKey | null {
    const index = (this.#index ??= indexOf(this.#states))
    // The first notifications may come before Graph has answered the creation.
    const candidates = index.get(claim.subscriptionId) ?? index.get(null) ?? []
    let found: SubscriptionKey | null = null
    for (const candidate of candidates) {
      if (equalsInConstantTime(claim.clientState ?? '', candidate.clientState))
        found = candidate.key
    }
    return found
  }

  #of(key: SubscriptionKey): KnownState[] {
    return this.#states.get(key) ?? []
  }

  #set(key: SubscriptionKey, states: KnownState[]): void {
    this.#states.set(key, states)
    this.#index = null
  }

  /** Memory changes first: a notification that is already on its way must find its state. */
  async #change(key: SubscriptionKey, change: (states: KnownState[]) => KnownState[]) {
    const states = change(this.#of(key)).slice(0, KEPT_STATES)
    this.#set(key, states)
    await this.#secrets.set(secretName(key), JSON.stringify({ version: 1, states }))
  }
}

function indexOf(
  states: ReadonlyMap<SubscriptionKey, KnownState[]>,
): Map<string | null, Candidate[]> {
  const all = [...states].flatMap(([key, known]) => known.map((state) => ({ key, ...state })))
  return Map.groupBy(all, ({ subscriptionId }) => subscriptionId)
}

/** Compares all of `known` whatever `claimed` is, so that the time taken does not tell how much was right. */
export function equalsInConstantTime(claimed: string, known: string): boolean {
  let difference = claimed.length ^ known.length
  for (let index = 0; index < known.length; index += 1) {
    // Past its end, NaN counts as 0.
    difference |= claimed.charCodeAt(index) ^ known.charCodeAt(index)
  }
  return difference === 0
}

/** Bytes as base64url text without padding. */
export function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

function secretName(key: SubscriptionKey): string {
  return `clientState:${key}`
}

/** What cannot be read is as good as lost: its subscription is then made anew. */
function parseStored(text: string | undefined): KnownState[] {
  if (text === undefined) return []
  try {
    return v.parse(storedSchema, JSON.parse(text)).states
  } catch {
    return []
  }
}
