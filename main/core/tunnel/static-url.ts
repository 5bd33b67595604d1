// The provider for a public address that already leads here, such as that of a company's reverse proxy.
import { AppError } from '../app-error.ts'
import type { TunnelProvider } from '../ports/tunnel.ts'
import { parsePublicUrl } from './public-url.ts'

/** Opens nothing: the session lasts until it is closed, and the supervisor's tests say whether the address works. */
export function staticUrl(): TunnelProvider {
  return {
    id: 'static',
    readableBy: '',
    // A wrong address is a rejection, as with the providers that connect.
    open: ({ settings }) =>
      Promise.resolve().then(() => {
        const publicUrl = parsePublicUrl(settings.publicUrl)
        const closed = Promise.withResolvers<AppError>()
        return {
          publicUrl,
          closed: closed.promise,
          close: () => {
            closed.resolve(closedOnRequest())
            return Promise.resolve()
          },
        }
      }),
  }
}

function closedOnRequest(): AppError {
  return new AppError('cancelled', {
    message: 'The public address is no longer in use.',
    nextStep: 'Start the webhook to use it again.',
  })
}
