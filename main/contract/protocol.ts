// The envelopes that cross between app and pages, and the client's interface.
import type { CallName, Input, Output } from './calls.ts'
import type { ErrorReport } from './errors.ts'
import type { EventName, Events } from './events.ts'

/** The answer to a call: a value or an error, never an exception. */
export type Reply<T = unknown> = { ok: true; value: T } | { ok: false; error: ErrorReport }

/** One request, as the headless host receives it over its WebSocket. */
export interface CallMessage {
  id: number
  name: string
  input: unknown
}

/** The answer to the request with the same id. */
export interface ReplyMessage {
  id: number
  reply: Reply
}

/** One event pushed to a page. */
export interface Push<E extends EventName = EventName> {
  event: E
  payload: Events[E]
}

/** What a page speaks to the core with, over either host. */
export interface EmiClient {
  /** Makes one call. Rejects with an ErrorReport. */
  call<N extends CallName>(name: N, ...input: InputArgument<N>): Promise<Output<N>>
  /** Listens for an event; returns its own undo. */
  on<E extends EventName>(event: E, listener: (payload: Events[E]) => void): () => void
}

/** Calls without input are made without a second argument. */
export type InputArgument<N extends CallName> = Input<N> extends void ? [] : [input: Input<N>]

/** What the preload script offers as window.emi. */
export interface EmiBridge {
  call(name: string, input: unknown): Promise<Reply>
  on(listener: (push: Push) => void): () => void
}
