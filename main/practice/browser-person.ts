// Plays the person at the browser, with fetch only: for rehearsals without a screen, and for tests.
import { setTimeout as wait } from 'node:timers/promises'
import type { PracticePerson } from './people.ts'

export interface SignInOptions {
  authorizeUrl: string
  person: PracticePerson
  /** What is pressed on the consent page, should it come; accept unless said otherwise. */
  consent?: 'accept' | 'refuse'
  fetch?: typeof fetch
  signal?: AbortSignal
}

export interface DeviceCodeOptions {
  verificationUri: string
  userCode: string
  person: PracticePerson
  consent?: 'accept' | 'refuse'
  fetch?: typeof fetch
  signal?: AbortSignal
}

interface Step {
  name: string
  action: string
  fields: Record<string, string>
}

const MAX_PAGES = 8
const RETURN_ATTEMPTS = 5
const RETURN_PAUSE_MS = 100

/**
 * Opens the authorize address, picks the person, answers the consent page and brings the result to
 * the application's redirect address.
 * @throws Error with the page's text when the sign-in ends on an error page.
 */
export async function signInAs(options: SignInOptions): Promise<void> {
  const browse = options.fetch ?? fetch
  const response = await browse(options.authorizeUrl, requestOptions(options.signal))
  await walk({ ...options, browse, response })
}

/** Enters a device code on its page, picks the person and answers the consent page. */
export async function enterDeviceCode(options: DeviceCodeOptions): Promise<void> {
  const browse = options.fetch ?? fetch
  const page = await browse(options.verificationUri, requestOptions(options.signal))
  const step = readStep(await page.text())
  const response = await browse(new URL(step.action, options.verificationUri), {
    ...requestOptions(options.signal),
    method: 'POST',
    body: new URLSearchParams({ user_code: options.userCode }),
  })
  await walk({ ...options, authorizeUrl: options.verificationUri, browse, response })
}

async function walk(
  session: SignInOptions & { browse: typeof fetch; response: Response },
): Promise<void> {
  const { browse, person, signal } = session
  let { response } = session
  for (let count = 0; count < MAX_PAGES; count += 1) {
    const location = response.headers.get('location')
    if (location !== null) {
      // response_mode=query: the browser follows the redirect to the application.
      await reachApplication(browse, location, requestOptions(signal))
      return
    }
    const html = await response.text()
    const step = readStep(html)
    const press: Record<string, string> = {}
    switch (step.name) {
      case 'done':
        return
      case 'account':
        press['person'] = person.id
        break
      case 'consent':
        press['decision'] = session.consent ?? 'accept'
        break
      case 'approval':
        press['decision'] = 'refuse'
        break
      case 'return':
        await reachApplication(browse, step.action, {
          ...requestOptions(signal),
          method: 'POST',
          body: new URLSearchParams(step.fields),
        })
        return
      default:
        throw new Error(`The sign-in stopped: ${readError(html)}`)
    }
    response = await browse(new URL(step.action, session.authorizeUrl), {
      ...requestOptions(signal),
      method: 'POST',
      body: new URLSearchParams({ ...step.fields, ...press }),
    })
  }
  throw new Error('The sign-in did not come to an end.')
}

/** The application may still be opening its port; a person would press Continue again. */
async function reachApplication(
  browse: typeof fetch,
  address: string,
  init: RequestInit,
): Promise<void> {
  const { hostname, protocol } = new URL(address)
  for (let attempt = 1; ; attempt += 1) {
    try {
      const response = await browse(address, { ...init, redirect: 'follow' })
      await response.arrayBuffer()
      return
    } catch (error) {
      if (attempt === RETURN_ATTEMPTS || init.signal?.aborted === true) {
        throw new Error(`The application at ${protocol}//${hostname} could not be reached.`, {
          cause: error,
        })
      }
      await wait(RETURN_PAUSE_MS, undefined, init.signal ? { signal: init.signal } : {})
    }
  }
}

function requestOptions(signal: AbortSignal | undefined): RequestInit {
  return signal ? { redirect: 'manual', signal } : { redirect: 'manual' }
}

function readStep(html: string): Step {
  const tag = /<(?:form|div)[^>]*data-step="([^"]+)"[^>]*>/.exec(html)
  if (!tag) return { name: 'unknown', action: '', fields: {} }
  const action = /action="([^"]*)"/.exec(tag[0])?.[1] ?? ''
  const form = html.slice(tag.index, html.indexOf('</form>', tag.index))
  const inputs = form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)
  const fields: Record<string, string> = {}
  for (const [, name = '', value = ''] of inputs) fields[unescape(name)] = unescape(value)
  return { name: tag[1] ?? '', action: unescape(action), fields }
}

function readError(html: string): string {
  const text = /<p data-error>([^<]*)<\/p>|<p role="alert"[^>]*>([^<]*)<\/p>/.exec(html)
  return unescape(text?.[1] ?? text?.[2] ?? 'the page could not be understood.')
}

function unescape(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
}
