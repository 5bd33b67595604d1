// The plan that all files of the package are written from: pure data, so that no two of them can differ.
import type { Cloud, CloudId } from '../../contract/models/connection.ts'
import type { ConnectionSettings } from '../../contract/models/settings.ts'
import { entraPortalOf } from '../clouds.ts'
import { uniqueNameOf } from '../entra/application.ts'
import { endOfLifetime } from '../entra/client-secret.ts'
import { GRAPH_APP_ID, type Permission, wantedPermissions } from '../entra/permissions.ts'
import { redirectUriOf } from '../settings.ts'

/** How each tool names a cloud; null where a person must tell it. */
export interface CloudNames {
  graphPowerShell: string | null
  azureCli: string | null
  terraform: string | null
}

export interface PackagePlan {
  cloud: Cloud
  cloudNames: CloudNames
  /** The Microsoft Entra admin center, without a trailing slash. */
  portal: string
  tenant: { id: string; displayName: string } | null
  /** The application that is completed; null where one is created. */
  appId: string | null
  graphAppId: string
  displayName: string
  uniqueName: string
  redirectUri: string
  signInAudience: string
  permissions: Permission[]
  delegated: string[]
  application: string[]
  consentType: string
  secretName: string
  secretMonths: number
  /** For Terraform, which wants a date: the lifetime counted from the day of the package. ISO 8601. */
  secretEndsAt: string
  /** The day of the package, such as 2026-11-23. */
  madeOn: string
}

export interface PackageFacts {
  settings: ConnectionSettings
  cloud: Cloud
  /** Where the tenant is known; null before a sign-in. */
  tenant: { id: string; displayName: string } | null
  /** The application where it exists already; null otherwise. */
  appId: string | null
  now: Date
}

/** By this name a second run knows that its secret is there. */
const SECRET_NAME = 'EMI Tray package'

// https://learn.microsoft.com/powershell/module/microsoft.graph.authentication/get-mgenvironment
// https://learn.microsoft.com/cli/azure/manage-clouds-azure-cli
// https://registry.terraform.io/providers/hashicorp/azuread/latest/docs#environment
const CLOUD_NAMES: Record<CloudId, CloudNames> = {
  global: { graphPowerShell: 'Global', azureCli: 'AzureCloud', terraform: 'global' },
  'us-gov-l4': {
    graphPowerShell: 'USGov',
    azureCli: 'AzureUSGovernment',
    terraform: 'usgovernmentl4',
  },
  'us-gov-l5': {
    graphPowerShell: 'USGovDoD',
    azureCli: 'AzureUSGovernment',
    terraform: 'usgovernmentl5',
  },
  china: { graphPowerShell: 'China', azureCli: 'AzureChinaCloud', terraform: 'china' },
  custom: { graphPowerShell: null, azureCli: null, terraform: null },
}

/** What the files of the package create. Throws AppError tenant-url-invalid. */
export function packagePlan({ settings, cloud, tenant, appId, now }: PackageFacts): PackagePlan {
  const wanted = wantedPermissions(settings)
  const months = settings.secretLifetimeMonths
  return {
    cloud,
    cloudNames: CLOUD_NAMES[cloud.id],
    portal: entraPortalOf(cloud.id),
    tenant,
    // What was chosen counts, though another one was set up before.
    appId: settings.adoptedAppId || appId || null,
    graphAppId: GRAPH_APP_ID,
    // Half a surrogate pair cannot be written in any file.
    displayName: settings.applicationName.toWellFormed(),
    uniqueName: uniqueNameOf(settings.tenantUrl),
    redirectUri: redirectUriOf(settings.tenantUrl),
    signInAudience: 'AzureADMyOrg',
    permissions: wanted.permissions,
    delegated: wanted.delegated,
    application: wanted.application,
    consentType: 'AllPrincipals',
    secretName: SECRET_NAME,
    secretMonths: months,
    secretEndsAt: endOfLifetime(now, { months, isFallback: false }).toISOString(),
    madeOn: now.toISOString().slice(0, 10),
  }
}
