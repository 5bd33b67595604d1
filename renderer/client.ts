// EmiClient for the pages: over window.emi in Electron, over the socket in the browser.
import type { CallName, Output } from '../main/contract/calls.ts'
import type { ErrorCode, ErrorReport } from '../main/contract/errors.ts'
import type { EventName, Events } from '../main/contract/events.ts'
import type { EmiBridge, EmiClient, InputArgument, Push, Reply } from '../main/contract/protocol.ts'
import { t } from './texts/texts.ts'

/** Whether the pages can reach the core. `lost` means that it was open before. */
export type ConnectionStatus = 'connecting' | 'open' | 'lost'

/** The client as the pages use it: calls, events, and whether the core can be reached. */
export interface PageClient extends EmiClient {
  /** Tells the status now and at each change; returns its own undo. */
  onStatus(listener: (status: ConnectionStatus) => void): () => void
  /** Tries to reach the core at once instead of at the next planned attempt. */
  retryNow(): void
}

/** What carries envelopes between the pages and the core. */
export interface Transport {
  call(name: string, input: unknown): Promise<Reply>
  onPush(listener: (push: Push) => void): () => void
  onStatus(listener: (status: ConnectionStatus) => void): () => void
  retryNow(): void
}

/** An ErrorReport that can be thrown. */
export class CallError extends Error implements ErrorReport {
  readonly code: ErrorCode
  readonly nextStep: string
  readonly details: string | null
  readonly reference: string
  readonly at: string

  constructor(report: ErrorReport) {
    super(report.message)
    this.code = report.code
    this.nextStep = report.nextStep
    this.details = report.details
    this.reference = report.reference
    this.at = report.at
  }
}

/** Speaks the contract over any transport. Rejects with an ErrorReport. */
export function createClient(transport: Transport): PageClient {
  return {
    async call<N extends CallName>(name: N, ...input: InputArgument<N>): Promise<Output<N>> {
      const reply = await transport.call(name, toPlain(input[0]))
      if (!reply.ok) throw new CallError(reply.error)
      return reply.value as Output<N>
    },
    on<E extends EventName>(event: E, listener: (payload: Events[E]) => void): () => void {
      return transport.onPush((push) => {
        if (isPushOf(push, event)) listener(push.payload)
      })
    },
    onStatus: (listener) => transport.onStatus(listener),
    retryNow: () => transport.retryNow(),
  }
}

/** The transport over the preload script, which is there as long as the window is. */
export function bridgeTransport(bridge: EmiBridge): Transport {
  return {
    call: (name, input) => bridge.call(name, input),
    onPush: (listener) => bridge.on(listener),
    onStatus(listener) {
      listener('open')
      return () => undefined
    },
    retryNow: () => undefined,
  }
}

/** Any thrown thing as an ErrorReport. */
export function toErrorReport(thrown: unknown): ErrorReport {
  if (isErrorReport(thrown)) return thrown
  return {
    code: 'unexpected',
    message: t.errors.unexpected,
    nextStep: t.errors.unexpectedNext,
    details: thrown instanceof Error ? thrown.message : String(thrown),
    reference: '',
    at: new Date().toISOString(),
  }
}

/** Only JSON crosses to the core: no proxies of the pages' state, no undefined. */
function toPlain(input: unknown): unknown {
  return input === undefined ? undefined : JSON.parse(JSON.stringify(input))
}

function isPushOf<E extends EventName>(push: Push, event: E): push is Push<E> {
  return push.event === event
}

function isErrorReport(thrown: unknown): thrown is ErrorReport {
  return (
    typeof thrown === 'object' &&
    thrown !== null &&
    'code' in thrown &&
    'message' in thrown &&
    'nextStep' in thrown
  )
}
