// Tells Chromium which permissions a page of the app has, following the app's own handlers.
import type { BrowserContext } from 'playwright-core'
import type { WebContents } from 'electron'
import { checkPermission, requestPermission } from './session.ts'

/** Names of Electron's permissions, with what Playwright calls them. */
const chromiumNames: Record<string, string[]> = {
  notifications: ['notifications'],
  geolocation: ['geolocation'],
  'clipboard-read': ['clipboard-read'],
  'clipboard-sanitized-write': ['clipboard-write'],
  media: ['camera', 'microphone'],
  midi: ['midi'],
}

/** What the request handler said, by origin; it overrules the check until the next navigation. */
const requested = new Map<string, Map<string, boolean>>()

export interface PermissionPlace {
  context: BrowserContext
  contents: WebContents
  /** Origin as the app knows it, and as Chromium knows it. */
  origin: string
  chromiumOrigin: string
}

/** Sets a page's permissions from the check handler, before it loads. */
export async function startPermissions(place: PermissionPlace): Promise<void> {
  requested.delete(place.origin)
  await apply(place)
}

/** Takes one request of a page to the request handler, and its answer to Chromium. */
export async function answerPermission(
  place: PermissionPlace,
  permission: string,
  url: string,
): Promise<boolean> {
  const allowed =
    checkPermission(place.contents, permission, place.origin) &&
    (await requestPermission(place.contents, permission, url))
  const answers = requested.get(place.origin) ?? new Map<string, boolean>()
  requested.set(place.origin, answers.set(permission, allowed))
  await apply(place)
  return allowed
}

/** Chromium refuses whatever is not in the list it is given. */
async function apply({
  context,
  contents,
  origin,
  chromiumOrigin,
}: PermissionPlace): Promise<void> {
  const answers = requested.get(origin)
  const granted = Object.entries(chromiumNames)
    .filter(([name]) => answers?.get(name) ?? checkPermission(contents, name, origin))
    .flatMap(([, names]) => names)
  await context.clearPermissions()
  await context.grantPermissions(granted, { origin: chromiumOrigin })
}
