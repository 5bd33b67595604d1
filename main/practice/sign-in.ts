// The interactive sign-in: from the authorize address over account and consent back to the application.
import { randomBytes } from 'node:crypto'
import { checkEnabled, type Client, findClient, redirectKind } from './clients.ts'
import { keepConsent, missingConsent } from './consents.ts'
import type { DeviceCodes } from './device-code.ts'
import { EntraError, errorFields, refusals } from './entra-errors.ts'
import type { PracticeResponse } from './listener.ts'
import { findPerson, people, type PracticePerson } from './people.ts'
import { findScope } from './permissions-table.ts'
import { type AskedScopes, readScopes } from './scopes.ts'
import * as pages from './sign-in-pages.ts'
import { BOOTSTRAP_APP_ID, mayConsentForAll, roleOf, type Tenant } from './tenant.ts'
import { clientInfo } from './tokens.ts'

/** An authorization code's content, kept until it is redeemed. */
export interface AuthorizationCode {
  clientId: string
  redirectUri: string
  redirectKind: 'public' | 'web'
  person: PracticePerson
  scopes: AskedScopes
  nonce: string | undefined
  codeChallenge: string | undefined
  expiresAt: number
  used: boolean
}

export interface SignIn {
  authorize(query: URLSearchParams): PracticeResponse
  /** Starts the sign-in of a device code that was entered on the page. */
  continueDevice(userCode: string): PracticeResponse
  chooseAccount(form: Record<string, string>): PracticeResponse
  consent(form: Record<string, string>): PracticeResponse
  /** The code's content; a code that was used stays known as used. */
  findCode(code: string): AuthorizationCode | undefined
}

interface Ticket {
  client: Client
  scopes: AskedScopes
  createdAt: number
  prompt: string
  loginHint: string | undefined
  person: PracticePerson | undefined
  goal: RedirectGoal | { kind: 'device'; userCode: string }
}

interface RedirectGoal {
  kind: 'redirect'
  redirectUri: string
  redirectKind: 'public' | 'web'
  responseMode: 'form_post' | 'query'
  state: string | undefined
  nonce: string | undefined
  codeChallenge: string | undefined
  wantsClientInfo: boolean
}

const TICKET_MS = 15 * 60_000
const CODE_MS = 5 * 60_000
const MAX_KEPT = 500

/** The sign-in pages of one tenant; tickets and codes are in memory only. */
export function createSignIn(tenant: Tenant, deviceCodes: DeviceCodes): SignIn {
  const tickets = new Map<string, Ticket>()
  const codes = new Map<string, AuthorizationCode>()

  const keepTicket = (ticket: Ticket): string => {
    const name = randomBytes(24).toString('base64url')
    keepLatest(tickets)
    tickets.set(name, ticket)
    return name
  }

  const showAccounts = (ticket: Ticket): PracticeResponse =>
    pages.accountPage({
      ticket: keepTicket(ticket),
      appName: ticket.client.name,
      organization: tenant.displayName,
      people: people.map((person) => ({ person, role: roleOf(tenant, person) })),
      loginHint: ticket.loginHint,
    })

  const takeTicket = (
    form: Record<string, string>,
  ): { name: string; ticket: Ticket } | undefined => {
    const name = form['ticket'] ?? ''
    const ticket = tickets.get(name)
    if (!ticket || tenant.now() - ticket.createdAt > TICKET_MS) return undefined
    return { name, ticket }
  }

  const finish = (ticket: Ticket, refusal?: EntraError): PracticeResponse => {
    const { goal, person } = ticket
    if (goal.kind === 'device') {
      if (refusal || !person) {
        deviceCodes.decline(goal.userCode, refusal ?? refusals.cancelled())
        return pages.donePage('Sign-in cancelled', 'You can close this page.')
      }
      deviceCodes.approve(goal.userCode, person)
      return pages.donePage('You have signed in', 'You can close this page and go back to the app.')
    }
    if (refusal || !person) {
      return sendBack(goal, errorFields(tenant, refusal ?? refusals.cancelled()))
    }
    const code = `1.${randomBytes(48).toString('base64url')}`
    keepLatest(codes)
    codes.set(code, {
      clientId: ticket.client.appId,
      redirectUri: goal.redirectUri,
      redirectKind: goal.redirectKind,
      person,
      scopes: ticket.scopes,
      nonce: goal.nonce,
      codeChallenge: goal.codeChallenge,
      expiresAt: tenant.now() + CODE_MS,
      used: false,
    })
    return sendBack(goal, {
      code,
      ...(goal.wantsClientInfo ? { client_info: clientInfo(tenant, person) } : {}),
      session_state: randomBytes(16).toString('hex'),
    })
  }

  return {
    authorize: (query) => {
      let goal: RedirectGoal
      let client: Client
      try {
        client = findClient(tenant, query.get('client_id') ?? undefined)
        goal = readGoal(client, query)
      } catch (error) {
        // Without a redirect address that is known to be the client's, the person is told instead.
        if (!(error instanceof EntraError)) throw error
        return pages.errorPage(errorFields(tenant, error)['error_description'] ?? '')
      }
      try {
        checkEnabled(tenant, client)
        const ticket = readTicket(tenant, { client, goal, query })
        if (ticket.prompt === 'none') throw refusals.loginRequired()
        return showAccounts(ticket)
      } catch (error) {
        if (!(error instanceof EntraError)) throw error
        return sendBack(goal, errorFields(tenant, error))
      }
    },
    continueDevice: (userCode) => {
      const waiting = deviceCodes.findWaiting(userCode)
      if (!waiting) {
        return pages.deviceCodePage({
          code: userCode,
          problem: 'That code did not work. Check it and try again, or ask the app for a new one.',
        })
      }
      return showAccounts({
        client: waiting.client,
        scopes: waiting.scopes,
        createdAt: tenant.now(),
        prompt: '',
        loginHint: undefined,
        person: undefined,
        goal: { kind: 'device', userCode: waiting.userCode },
      })
    },
    chooseAccount: (form) => {
      const taken = takeTicket(form)
      if (!taken)
        return pages.errorPage('This sign-in page is too old. Start again in the application.')
      const { name, ticket } = taken
      if (form['decision'] === 'cancel') {
        tickets.delete(name)
        return finish(ticket, refusals.cancelled())
      }
      const person = findPerson(form['person'] ?? '')
      if (!person) return showAccounts(ticket)
      ticket.person = person
      approveSignInClient(tenant, ticket, person)
      const missing = missingConsent(tenant, {
        client: ticket.client,
        personId: person.id,
        scopes: ticket.scopes,
      })
      const toShow = ticket.prompt === 'consent' ? [...ticket.scopes.named] : missing
      if (toShow.length === 0) {
        tickets.delete(name)
        return finish(ticket)
      }
      const isAdmin = mayConsentForAll(roleOf(tenant, person))
      const about = { ticket: name, appName: ticket.client.name, person, scopes: toShow }
      if (!isAdmin && missing.some((scope) => findScope(scope)?.adminOnly === true)) {
        return pages.approvalPage(about)
      }
      return pages.consentPage({ ...about, mayConsentForAll: isAdmin })
    },
    consent: (form) => {
      const taken = takeTicket(form)
      if (!taken?.ticket.person) {
        return pages.errorPage('This consent page is too old. Start again in the application.')
      }
      const { name, ticket } = taken
      const { client, person, scopes } = ticket
      if (!person) return showAccounts(ticket)
      tickets.delete(name)
      const missing = missingConsent(tenant, { client, personId: person.id, scopes })
      const isAdmin = mayConsentForAll(roleOf(tenant, person))
      if (!isAdmin && missing.some((scope) => findScope(scope)?.adminOnly === true)) {
        return finish(ticket, refusals.adminNeeded(client.name))
      }
      if (form['decision'] !== 'accept' || tenant.faults.isOn('consent-refused')) {
        return finish(ticket, refusals.declined())
      }
      const forAll = isAdmin && form['organization'] === 'yes'
      keepConsent(tenant, {
        appId: client.appId,
        scopes: missing,
        personId: forAll ? null : person.id,
      })
      return finish(ticket)
    },
    findCode: (code) => codes.get(code),
  }
}

/**
 * An administrator whose role is only eligible, or a custom one, cannot approve the sign-in client.
 * Where such people work it was approved for the organization before: or they could never sign in.
 */
function approveSignInClient(tenant: Tenant, ticket: Ticket, person: PracticePerson): void {
  const isAsleep = tenant.faults.isOn('pim-eligible-role') || tenant.faults.isOn('custom-role-only')
  if (!isAsleep || person.role === 'user' || ticket.client.appId !== BOOTSTRAP_APP_ID) return
  const { client, scopes } = ticket
  const missing = missingConsent(tenant, { client, personId: person.id, scopes })
  if (missing.length === 0) return
  keepConsent(tenant, { appId: client.appId, scopes: missing, personId: null })
}

function readGoal(client: Client, query: URLSearchParams): RedirectGoal {
  const redirectUri = query.get('redirect_uri') ?? ''
  const kind = redirectKind(client, redirectUri)
  if (!kind) throw refusals.redirectMismatch(redirectUri, client.appId)
  return {
    kind: 'redirect',
    redirectUri,
    redirectKind: kind,
    responseMode: query.get('response_mode') === 'form_post' ? 'form_post' : 'query',
    state: query.get('state') ?? undefined,
    nonce: query.get('nonce') ?? undefined,
    codeChallenge: query.get('code_challenge') ?? undefined,
    wantsClientInfo: query.get('client_info') === '1',
  }
}

function readTicket(
  tenant: Tenant,
  asked: { client: Client; goal: RedirectGoal; query: URLSearchParams },
): Ticket {
  const { client, goal, query } = asked
  const responseType = query.get('response_type') ?? ''
  if (responseType !== 'code') throw refusals.unsupportedResponse(responseType)
  const mode = query.get('response_mode') ?? 'query'
  if (mode !== 'query' && mode !== 'form_post') throw refusals.unsupportedResponse(mode)
  const method = query.get('code_challenge_method')
  const hasChallenge = goal.codeChallenge !== undefined && method === 'S256'
  const saysOtherwise = goal.codeChallenge !== undefined && method !== 'S256'
  if (saysOtherwise || (goal.redirectKind === 'public' && !hasChallenge)) {
    throw refusals.challengeMissing()
  }
  return {
    client,
    scopes: readScopes(tenant, client, query.get('scope') ?? undefined),
    createdAt: tenant.now(),
    prompt: query.get('prompt') ?? '',
    loginHint: query.get('login_hint') ?? undefined,
    person: undefined,
    goal,
  }
}

function sendBack(goal: RedirectGoal, fields: Record<string, string>): PracticeResponse {
  const all = goal.state === undefined ? fields : { ...fields, state: goal.state }
  if (goal.responseMode === 'form_post') return pages.returnPage(goal.redirectUri, all)
  const target = new URL(goal.redirectUri)
  for (const [name, value] of Object.entries(all)) target.searchParams.set(name, value)
  return { status: 302, headers: { location: target.href } }
}

/** Makes room: the oldest entry goes when there are too many. */
function keepLatest(map: Map<string, unknown>): void {
  if (map.size < MAX_KEPT) return
  const [oldest] = map.keys()
  if (oldest !== undefined) map.delete(oldest)
}
