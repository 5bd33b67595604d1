// The addresses the app may open in the system browser: a fixed list, so that no page can name another.

import type { LinkName } from '../contract/models/connection.ts'
import type { AppState } from '../contract/models/state.ts'
import { AppError } from './app-error.ts'
import { entraPortalOf } from './clouds.ts'

/** The address behind a link's name. Throws AppError not-found when there is none at the moment. */
export function addressOf(link: LinkName, state: AppState): string {
  const portal = portalOf(state)
  switch (link) {
    case 'entra-app-registrations':
      return `${portal}/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade/quickStartType~/null/sourceType/Microsoft_AAD_IAM`
    case 'entra-deleted-applications':
      // The list has a tab of deleted applications; the portal offers no address of its own for that tab.
      return `${portal}/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade/quickStartType~/null/sourceType/Microsoft_AAD_IAM`
    case 'entra-user-settings':
      return `${portal}/#view/Microsoft_AAD_UsersAndTenants/UserManagementMenuBlade/~/UserSettings`
    case 'entra-app-management-policies':
      return `${portal}/#view/Microsoft_AAD_IAM/StartboardApplicationsMenuBlade/~/AppManagementPolicies`
    case 'pim-my-roles':
      return `${portal}/#view/Microsoft_Azure_PIMCommon/ActivationMenuBlade/~/aadmigratedroles`
    case 'entra-permission-grants': {
      const appId = clientIdOf(state)
      return `${portal}/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/CallAnAPI/appId/${encodeURIComponent(appId)}`
    }
    case 'admin-consent':
      if (!state.consent) throw nothingToOpen()
      return state.consent.url
    case 'graph-permissions':
      return 'https://learn.microsoft.com/graph/permissions-reference'
    case 'integration-account-help':
      return 'https://help.brightpattern.com'
    case 'entra-application': {
      const appId = clientIdOf(state)
      return `${portal}/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/Overview/appId/${encodeURIComponent(appId)}`
    }
    case 'sign-in':
      if (state.signIn.phase !== 'waiting-for-browser') throw nothingToOpen()
      return state.signIn.url
    case 'device-code':
      if (state.signIn.phase !== 'waiting-for-code') throw nothingToOpen()
      return state.signIn.verificationUri
  }
}

/** The admin center of the cloud, opened in the tenant where one is known: people may belong to several. */
function portalOf(state: AppState): string {
  const portal = entraPortalOf(state.cloud?.id ?? 'global')
  const signedIn = state.signIn.phase === 'signed-in' ? state.signIn.account.tenantId : null
  const handedOver = state.handover.values.find((one) => one.field === 'tenant-id')?.value
  const tenantId = signedIn ?? handedOver
  return tenantId ? `${portal}/${encodeURIComponent(tenantId)}` : portal
}

function clientIdOf(state: AppState): string {
  const appId = state.handover.values.find((one) => one.field === 'client-id')?.value
  if (!appId || !state.cloud) throw nothingToOpen()
  return appId
}

function nothingToOpen(): AppError {
  return new AppError('not-found', {
    message: 'There is nothing to open at the moment.',
    nextStep: 'Start the step that this link belongs to first.',
  })
}
