// The preflight's look at who signed in where: the tenant, its cloud and the account.
import type { CheckResult } from '../../contract/models/setup.ts'
import { ok, problem, type Reading } from './check-result.ts'
import { CONSUMER_TENANT_ID, isGuest } from './admin-account.ts'
import type { EntraContext } from './context.ts'
import type { TenantReadings } from './preflight-reads.ts'
import type { ProvisioningRecord } from './provisioning-record.ts'

/** Endings of initial domains that only exist in one cloud. */
const CLOUD_DOMAINS: [ending: string, cloud: string, ids: string[]][] = [
  ['.onmicrosoft.us', 'US Government', ['us-gov-l4', 'us-gov-l5', 'custom']],
  ['.partner.onmschina.cn', 'China (21Vianet)', ['china', 'custom']],
]

/** Is it the right tenant, in the right cloud? */
export function tenantResult(
  context: EntraContext,
  organization: TenantReadings['organization'],
  record: Reading<ProvisioningRecord | null>,
): CheckResult {
  const { account, cloud } = context
  if ('error' in organization) return unread(context, 'tenant', organization.error.nextStep)
  const found = organization.value[0]
  if (found && found.id !== account.tenantId) {
    return problem(context, {
      name: 'tenant',
      state: 'failed',
      message: `The sign-in belongs to another tenant than ${account.tenantDisplayName}.`,
      reason: `Microsoft Graph answers for the tenant ${found.displayName || found.id} (${found.id}), the sign-in was for ${account.tenantId}.`,
      nextStep: 'Sign out, then sign in with an administrator of the right tenant.',
      ask: `Microsoft Graph answers for another tenant (${found.id}). Which account should I use to set up the tenant ${account.tenantId}?`,
    })
  }
  const domains = found?.verifiedDomains.map((one) => one.name.toLowerCase()) ?? []
  const foreign = CLOUD_DOMAINS.find(
    ([ending, , ids]) => !ids.includes(cloud.id) && domains.some((one) => one.endsWith(ending)),
  )
  if (foreign) {
    return problem(context, {
      name: 'tenant',
      state: 'warning',
      message: `The tenant ${account.tenantDisplayName} has a domain of another cloud (${foreign[1]}) than the one chosen in Settings (${cloud.displayName}).`,
      reason: 'Tokens and applications of one Microsoft cloud mean nothing in another.',
      nextStep: 'Check the cloud in Settings. If it is right, go on.',
      ask: `Is our tenant in Microsoft’s worldwide cloud or in ${foreign[1]}, and where do our Teams users sign in?`,
    })
  }
  const earlier = 'value' in record ? record.value : null
  if (earlier?.tenantId && earlier.tenantId !== account.tenantId) {
    return problem(context, {
      name: 'tenant',
      state: 'warning',
      message: `EMI Tray was set up in another tenant before: ${earlier.tenantDisplayName} (${earlier.tenantId}).`,
      reason: `Going on makes a second application, in ${account.tenantDisplayName} (${account.tenantDomain}), and forgets the first.`,
      nextStep:
        'If that is not what you want, sign out and sign in with an administrator of the tenant that was set up before.',
      ask: `EMI Tray was set up in the tenant ${earlier.tenantDisplayName} (${earlier.tenantId}) before. Which of the two tenants is right for our contact center?`,
    })
  }
  return ok(
    'tenant',
    `The tenant is ${account.tenantDisplayName} (${account.tenantDomain}, ${account.tenantId}) in ${cloud.displayName}.`,
  )
}

/** Is it a work account of the tenant itself? */
export function accountResult(context: EntraContext, me: TenantReadings['me']): CheckResult {
  const { account } = context
  const name = 'account'
  if (account.tenantId === CONSUMER_TENANT_ID) {
    return problem(context, {
      name,
      state: 'failed',
      message: `The account ${account.username} is a personal Microsoft account.`,
      reason: 'It belongs to no organization, so there is no tenant to set up.',
      nextStep: 'Sign out, then sign in with a work account that administers your organization.',
      ask: 'Which work account should I use to administer our tenant?',
    })
  }
  if ('error' in me) return unread(context, name, me.error.nextStep)
  if (isGuest(me.value)) {
    return problem(context, {
      name,
      state: 'failed',
      message: `The account ${account.username} is only a guest in this tenant.`,
      reason: 'A guest’s sign-in belongs to another organization, whose rules may end it any time.',
      nextStep: 'Sign out, then sign in with an account that belongs to the tenant itself.',
      ask: `My account is a guest there. Could you give me an account of the tenant itself, or sign in to EMI Tray on my computer?`,
    })
  }
  return ok(name, `Signed in as ${account.username}, a work account of the tenant.`)
}

function unread(context: EntraContext, name: 'tenant' | 'account', nextStep: string): CheckResult {
  return problem(context, {
    name,
    state: 'failed',
    message: `The ${name} could not be read, since Microsoft Graph did not answer as expected.`,
    reason: `Nothing may be written before it is certain whose ${name} it is.`,
    nextStep: `See also the result for Microsoft Graph. ${nextStep}`,
    ask: `EMI Tray cannot read the ${name} from Microsoft Graph. Could you check that my account may sign in to Microsoft Graph and read its own profile and organization?`,
  })
}
