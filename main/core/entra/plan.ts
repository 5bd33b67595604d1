// The plan: what exists in the tenant, what applying would create or change, and why. Only reads.
import type { Plan, PlanRow } from '../../contract/models/setup.ts'
import { redirectUriOf } from '../settings.ts'
import {
  applicationChange,
  redirectUrisOf,
  redirectUrisWith,
  SIGN_IN_AUDIENCE,
  uniqueNameOf,
} from './application.ts'
import { missingRoles, missingScopes } from './consent.ts'
import type { EntraContext } from './context.ts'
import { type WantedPermissions, wantedPermissions } from './permissions.ts'
import { isForeign } from './provisioning-notes.ts'
import { CLIENT_SECRET_NAME, isMadeHere, readProvisioningRecord } from './provisioning-record.ts'
import { missingAccess, type ResolvedPermission, resolvePermissions } from './required-access.ts'
import { decideSecret, type SecretDecision } from './secret-decision.ts'
import { readTenantObjects, type TenantObjects } from './tenant-objects.ts'

/** Reads the tenant and says what applying would do. Throws AppError tenant-url-invalid, application-missing and GraphError. */
export async function makePlan(context: EntraContext): Promise<Plan> {
  const { settings, clock } = context
  const redirectUri = redirectUriOf(settings.tenantUrl)
  const wanted = wantedPermissions(settings)
  const found = await look(context, wanted)
  const rows = [
    applicationRow(context, found),
    servicePrincipalRow(found),
    redirectRow(found, redirectUri),
    requiredAccessRow(found),
    secretRow(context, found),
    grantRow(found, wanted),
    assignmentsRow(found, wanted),
  ]
  const lacking = new Set([
    ...missingScopes(found.grant, wanted.delegated).map((value) => `delegated ${value}`),
    ...missingRoles(found.assignments, found.permissions).map(
      ({ value }) => `application ${value}`,
    ),
  ])
  return {
    createdAt: clock.now().toISOString(),
    redirectUri,
    rows,
    permissions: wanted.permissions.map((permission) => ({
      ...permission,
      granted: !lacking.has(`${permission.kind} ${permission.value}`),
    })),
    nothingToDo: rows.every((row) => row.action === 'leave'),
  }
}

/** What is in the tenant, and what we noted and hold. */
interface Found extends TenantObjects {
  permissions: ResolvedPermission[]
  secretText: string | undefined
  /** True where somebody else made the application, or another installation handed it over. */
  isForeign: boolean
  /** True where EMI Tray made the application of the earlier set-up. */
  isEarlierOurs: boolean
}

async function look(context: EntraContext, wanted: WantedPermissions): Promise<Found> {
  const { database, secrets, settings } = context
  const noted = await readProvisioningRecord(database)
  const [objects, secretText] = await Promise.all([
    readTenantObjects(context, noted),
    secrets.get(CLIENT_SECRET_NAME),
  ])
  const { application, record, graphPrincipal } = objects
  return {
    ...objects,
    permissions: resolvePermissions(graphPrincipal, wanted),
    record: application ? record : null,
    secretText,
    isForeign: isForeign(settings, { application, record }),
    isEarlierOurs: objects.earlier !== null && noted !== null && isMadeHere(noted),
  }
}

function applicationRow({ settings }: EntraContext, found: Found): PlanRow {
  const { application, record } = found
  const reason =
    'The contact center’s server signs in to Microsoft with it. Only people of your own tenant can use it.'
  const earlier = found.earlier
    ? ` The one set up before, ${found.earlier.displayName || 'without a name'} with Client ID ${found.earlier.appId}, is another application and is not touched.${found.isEarlierOurs ? ' EMI Tray made it:' : ' What EMI Tray added to it stays there, a client secret with it, which goes on working:'} “Leave EMI Tray” in Settings, or “emi-tray remove”, lists it from then on and can remove it.`
    : ''
  const base = { object: 'application', reason } as const
  if (!application) {
    return {
      ...base,
      action: 'create',
      name: settings.applicationName,
      detail: `A new single-tenant application, known as ${uniqueNameOf(settings.tenantUrl)}.${earlier}`,
    }
  }
  const about = `It exists with Client ID ${application.appId}`
  if (found.isForeign) {
    const wide =
      application.signInAudience === SIGN_IN_AUDIENCE
        ? ''
        : ' People of other tenants may use it, which stays as it is.'
    return {
      ...base,
      action: 'leave',
      name: application.displayName,
      detail: `${about}. Somebody else made it: its name and everything that is on it stay, and only what is missing is added.${wide}${earlier}`,
      reason: 'The contact center’s server signs in to Microsoft with it.',
    }
  }
  const change = applicationChange(application, {
    name: settings.applicationName,
    lastName: record?.displayName || null,
  })
  const changes = [
    change?.displayName && `its name becomes “${change.displayName}”`,
    change?.signInAudience && 'it is limited to your own tenant',
  ].filter(Boolean)
  return {
    ...base,
    action: change ? 'change' : 'leave',
    name: application.displayName,
    detail: `${about}${change ? `; ${changes.join(', and ')}` : ''}.${earlier}`,
  }
}

function servicePrincipalRow({ servicePrincipal }: Found): PlanRow {
  return {
    object: 'service-principal',
    action: servicePrincipal ? 'leave' : 'create',
    name: 'Enterprise application',
    detail: servicePrincipal
      ? `It exists with object id ${servicePrincipal.id}.`
      : 'The application’s entry in your tenant, which permissions are granted to.',
    reason: 'Without it the application has no place in your tenant, and nothing can be granted.',
  }
}

function redirectRow({ application }: Found, redirectUri: string): PlanRow {
  const missing = application ? redirectUrisWith(application, redirectUri) : [redirectUri]
  const present = application ? redirectUrisOf(application) : []
  const others = present.filter((one) => one !== redirectUri)
  const kept = others.length > 0 ? ` The others stay: ${others.join(', ')}.` : ''
  return {
    object: 'redirect-uri',
    action: !missing ? 'leave' : application ? 'change' : 'create',
    name: redirectUri,
    detail: `${missing ? 'It is added.' : 'It is there.'}${kept}`,
    reason: 'Agents come back to this page after they have signed in to Teams.',
  }
}

function requiredAccessRow({ application, permissions }: Found): PlanRow {
  const missing = missingAccess(application?.requiredResourceAccess ?? [], permissions)
  const names = missing.map(({ value, kind }) => `${value} (${kind})`).join(', ')
  return {
    object: 'required-resource-access',
    action: missing.length === 0 ? 'leave' : application ? 'change' : 'create',
    name: 'API permissions',
    detail:
      missing.length > 0
        ? application
          ? `Added to the list: ${names}. What else is on it stays.`
          : `${permissions.length} permissions are put on the list.`
        : `All ${permissions.length} permissions are on the list.`,
    reason: 'Shows in Entra which permissions the application wants. It grants nothing by itself.',
  }
}

const WHY_NEW: Record<Extract<SecretDecision, { kind: 'make' }>['why'], string> = {
  none: 'A new secret',
  expired: 'The present one has expired. A new secret',
  removed: 'The one we knew was removed in Entra. A new secret',
  'value-lost': 'The value of the present one is not in the vault any more; it stays. A new secret',
}

function secretRow({ settings, clock }: EntraContext, found: Found): PlanRow {
  const { application, record, secretText } = found
  const decision = decideSecret({
    record: record ?? { clientSecret: null, pendingSecret: null },
    text: secretText,
    credentials: application?.passwordCredentials ?? [],
    now: clock.now(),
  })
  const months = settings.secretLifetimeMonths
  const others = application?.passwordCredentials.length ?? 0
  const kept = !record && others > 0 ? ' Secrets that are there already stay.' : ''
  return {
    object: 'client-secret',
    action: decision.kind === 'make' ? 'create' : 'leave',
    name: 'Client secret',
    detail:
      decision.kind === 'make'
        ? `${WHY_NEW[decision.why]} for ${months} months, or the longest your organization allows. Its value is kept in the vault.${kept}`
        : `It begins with ${decision.credential.hint} and is valid until ${decision.credential.endDateTime.slice(0, 10)}.`,
    reason:
      'The contact center’s server proves with it that it is this application. Microsoft no longer offers secrets that never expire.',
  }
}

function grantRow({ grant }: Found, { delegated }: WantedPermissions): PlanRow {
  const missing = missingScopes(grant, delegated)
  const action = missing.length === 0 ? 'leave' : grant ? 'change' : 'create'
  return {
    object: 'delegated-grant',
    action,
    name: 'Consent to delegated permissions',
    detail:
      missing.length === 0
        ? `All ${delegated.length} are granted for the organization.`
        : `Granted for the whole organization: ${missing.join(', ')}.`,
    reason: 'Agents can then connect Teams without asking an administrator one by one.',
  }
}

function assignmentsRow(
  { assignments, permissions }: Found,
  { application }: WantedPermissions,
): PlanRow {
  const missing = missingRoles(assignments, permissions)
  const isNew = missing.length === application.length
  return {
    object: 'app-role-assignments',
    action: missing.length === 0 ? 'leave' : isNew ? 'create' : 'change',
    name: 'Consent to application permissions',
    detail:
      missing.length === 0
        ? `All ${application.length} are granted.`
        : `Granted to the application: ${missing.map((one) => one.value).join(', ')}.`,
    reason:
      'Notifications from Teams reach the contact center while nobody is signed in. This takes a Privileged Role Administrator or Global Administrator.',
  }
}
