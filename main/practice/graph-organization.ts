// Graph's organization: /organization and the policy for applications' secrets.
import { POLICY_MAX_SECRET_DAYS } from './faults.ts'
import type { GraphAnswer, GraphCall, Route } from './graph-call.ts'
import type { JsonObject } from './json.ts'
import { collection, entity } from './odata.ts'
import type { Tenant } from './tenant.ts'

const directory = { wording: 'directory' } as const

export const organizationRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: 'organization',
    access: {
      ...directory,
      delegated: ['User.Read', 'Organization.Read.All', 'Directory.Read.All', 'User.Read.All'],
      application: ['Organization.Read.All', 'Directory.Read.All'],
    },
    handle: (call) =>
      collection(call, [organizationJson(call.tenant)], {
        context: 'organization',
        filterable: ['id'],
      }),
  },
  {
    method: 'GET',
    path: 'policies/defaultAppManagementPolicy',
    access: { ...directory, delegated: ['Policy.Read.All'], application: [] },
    handle: (call) => policy(call),
  },
]

function organizationJson(tenant: Tenant): JsonObject {
  return {
    id: tenant.id,
    deletedDateTime: null,
    businessPhones: [],
    city: null,
    country: null,
    countryLetterCode: 'SE',
    createdDateTime: '2019-03-04T09:12:30Z',
    displayName: tenant.displayName,
    marketingNotificationEmails: [],
    preferredLanguage: 'en',
    technicalNotificationMails: [],
    tenantType: 'AAD',
    assignedPlans: [],
    provisionedPlans: [],
    verifiedDomains: [
      {
        capabilities: 'Email, OfficeCommunicationsOnline',
        isDefault: true,
        isInitial: true,
        name: tenant.domain,
        type: 'Managed',
      },
    ],
  }
}

// https://learn.microsoft.com/graph/api/resources/tenantappmanagementpolicy
function policy(call: GraphCall): GraphAnswer {
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
