// The rows of the drift report: each object of the tenant as it should be and as it is. Pure functions.
import type { DriftObject, DriftPermission, DriftRow } from '../../contract/models/application.ts'
import { SIGN_IN_AUDIENCE } from './application.ts'
import type { DriftFacts, Surplus } from './drift-report.ts'
import { GRAPH_APP_ID } from './permissions.ts'
import { decideSecret } from './secret-decision.ts'

interface RowTools {
  permissions: DriftPermission[]
  /** Notes something that may be removed; returns its removalId. */
  offer: (found: Surplus) => string
}

/** Ours first, in the order of the set-up; then what others added. */
export function driftRows(facts: DriftFacts, tools: RowTools): DriftRow[] {
  return [
    applicationRow(facts),
    audienceRow(facts, tools),
    redirectRow(facts),
    principalRow(facts),
    permissionsRow(tools, {
      object: 'required-resource-access',
      name: 'Permissions listed on the application',
      has: (one) => one.configured,
      ofKind: null,
      detail:
        'Entra shows this list under API permissions. Repair adds what is missing and keeps the rest.',
    }),
    secretRow(facts),
    permissionsRow(tools, {
      object: 'delegated-grant',
      name: 'Consent to delegated permissions',
      has: (one) => one.granted,
      ofKind: 'delegated',
      detail: 'Without it agents are asked for an administrator when they connect Teams.',
    }),
    permissionsRow(tools, {
      object: 'app-role-assignments',
      name: 'Consent to application permissions',
      has: (one) => one.granted,
      ofKind: 'application',
      detail: 'Without it messages from Teams do not reach the contact center.',
    }),
    ...surplusRows(facts, tools),
  ]
}

type Finding = Pick<DriftRow, 'state' | 'expected' | 'found' | 'detail'>

function row(object: DriftObject, name: string, finding: Finding): DriftRow {
  return { object, name, removalId: null, ...finding }
}

function applicationRow({ reading, record }: DriftFacts): DriftRow {
  const { application } = reading
  const isMade = record.origin === 'made'
  return row('application', application?.displayName ?? record.displayName, {
    state: application ? 'ok' : 'missing',
    expected: `Client ID ${record.appId}`,
    found: application ? `Client ID ${application.appId}` : 'It is not in the tenant any more',
    detail: application
      ? ''
      : `Somebody deleted it, and Teams stops working for the contact center. For 30 days it can be restored under “Deleted applications” in Entra. ${
          isMade
            ? 'Repair sets up a new one where Entra lets it; the values for the integration account are then new ones.'
            : 'EMI Tray did not make it and cannot make it again.'
        }`,
  })
}

function audienceRow({ reading: { application }, record }: DriftFacts, tools: RowTools): DriftRow {
  const audience = application?.signInAudience ?? null
  const isRight = audience === SIGN_IN_AUDIENCE
  const only = 'Only people of your own tenant'
  const name = 'Who can sign in'
  const base = { expected: only, found: isRight ? only : (audience ?? 'Nothing') }
  if (!application) return row('sign-in-audience', name, { ...base, state: 'missing', detail: '' })
  if (isRight) return row('sign-in-audience', name, { ...base, state: 'ok', detail: '' })
  const wide = 'People of other organizations can use the application.'
  // Whoever made it may have wanted that.
  if (record.origin !== 'made') {
    const detail = `${wide} It stays so unless you choose to limit it to your own tenant.`
    const finding = { ...base, state: 'surplus' as const, detail }
    return {
      ...row('sign-in-audience', name, finding),
      removalId: tools.offer({ kind: 'audience' }),
    }
  }
  const detail = `${wide} Repair limits it to your own tenant.`
  return row('sign-in-audience', name, { ...base, state: 'different', detail })
}

function redirectRow({ reading: { application }, redirectUri }: DriftFacts): DriftRow {
  const found = application?.web.redirectUris ?? []
  const isThere = found.includes(redirectUri)
  return row('redirect-uri', 'Redirect URI', {
    state: isThere ? 'ok' : 'missing',
    expected: redirectUri,
    found: isThere ? redirectUri : found.length > 0 ? found.join(', ') : 'None',
    detail: isThere
      ? ''
      : 'Agents cannot come back from the sign-in to Teams. Repair adds it and keeps the others.',
  })
}

function principalRow({ reading: { servicePrincipal } }: DriftFacts): DriftRow {
  const isOff = servicePrincipal?.accountEnabled === false
  return row('service-principal', 'Enterprise application', {
    state: !servicePrincipal ? 'missing' : isOff ? 'different' : 'ok',
    expected: 'In your tenant, and enabled',
    found: !servicePrincipal
      ? 'Not in your tenant'
      : `Object id ${servicePrincipal.id}${isOff ? ', switched off' : ''}`,
    detail: isOff
      ? 'Somebody switched it off, so nothing can sign in with it. Repair switches it on again: ask first who did it, and why.'
      : servicePrincipal
        ? ''
        : 'Nothing can be granted to it, and nothing can sign in with it. Repair makes it again.',
  })
}

function permissionsRow(
  { permissions }: RowTools,
  about: {
    object: DriftObject
    name: string
    has: (permission: DriftPermission) => boolean
    ofKind: DriftPermission['kind'] | null
    detail: string
  },
): DriftRow {
  const required = permissions.filter(
    ({ kind, required: isRequired }) =>
      isRequired && (about.ofKind === null || kind === about.ofKind),
  )
  const missing = required.filter((one) => !about.has(one))
  const there = required.length - missing.length
  return row(about.object, about.name, {
    state: missing.length === 0 ? 'ok' : 'missing',
    expected: `${required.length} permissions`,
    found:
      missing.length === 0
        ? `All ${required.length}`
        : `${there} of ${required.length}; missing: ${missing.map(({ value }) => value).join(', ')}`,
    detail: missing.length === 0 ? '' : about.detail,
  })
}

/** A new secret only helps once it is entered on the other side. */
const ENTER_IT =
  'Repair makes a new secret. Enter it in the integration account afterwards: edit the account, never delete it.'

function secretRow({ reading, record, secretText, now }: DriftFacts): DriftRow {
  const credentials = reading.application?.passwordCredentials ?? []
  const decision = decideSecret({ record, text: secretText, credentials, now })
  const base = { expected: 'A valid secret whose value EMI Tray holds' }
  const say = (finding: Omit<Finding, 'expected'>) =>
    row('client-secret', 'Client secret', { ...base, ...finding })
  if (decision.kind !== 'make') {
    const { hint, endDateTime } = decision.credential
    const found = `Begins with ${hint}, valid until ${endDateTime.slice(0, 10)}`
    if (decision.kind === 'keep') return say({ state: 'ok', found, detail: '' })
    return say({
      state: 'different',
      found,
      detail: 'An interrupted run made it and did not finish. Repair takes it into use.',
    })
  }
  switch (decision.why) {
    case 'none':
      return say({ state: 'missing', found: 'None that EMI Tray knows', detail: ENTER_IT })
    case 'removed':
      return say({
        state: 'missing',
        found: 'The one that was handed over is not there any more',
        detail: `Somebody removed it in Entra. ${ENTER_IT}`,
      })
    case 'expired':
      return say({ state: 'different', found: 'It has expired', detail: ENTER_IT })
    case 'value-lost':
      return say({
        state: 'different',
        found: 'It is there, but EMI Tray does not hold its value',
        detail: `The contact center may still have it. ${ENTER_IT}`,
      })
  }
}

const STAYS = 'EMI Tray does not need it. It stays unless you choose to remove it.'

function surplusRows({ reading, redirectUri }: DriftFacts, { offer }: RowTools): DriftRow[] {
  const { application, graphPrincipal, grants, assignments } = reading
  const surplus = (about: {
    object: DriftObject
    name: string
    found: string
    is: Surplus
  }): DriftRow => ({
    object: about.object,
    state: 'surplus',
    name: about.name,
    expected: 'Not needed',
    found: about.found,
    detail: STAYS,
    removalId: offer(about.is),
  })
  const isOfGraph = (resourceId: string) => resourceId === graphPrincipal.id
  return [
    ...(application?.web.redirectUris ?? [])
      .filter((uri) => uri !== redirectUri)
      .map((uri) =>
        surplus({
          object: 'redirect-uri',
          name: 'Another redirect URI',
          found: uri,
          is: { kind: 'redirect-uri', uri },
        }),
      ),
    ...(application?.requiredResourceAccess ?? [])
      .filter(({ resourceAppId }) => resourceAppId.toLowerCase() !== GRAPH_APP_ID)
      .map(({ resourceAppId, resourceAccess }) =>
        surplus({
          object: 'required-resource-access',
          name: `Permissions of another API, ${resourceAppId}`,
          found: resourceAccess.map(({ id, type }) => `${type} ${id}`).join(', '),
          is: { kind: 'configured-resource', resourceAppId },
        }),
      ),
    ...grants
      .filter((grant) => !isOfGraph(grant.resourceId))
      .map((grant) =>
        surplus({
          object: 'delegated-grant',
          name: `Consent to another API, ${grant.resourceId}`,
          found: grant.scope.trim(),
          is: { kind: 'grant', grantId: grant.id },
        }),
      ),
    ...assignments
      .filter((one) => !isOfGraph(one.resourceId))
      .map((one) =>
        surplus({
          object: 'app-role-assignments',
          name: `Role of another API, ${one.resourceDisplayName || one.resourceId}`,
          found: one.appRoleId,
          is: { kind: 'assignment', assignmentId: one.id },
        }),
      ),
  ]
}
