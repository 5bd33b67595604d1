// Where an administrator of the tenant consents, and asking Microsoft with a real token whether that has happened.
import type { Cloud } from '../contract/models/connection.ts'
import { AppError, isAbort } from './app-error.ts'
import type { AreaDeps } from './area.ts'
import { wantedPermissions } from './entra/permissions.ts'
import { CLIENT_SECRET_NAME, type ProvisioningRecord } from './entra/provisioning-record.ts'
import { missingIn } from './entra/ready.ts'

const TIMEOUT_MS = 20_000

/**
 * The address that an administrator opens to grant all that the application declares, for the whole tenant.
 * Microsoft sends the browser to the redirect URI at the end, which has to be one of the application's. That is
 * the contact center's page for the agents' sign-in: it was not asked to sign anybody in, so whatever it shows,
 * `admin_consent=True` in its address bar is what counts, and the page can be closed.
 * https://learn.microsoft.com/entra/identity-platform/v2-admin-consent
 */
export function adminConsentUrl(
  cloud: Cloud,
  to: { tenantId: string; appId: string; redirectUri: string; state: string },
): string {
  const url = new URL(`${cloud.loginHost}/${to.tenantId}/v2.0/adminconsent`)
  url.searchParams.set('client_id', to.appId)
  url.searchParams.set('scope', `${cloud.graphHost}/.default`)
  url.searchParams.set('redirect_uri', to.redirectUri)
  url.searchParams.set('state', to.state)
  return url.href
}

/**
 * The wanted application permissions that a token, asked for just now, lacks.
 * Throws AppError secret-unknown, client-secret-wrong, network-unreachable and others.
 */
export async function askForMissing(
  { tenantId, appId: clientId }: ProvisioningRecord,
  {
    secrets,
    appAuth,
    settings,
    clock,
    signal: stopped,
  }: Pick<AreaDeps, 'secrets' | 'appAuth' | 'settings' | 'clock'> & { signal: AbortSignal },
): Promise<string[]> {
  const clientSecret = await secrets.get(CLIENT_SECRET_NAME)
  if (clientSecret === undefined) {
    throw new AppError('secret-unknown', {
      message: 'Whether consent was given cannot be seen: there is no client secret to ask with.',
      nextStep: 'Apply the plan in Setup: it makes a secret. The consent link stays valid.',
    })
  }
  const late = new AbortController()
  const cancelTimeout = clock.after(TIMEOUT_MS, () => {
    late.abort()
  })
  try {
    const signal = AbortSignal.any([stopped, late.signal])
    const token = await appAuth.acquire({ tenantId, clientId, clientSecret, signal })
    return missingIn(token, wantedPermissions(settings()).application)
  } catch (error) {
    if (!late.signal.aborted || !isAbort(error)) throw error
    throw new AppError('network-unreachable', {
      message: 'Microsoft’s sign-in service did not answer in time.',
      nextStep: 'Check the network connection and the proxy. EMI Tray goes on asking.',
      cause: error,
    })
  } finally {
    cancelTimeout()
  }
}

/** The error for a link that nobody used while EMI Tray was asking. */
export function notUsedInTime(): AppError {
  return new AppError('consent-missing', {
    message: 'The consent link has waited for seven days, and EMI Tray no longer asks by itself.',
    nextStep:
      'Ask the administrator whether the link was opened. “Ask now” asks once; making the link again starts another seven days.',
  })
}
