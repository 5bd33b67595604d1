// The preflight's look at the account's roles: which part of the set-up they allow, and who can help with the rest.
import type { CheckResult } from '../../contract/models/setup.ts'
import { adminCenterIn } from '../clouds.ts'
import { ok, problem, type Reading, valueOf } from './check-result.ts'
import type { EntraContext } from './context.ts'
import {
  APPLICATION_ROLES,
  CONSENT_ROLES,
  mayConsent,
  mayCreateApplications,
  REGISTRATION_ROLES,
  unknownRoles,
} from './directory-roles.ts'
import type { RoleReadings, TenantReadings } from './preflight-reads.ts'

const CONSENT = CONSENT_ROLES.join(' or ')
const APPLICATION = APPLICATION_ROLES.join(' or ')

/** What is known of the account's roles. */
export interface RoleFindings {
  /** Active ones: in the token, or through a group. */
  active: string[]
  /** Custom ones, and those that this version does not know. */
  unknown: string[]
  /** Those that could be activated; undefined where that could not be read. */
  eligible: string[] | undefined
  /** False where custom roles could not be read: the account may hold one unseen. */
  isComplete: boolean
  usersMayRegister: Reading<{ policyId: string; allowed: boolean }>
}

/** Puts the reads about roles together; `more` is null where the second look was not needed. */
export function roleFindings(
  { account }: EntraContext,
  readings: TenantReadings,
  more: RoleReadings | null,
): RoleFindings {
  const active = [...new Set([...account.roles, ...(valueOf(readings.activeRoles) ?? [])])]
  const custom = (more && valueOf(more.custom)) ?? []
  return {
    active,
    unknown: [...new Set([...unknownRoles(active), ...custom])],
    eligible: more ? valueOf(more.eligible) : undefined,
    isComplete: more !== null && 'value' in more.custom,
    usersMayRegister: readings.usersMayRegister,
  }
}

/** May this account create the application, and consent for the organization? */
export function rolesResult(context: EntraContext, findings: RoleFindings): CheckResult {
  const { active, unknown, usersMayRegister } = findings
  const held = active.join(', ')
  if (mayConsent(active)) return ok('roles', `The account may set up everything: ${held}.`)
  if (mayRegister(active)) {
    return consentLeft(context, findings, {
      message: `The account may create the application (${held}), but not consent to its application permissions.`,
    })
  }
  if (unknown.length > 0) return unknownResult(context, findings)
  if (valueOf(usersMayRegister)?.allowed) {
    return consentLeft(context, findings, {
      message:
        'The account has no administrator role. It may register the application, as every user of the tenant may, but not consent to its application permissions.',
    })
  }
  return problem(context, {
    name: 'roles',
    // A custom role that we may not read could allow it all the same: then Graph decides.
    state: findings.isComplete ? 'failed' : 'warning',
    message: `${findings.isComplete ? 'The account may not create applications.' : 'The account probably may not create applications.'} ${held ? `Its active roles are: ${held}.` : 'It has no active administrator role.'}`,
    reason: `Creating the application takes an ${APPLICATION}. Consent to its application permissions takes a ${CONSENT}.${findings.isComplete ? '' : ' Custom roles of your organization could not be read; if one allows it, you can go on, and Microsoft Graph decides.'}`,
    nextStep: `${activation(findings, [...CONSENT_ROLES, ...APPLICATION_ROLES])} Or sign in with a ${CONSENT}; for a part of it ${APPLICATION} is enough.`,
    ask: `My account has no active role that may do this. Could a ${CONSENT} sign in to EMI Tray on my computer and apply the plan, or assign me the role ${APPLICATION} for the first part in ${adminCenterIn(context.cloud.id)}?`,
    link: 'pim-my-roles',
  })
}

/** May applications be registered with this account? Only of interest without an application administrator's role. */
export function registrationResult(context: EntraContext, findings: RoleFindings): CheckResult {
  const { active, unknown, usersMayRegister } = findings
  const name = 'app-registration'
  if (mayRegister(active)) return ok(name, 'The role of the account lets it register applications.')
  const policy = valueOf(usersMayRegister)
  if (policy?.allowed) return ok(name, 'Every user of the tenant may register applications.')
  if (!policy) {
    return problem(context, {
      name,
      state: 'warning',
      message: 'Whether users may register applications in this tenant could not be read.',
      reason: `Without a role such as ${APPLICATION} it depends on that setting. Reading it takes the permission Policy.Read.All, which EMI Tray does not ask for.`,
      nextStep: `Ask your identity team, or sign in with a role such as ${APPLICATION}.`,
      ask: `May users of this tenant register applications (authorizationPolicy, allowedToCreateApps)? If not, could you assign me the role ${APPLICATION} in ${adminCenterIn(context.cloud.id)}?`,
      link: 'entra-user-settings',
    })
  }
  return problem(context, {
    name,
    // A role that we do not know may allow it all the same.
    state: unknown.length > 0 || !findings.isComplete ? 'warning' : 'failed',
    message: 'Users of this tenant may not register applications.',
    reason: `The tenant’s authorization policy forbids it (${policy.policyId || 'authorizationPolicy'}, allowedToCreateApps is off), so it takes a role such as ${APPLICATION}.`,
    nextStep: `Ask for the role ${APPLICATION}, or let somebody who holds it sign in here. Then check again.`,
    ask: `The authorization policy of the tenant (${policy.policyId || 'authorizationPolicy'}, allowedToCreateApps) does not let users register applications. Could you assign me the role ${APPLICATION} in ${adminCenterIn(context.cloud.id)}, or sign in to EMI Tray on my computer and apply the plan?`,
    link: 'entra-user-settings',
  })
}

/** True when the roles leave nothing to look up. */
export function knowsEnough(account: EntraContext['account'], readings: TenantReadings): boolean {
  return mayConsent([...account.roles, ...(valueOf(readings.activeRoles) ?? [])])
}

function mayRegister(roles: string[]): boolean {
  return mayCreateApplications(roles) || roles.some((role) => REGISTRATION_ROLES.includes(role))
}

function consentLeft(
  context: EntraContext,
  findings: RoleFindings,
  { message }: { message: string },
): CheckResult {
  return problem(context, {
    name: 'roles',
    state: 'warning',
    message,
    reason: `Consent to Microsoft Graph application permissions takes a ${CONSENT}; other application roles cannot give it.`,
    nextStep: `You can go on: what is possible is made. For the rest, a ${CONSENT} signs in here and applies the plan again, or opens the consent link. ${activation(findings, CONSENT_ROLES)}`,
    ask: `I can create the application “${context.settings.applicationName}” myself, but consent for the organization takes a ${CONSENT}. Could one of you give it, with the consent link that I shall send or by signing in to EMI Tray on my computer?`,
    link: 'pim-my-roles',
  })
}

function unknownResult(context: EntraContext, findings: RoleFindings): CheckResult {
  const names = findings.unknown.join(', ')
  return problem(context, {
    name: 'roles',
    state: 'warning',
    message: `The account has a role whose rights EMI Tray does not know: ${names}.`,
    reason: 'A custom role may allow all of the set-up or a part of it. Microsoft Graph decides.',
    nextStep: `You can go on: if a right is missing, EMI Tray stops there and says which, and what was made stays. A ${CONSENT} can do the rest. ${activation(findings, [...CONSENT_ROLES, ...APPLICATION_ROLES])}`,
    ask: `My account has the role ${names}. Does it allow me to create an application with a client secret, and to consent to Microsoft Graph application permissions? If not, could a ${CONSENT} do the rest?`,
    link: 'pim-my-roles',
  })
}

/** What to do in Privileged Identity Management, as far as that is known. */
function activation({ eligible }: RoleFindings, useful: string[]): string {
  if (eligible === undefined) {
    return 'If you hold a role in Privileged Identity Management, activate it, then press Check again.'
  }
  const ready = eligible.filter((role) => useful.includes(role))
  if (ready.length === 0) {
    return 'Privileged Identity Management has no role for this account itself that would help; roles through groups are not looked at.'
  }
  return `Privileged Identity Management lets you activate ${ready.join(' or ')}: activate it, then press Check again.`
}
