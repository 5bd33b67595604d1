// The addresses that pages may open: every link in every cloud, in the right portal and tenant.
import { describe, expect, it } from 'vitest'
import type { Cloud, CloudId, LinkName } from '../../main/contract/models/connection.ts'
import type { AppState } from '../../main/contract/models/state.ts'
import { AppError } from '../../main/core/app-error.ts'
import { cloudOf, entraPortalOf } from '../../main/core/clouds.ts'
import { addressOf } from '../../main/core/links.ts'
import { defaultSettings } from '../../main/core/settings.ts'
import { samples } from '../fakes/sample-states.ts'

const TENANT = '5f1d3a70-0000-4000-8000-000000000001'
const APP_ID = '5f1d3a70-0000-4000-8000-000000000002'
const HOSTS: Record<CloudId, string> = {
  global: 'entra.microsoft.com',
  'us-gov-l4': 'entra.microsoft.us',
  'us-gov-l5': 'entra.microsoft.us',
  china: 'entra.microsoftonline.cn',
  custom: 'entra.microsoft.com',
}
const IN_PORTAL: Record<string, string> = {
  'entra-application': `ApplicationMenuBlade/~/Overview/appId/${APP_ID}`,
  'entra-app-registrations': 'Microsoft_AAD_RegisteredApps/ApplicationsListBlade',
  'entra-deleted-applications': 'Microsoft_AAD_RegisteredApps/ApplicationsListBlade',
  'entra-user-settings': 'UserManagementMenuBlade/~/UserSettings',
  'entra-app-management-policies': 'AppManagementPolicies',
  'entra-permission-grants': `CallAnAPI/appId/${APP_ID}`,
  'pim-my-roles': 'Microsoft_Azure_PIMCommon/ActivationMenuBlade',
}
const ELSEWHERE: LinkName[] = [
  'sign-in',
  'device-code',
  'graph-permissions',
  'admin-consent',
  'integration-account-help',
]
const clouds: CloudId[] = ['global', 'us-gov-l4', 'us-gov-l5', 'china', 'custom']

describe.each(clouds)('in the cloud %s', (id) => {
  it.each(Object.entries(IN_PORTAL))('%s opens in its portal, in the tenant', (link, part) => {
    const url = new URL(addressOf(link as LinkName, stateOf(id)))
    expect(url.protocol).toBe('https:')
    expect(url.host).toBe(HOSTS[id])
    expect(url.pathname).toBe(`/${TENANT}/`)
    expect(url.hash).toContain(part)
    expect(entraPortalOf(id)).toBe(`https://${HOSTS[id]}`)
  })

  it.each(ELSEWHERE)('%s opens where it belongs, or says that there is nothing to open', (link) => {
    try {
      expect(addressOf(link, stateOf(id))).toMatch(/^https:\/\//)
    } catch (error) {
      expect(error).toBeInstanceOf(AppError)
      expect(error).toMatchObject({ code: 'not-found' })
    }
  })
})

describe('a link', () => {
  it('of a sign-in that is waiting is Microsoft’s page', () => {
    const expiresAt = '2026-03-02T09:05:00.000Z'
    const state = stateOf('global')
    const browser = {
      phase: 'waiting-for-browser',
      url: 'https://login.test/a',
      expiresAt,
    } as const
    expect(addressOf('sign-in', { ...state, signIn: browser })).toBe('https://login.test/a')
    const code = {
      phase: 'waiting-for-code',
      userCode: 'A',
      verificationUri: 'https://login.test/device',
      expiresAt,
    } as const
    expect(addressOf('device-code', { ...state, signIn: code })).toBe('https://login.test/device')
  })

  it('to the application without an application says that there is nothing to open', () => {
    const state = { ...stateOf('global'), handover: samples.welcome.state.handover }
    const handover = { ...state.handover, values: [] }
    expect(() => addressOf('entra-application', { ...state, handover })).toThrow(AppError)
  })

  it('opens without a tenant in the address where none is known', () => {
    const state: AppState = { ...stateOf('china'), signIn: { phase: 'signed-out' } }
    const handover = { ...state.handover, values: [] }
    expect(addressOf('pim-my-roles', { ...state, handover })).toMatch(
      /^https:\/\/entra\.microsoftonline\.cn\/#view\//,
    )
  })
})

function stateOf(id: CloudId): AppState {
  const state = samples.welcome.state
  const { values } = state.handover
  return {
    ...state,
    cloud: cloudNamed(id),
    signIn: {
      phase: 'signed-in',
      account: {
        username: 'nora@contoso.example',
        displayName: 'Nora',
        tenantId: TENANT,
        tenantDisplayName: 'Contoso',
        tenantDomain: 'contoso.example',
        roles: [],
      },
    },
    handover: {
      ...state.handover,
      values: [
        ...values.filter((one) => one.field !== 'client-id'),
        {
          field: 'client-id',
          label: 'Client ID',
          value: APP_ID,
          secret: false,
          readOnly: false,
          help: '',
        },
      ],
    },
  }
}

function cloudNamed(id: CloudId): Cloud {
  return cloudOf({
    ...defaultSettings.connections.microsoft,
    cloud: id,
    customLoginHost: 'https://login.test',
    customGraphHost: 'https://graph.test',
  })
}
