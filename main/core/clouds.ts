// Microsoft's clouds: where sign-in and Graph are.
import type { Cloud, CloudId } from '../contract/models/connection.ts'
import type { ConnectionSettings } from '../contract/models/settings.ts'
import { AppError } from './app-error.ts'

// Hosts as MSAL and Microsoft's deployment page list them.
// https://learn.microsoft.com/graph/deployments
const CLOUDS: Cloud[] = [
  {
    id: 'global',
    displayName: 'Microsoft 365 (worldwide and GCC)',
    loginHost: 'https://login.microsoftonline.com',
    graphHost: 'https://graph.microsoft.com',
  },
  {
    id: 'us-gov-l4',
    displayName: 'US Government L4 (GCC High)',
    loginHost: 'https://login.microsoftonline.us',
    graphHost: 'https://graph.microsoft.us',
  },
  {
    id: 'us-gov-l5',
    displayName: 'US Government L5 (DoD)',
    loginHost: 'https://login.microsoftonline.us',
    graphHost: 'https://dod-graph.microsoft.us',
  },
  {
    id: 'china',
    displayName: 'China (21Vianet)',
    loginHost: 'https://login.partner.microsoftonline.cn',
    graphHost: 'https://microsoftgraph.chinacloudapi.cn',
  },
]

// The admin centers as Microsoft's list of addresses to allow names them; both US Government clouds share one.
// https://learn.microsoft.com/entra/fundamentals/faq
const ENTRA_PORTALS: Record<CloudId, string> = {
  global: 'https://entra.microsoft.com',
  'us-gov-l4': 'https://entra.microsoft.us',
  'us-gov-l5': 'https://entra.microsoft.us',
  china: 'https://entra.microsoftonline.cn',
  custom: 'https://entra.microsoft.com',
}

/** Where a cloud's Microsoft Entra admin center is, without a trailing slash. For a custom cloud the worldwide one. */
export function entraPortalOf(cloud: CloudId): string {
  return ENTRA_PORTALS[cloud]
}

/** The admin center in words for a letter, with its address where that is certain. */
export function adminCenterIn(cloud: CloudId): string {
  const name = 'the Microsoft Entra admin center'
  return cloud === 'custom' ? name : `${name} (${new URL(entraPortalOf(cloud)).host})`
}

/** The cloud that the settings name. Throws AppError input-invalid when a custom one lacks an https address. */
export function cloudOf(settings: ConnectionSettings): Cloud {
  const known = CLOUDS.find((cloud) => cloud.id === settings.cloud)
  if (known) return known
  return {
    id: 'custom',
    displayName: 'Custom cloud',
    loginHost: httpsOrigin(settings.customLoginHost, 'sign-in'),
    graphHost: httpsOrigin(settings.customGraphHost, 'Graph'),
  }
}

function httpsOrigin(text: string, what: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url?.protocol === 'https:') return url.origin
  throw new AppError('input-invalid', {
    message: `The custom cloud has no valid ${what} address${text ? `: “${text}”` : ''}.`,
    nextStep:
      'Enter an address that starts with https:// in the settings, or choose one of Microsoft’s clouds.',
  })
}
