// Graph's policies that stand in the way of an application: who may register one, what secrets may be.
import { POLICY_MAX_SECRET_DAYS } from './faults.ts'
import { findByKey } from './graph-applications.ts'
import type { Access, GraphAnswer, GraphCall, Route } from './graph-call.ts'
import { collection, entity } from './odata.ts'
import { mayUsersRegister } from './tenant.ts'

const READ: Access = { wording: 'directory', delegated: ['Policy.Read.All'], application: [] }
const READ_APP_POLICIES: Access = {
  ...READ,
  delegated: ['Policy.Read.All', 'Policy.ReadWrite.ApplicationConfiguration'],
}

export const policyRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: 'policies/authorizationPolicy',
    access: READ,
    handle: authorizationPolicy,
  },
  {
    method: 'GET',
    path: 'policies/defaultAppManagementPolicy',
    access: READ,
    handle: defaultAppManagementPolicy,
  },
  {
    method: 'GET',
    path: 'policies/appManagementPolicies',
    access: READ_APP_POLICIES,
    handle: (call) => noPolicies(call, 'policies/appManagementPolicies'),
  },
  {
    method: 'GET',
    path: 'applications/:key/appManagementPolicies',
    access: READ_APP_POLICIES,
    handle: (call) =>
      noPolicies(call, `applications('${findByKey(call).id}')/appManagementPolicies`),
  },
]

// https://learn.microsoft.com/graph/api/resources/authorizationpolicy
function authorizationPolicy(call: GraphCall): GraphAnswer {
  return entity(
    call,
    {
      id: 'authorizationPolicy',
      displayName: 'Authorization Policy',
      description: 'Used to manage authorization related settings across the company.',
      deletedDateTime: null,
      allowInvitesFrom: 'everyone',
      allowedToSignUpEmailBasedSubscriptions: true,
      allowedToUseSSPR: true,
      allowEmailVerifiedUsersToJoinOrganization: false,
      allowUserConsentForRiskyApps: null,
      blockMsolPowerShell: false,
      guestUserRoleId: '10dae51f-b6af-4016-8d66-8c2a99b929b3',
      defaultUserRolePermissions: {
        allowedToCreateApps: mayUsersRegister(call.tenant),
        allowedToCreateSecurityGroups: true,
        allowedToCreateTenants: true,
        allowedToReadBitlockerKeysForOwnedDevice: true,
        allowedToReadOtherUsers: true,
        permissionGrantPoliciesAssigned: [
          'ManagePermissionGrantsForSelf.microsoft-user-default-legacy',
        ],
      },
    },
    { context: 'policies/authorizationPolicy' },
  )
}

// https://learn.microsoft.com/graph/api/resources/tenantappmanagementpolicy
function defaultAppManagementPolicy(call: GraphCall): GraphAnswer {
  const { faults } = call.tenant
  const forbidden = faults.isOn('secret-forbidden-by-policy')
  const limited = faults.isOn('secret-lifetime-limited')
  const restriction = (type: string, maxLifetime: string | null, on: boolean) => ({
    restrictionType: type,
    maxLifetime,
    restrictForAppsCreatedAfterDateTime: '2019-10-19T10:37:00Z',
    state: on ? 'enabled' : 'disabled',
  })
  const restrictions = {
    passwordCredentials: [
      restriction('passwordAddition', null, forbidden),
      restriction('passwordLifetime', `P${POLICY_MAX_SECRET_DAYS}D`, limited),
    ],
    keyCredentials: [],
  }
  return entity(
    call,
    {
      id: '00000000-0000-0000-0000-000000000000',
      displayName: 'Default app management tenant policy',
      description: 'Default tenant policy that enforces app management restrictions.',
      isEnabled: forbidden || limited,
      applicationRestrictions: restrictions,
      servicePrincipalRestrictions: restrictions,
    },
    { context: 'policies/defaultAppManagementPolicy' },
  )
}

function noPolicies(call: GraphCall, context: string): GraphAnswer {
  return collection(call, [], { context, filterable: ['id'] })
}
