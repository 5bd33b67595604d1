// A tunnel provider whose sessions a test opens, refuses and ends.
import { AppError } from '../../../main/core/app-error.ts'
import type { TunnelProviderId } from '../../../main/contract/models/tunnel.ts'
import type { ErrorCode } from '../../../main/contract/errors.ts'
import type { TunnelOpenOptions, TunnelProvider } from '../../../main/core/ports/tunnel.ts'

export function failure(code: ErrorCode): AppError {
  return new AppError(code, { message: `Test: ${code}.`, nextStep: 'Nothing.' })
}

/** One provider for whatever is chosen. */
export function everywhere(provider: TunnelProvider): Record<TunnelProviderId, TunnelProvider> {
  return {
    static: provider,
    ssh: provider,
    'hosted-ssh': provider,
    devtunnels: provider,
    command: provider,
  }
}

export class FakeProvider implements TunnelProvider {
  id: TunnelProviderId = 'static'
  readonly readableBy = ''
  publicUrl = 'https://emi.example.com'
  /** What the next opens reject with; null opens. The last one stays. */
  outcomes: (AppError | null | 'hang')[] = [null]
  /** The local address of each attempt. */
  readonly opened: TunnelOpenOptions[] = []
  openSessions = 0
  validUntil: string | undefined = undefined
  /** Lets an open that hangs succeed after all. */
  goOn: () => void = () => undefined
  #end: (reason: AppError) => void = () => undefined

  async open(options: TunnelOpenOptions) {
    this.opened.push(options)
    const outcome = this.outcomes.length > 1 ? this.outcomes.shift() : this.outcomes[0]
    if (outcome === 'hang') await new Promise<void>((resolve) => (this.goOn = resolve))
    if (outcome instanceof AppError) throw outcome
    await Promise.resolve()
    const closed = Promise.withResolvers<AppError>()
    let isOpen = true
    this.openSessions += 1
    const end = (reason: AppError) => {
      if (isOpen) this.openSessions -= 1
      isOpen = false
      closed.resolve(reason)
    }
    this.#end = end
    return {
      publicUrl: this.publicUrl,
      validUntil: this.validUntil,
      closed: closed.promise,
      close: () => {
        end(failure('cancelled'))
        return Promise.resolve()
      },
    }
  }

  /** Ends the session that was opened last, as a gateway does. */
  end(code: ErrorCode): void {
    this.#end(failure(code))
  }
}
