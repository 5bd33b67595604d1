// The admin consent link: an administrator grants all that an application declares, for everybody.
// https://learn.microsoft.com/entra/identity-platform/v2-admin-consent
import { randomBytes } from 'node:crypto'
import { checkEnabled, type Client, findClient, redirectKind } from './clients.ts'
import { declaredPermissions, keepConsent } from './consents.ts'
import { EntraError, errorFields, refusals } from './entra-errors.ts'
import type { PracticeResponse } from './listener.ts'
import { findPerson, people, type PracticePerson } from './people.ts'
import { type PublishedPermission, publishedScopes } from './permissions-table.ts'
import { type AskedScopes, readScopes } from './scopes.ts'
import * as pages from './sign-in-pages.ts'
import {
  ensureServicePrincipal,
  GRAPH_SERVICE_PRINCIPAL_ID,
  mayConsentForAll,
  roleOf,
  type Tenant,
  visibleFrom,
} from './tenant.ts'

export interface AdminConsent {
  /** @param needsScope The v2.0 address does, the older one takes what the application declares. */
  open(query: URLSearchParams, needsScope: boolean): PracticeResponse
  /** The choice of an account, or the decision. */
  answer(form: Record<string, string>): PracticeResponse
}

interface Ticket {
  client: Client
  asked: AskedScopes | undefined
  redirectUri: string | undefined
  state: string | undefined
  person: PracticePerson | undefined
  createdAt: number
}

const ACTION = '/practice/admin-consent'
const TICKET_MS = 15 * 60_000
const MAX_KEPT = 100

/** The admin consent link of one tenant. */
export function createAdminConsent(tenant: Tenant): AdminConsent {
  const tickets = new Map<string, Ticket>()

  const goBack = (ticket: Ticket, fields: Record<string, string>, text: string) => {
    if (ticket.redirectUri === undefined) return pages.donePage('Admin consent', text)
    const target = new URL(ticket.redirectUri)
    const all = ticket.state === undefined ? fields : { ...fields, state: ticket.state }
    for (const [name, value] of Object.entries(all)) target.searchParams.set(name, value)
    return { status: 302, headers: { location: target.href } }
  }
  const refuse = (ticket: Ticket, refusal: EntraError) => {
    const fields = errorFields(tenant, refusal)
    return goBack(ticket, { admin_consent: 'False', tenant: tenant.id, ...fields }, refusal.message)
  }
  const decide = (ticket: Ticket, person: PracticePerson, decision: string | undefined) => {
    // Graph’s application roles are beyond an application administrator.
    const { scopes, roles } = wanted(ticket)
    const isGlobal = roleOf(tenant, person) === 'global-admin'
    const mayConsent = isGlobal || (roles.length === 0 && mayConsentForAll(roleOf(tenant, person)))
    if (!mayConsent) return refuse(ticket, refusals.adminNeeded(ticket.client.name))
    if (decision !== 'accept' || tenant.faults.isOn('consent-refused')) {
      return refuse(ticket, refusals.declined())
    }
    grant(tenant, ticket.client.appId, { scopes, roles })
    const fields = { admin_consent: 'True', tenant: tenant.id }
    return goBack(ticket, fields, 'The permissions are granted. You can close this page.')
  }

  return {
    open: (query, needsScope) => {
      try {
        const client = findClient(tenant, query.get('client_id') ?? undefined)
        const redirectUri = query.get('redirect_uri') ?? undefined
        if (redirectUri !== undefined && !redirectKind(client, redirectUri)) {
          throw refusals.redirectMismatch(redirectUri, client.appId)
        }
        checkEnabled(tenant, client)
        const scope = query.get('scope') ?? undefined
        const asksByName = needsScope || scope !== undefined
        const asked = asksByName ? readScopes(tenant, client, scope) : undefined
        const name = randomBytes(24).toString('base64url')
        const [oldest] = tickets.keys()
        if (tickets.size >= MAX_KEPT && oldest !== undefined) tickets.delete(oldest)
        tickets.set(name, {
          client,
          asked,
          redirectUri,
          state: query.get('state') ?? undefined,
          person: undefined,
          createdAt: tenant.now(),
        })
        return pages.accountPage({
          ticket: name,
          appName: client.name,
          organization: tenant.displayName,
          people: people.map((person) => ({ person, role: roleOf(tenant, person) })),
          loginHint: query.get('login_hint') ?? undefined,
          action: ACTION,
        })
      } catch (error) {
        if (!(error instanceof EntraError)) throw error
        return pages.errorPage(errorFields(tenant, error)['error_description'] ?? '')
      }
    },
    answer: (form) => {
      const name = form['ticket'] ?? ''
      const ticket = tickets.get(name)
      if (!ticket || tenant.now() - ticket.createdAt > TICKET_MS) {
        return pages.errorPage('This consent page is too old. Open the consent link again.')
      }
      const person = ticket.person ?? findPerson(form['person'] ?? '')
      if (!person || ticket.person) {
        tickets.delete(name)
        if (!person) return refuse(ticket, refusals.cancelled())
        return decide(ticket, person, form['decision'])
      }
      ticket.person = person
      const { scopes, roles } = wanted(ticket)
      const permissions = [
        ...roles.map((one) => ({ ...one, kind: 'Application' })),
        ...scopes.map((one) => ({ ...one, kind: 'Delegated' })),
      ]
      return pages.adminConsentPage({
        ticket: name,
        appName: ticket.client.name,
        organization: tenant.displayName,
        person,
        permissions,
      })
    },
  }
}

/** `.default` stands for all that the application declares; a name for that delegated permission alone. */
function wanted({ client, asked }: Ticket): ReturnType<typeof declaredPermissions> {
  if (asked === undefined || asked.isDefault) return declaredPermissions(client)
  return { scopes: publishedScopes.filter((one) => asked.named.includes(one.value)), roles: [] }
}

function grant(
  tenant: Tenant,
  appId: string,
  permissions: { scopes: readonly PublishedPermission[]; roles: readonly PublishedPermission[] },
): void {
  const principal = ensureServicePrincipal(tenant, appId)
  if (permissions.scopes.length > 0) {
    keepConsent(tenant, {
      appId,
      scopes: permissions.scopes.map((scope) => scope.value),
      personId: null,
    })
  }
  const { assignments } = tenant.directory
  for (const role of permissions.roles) {
    const isHeld = assignments.some(
      (one) => one.principalId === principal.id && one.appRoleId === role.id,
    )
    if (isHeld) continue
    assignments.push({
      id: randomBytes(32).toString('base64url'),
      appRoleId: role.id,
      principalId: principal.id,
      resourceId: GRAPH_SERVICE_PRINCIPAL_ID,
      createdDateTime: new Date(tenant.now()).toISOString(),
      visibleAt: visibleFrom(tenant),
    })
  }
  tenant.changed()
}
