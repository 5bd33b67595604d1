// The address of the contact center's endpoint: which ones are allowed, and how one is shown.
import { AppError } from '../app-error.ts'

/**
 * The address to post events to: https, or plain http on this computer only, since the events hold messages.
 * Throws AppError hand-on-url-invalid.
 */
export function parseHandOnUrl(text: string): URL {
  const trimmed = text.trim()
  if (!trimmed) {
    throw invalid('The address that events are handed on to is missing.')
  }
  if (!URL.canParse(trimmed)) throw invalid('This is not an address that events can be sent to.')
  const url = new URL(trimmed)
  const isAllowed = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))
  if (!isAllowed) {
    throw invalid('Events hold messages, so their address must start with https.')
  }
  // fetch refuses them, and settings are no place for a password.
  if (url.username || url.password) {
    throw invalid('The address holds a user name or a password.')
  }
  url.hash = ''
  return url
}

/** The address as people may see it in a log: without its query, which may hold a key. */
export function placeOf(url: URL): string {
  return `${url.host}${url.pathname}`
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname)
}

function invalid(message: string): AppError {
  return new AppError('hand-on-url-invalid', {
    message,
    nextStep:
      'Enter an address such as https://contactcenter.example.com/teams-events. Plain http works on this computer only.',
  })
}
