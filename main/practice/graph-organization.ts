// Graph's organization: the one tenant there is.
import type { Route } from './graph-call.ts'
import type { JsonObject } from './json.ts'
import { collection } from './odata.ts'
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
