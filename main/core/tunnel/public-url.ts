// What a public address may look like.
import { AppError } from '../app-error.ts'

/**
 * The address as `https://host` or `https://host:port`. http is allowed for this computer itself, where nothing
 * travels a network. Throws AppError public-url-invalid saying which rule is broken.
 */
export function parsePublicUrl(text: string): string {
  const trimmed = text.trim()
  if (!trimmed) throw invalid('The public address is missing.')
  if (!URL.canParse(trimmed)) throw invalid(`“${trimmed}” is not an address.`)
  const url = new URL(trimmed)
  if (url.username || url.password) {
    throw invalid('The public address must not hold a user name or password.')
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
    // Graph delivers to https only.
    // https://learn.microsoft.com/graph/change-notifications-delivery-webhooks
    throw invalid(`“${trimmed}” does not begin with https://, and Microsoft sends to https only.`)
  }
  if (url.search || url.hash || url.pathname !== '/') {
    throw invalid(`“${trimmed}” holds more than a host name: EMI Tray adds the paths itself.`)
  }
  return url.origin
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}

function invalid(message: string): AppError {
  return new AppError('public-url-invalid', {
    message,
    nextStep:
      'On the Webhook page, enter the address that Microsoft reaches from the Internet, such as https://emi.example.com, without a path.',
  })
}
