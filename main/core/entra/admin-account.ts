// Whose account signed in: person, tenant and roles; and refusing accounts that cannot set up a tenant.
import type { AdminAccount } from '../../contract/models/setup.ts'
import { AppError } from '../app-error.ts'
import type { AdminToken } from '../ports/auth.ts'
import { roleNames } from './directory-roles.ts'
import type { GraphClient } from './graph-client.ts'
import { readMe, readOrganizations } from './graph-objects.ts'

/** The tenant of all personal Microsoft accounts. */
export const CONSUMER_TENANT_ID = '9188040d-6c67-4c5b-b112-36a304b66dad'

/** Reads /me and /organization. Throws AppError wrong-account-type for personal accounts and guests. */
export async function readAccount(graph: GraphClient, token: AdminToken): Promise<AdminAccount> {
  if (token.tenantId === CONSUMER_TENANT_ID) {
    throw new AppError('wrong-account-type', {
      message: `${token.username} is a personal Microsoft account. It belongs to no organization.`,
      nextStep: 'Sign in with a work account that administers your organization.',
    })
  }
  const query = { $select: 'displayName,userPrincipalName,userType' }
  const [organizations, me] = await Promise.all([
    graph.list('/organization').then(readOrganizations),
    graph.get('/me', { query }).then(readMe),
  ])
  const username = me.userPrincipalName || token.username
  if (isGuest({ ...me, userPrincipalName: username })) {
    throw new AppError('wrong-account-type', {
      message: `${token.username} is only a guest in this tenant.`,
      nextStep: 'Sign in with an account that belongs to the tenant itself.',
    })
  }
  const organization = organizations[0]
  const domains = organization?.verifiedDomains ?? []
  const domain =
    domains.find((one) => one.isDefault) ?? domains.find((one) => one.isInitial) ?? domains[0]
  const ownDomain = username.split('@')[1] ?? ''
  return {
    username,
    displayName: me.displayName || token.displayName,
    tenantId: token.tenantId,
    tenantDisplayName: organization?.displayName || domain?.name || ownDomain,
    tenantDomain: domain?.name || ownDomain,
    roles: roleNames(token.roleTemplateIds),
  }
}

/** True for an account that another organization, or nobody, vouches for. */
export function isGuest(me: { userPrincipalName: string; userType: string | null }): boolean {
  return me.userType === 'Guest' || me.userPrincipalName.toUpperCase().includes('#EXT#')
}
