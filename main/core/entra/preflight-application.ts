// The preflight's look at what is there already, and at what the tenant allows for it: applications and secrets.
import type { ApplicationCandidate, CheckResult } from '../../contract/models/setup.ts'
import { adminCenterIn } from '../clouds.ts'
import { readSecretRules } from './app-management-policy.ts'
import { ok, problem, type Reading, valueOf } from './check-result.ts'
import type { EntraContext } from './context.ts'
import { hasStatus } from './graph-client.ts'

const DAYS_PER_MONTH = 30
/** Shorter than this no secret is asked for: it would expire before anybody expects it. */
const SHORTEST_SECRET_DAYS = 30

/** Is the application there already, and is it certain which one it is? */
export function applicationResult(
  context: EntraContext,
  candidates: Reading<ApplicationCandidate[]>,
): CheckResult {
  const name = 'existing-application'
  if ('error' in candidates) {
    return problem(context, {
      name,
      state: 'warning',
      message: 'Whether the application exists already could not be read.',
      reason: candidates.error.message,
      nextStep: candidates.error.nextStep,
      ask: `Is there an application registration for the Enterprise Messenger Integration of our contact center already? If so, I need its Application (client) ID.`,
      link: 'entra-app-registrations',
    })
  }
  const live = candidates.value.filter((one) => one.deletedAt === null)
  const chosen = live.find((one) => one.chosen) ?? null
  if (chosen) return foundResult(chosen, live)
  const { adoptedAppId } = context.settings
  const key = adoptedAppId === '' ? 'unique-name' : 'client-id'
  const deleted = candidates.value.find(
    (one) => one.deletedAt !== null && one.matchedBy.includes(key),
  )
  if (deleted) return deletedResult(context, deleted)
  if (adoptedAppId !== '') return adoptedGone(context)
  if (live.length === 0) {
    return ok(name, 'No such application exists yet. EMI Tray will make one.')
  }
  const list = live.map(nameOf).join('; ')
  return problem(context, {
    name,
    state: 'warning',
    message:
      live.length === 1
        ? `An application looks like the one that is needed: ${list}.`
        : `${live.length} applications look like the one that is needed: ${list}.`,
    reason:
      'Somebody may have made it by hand for this contact center. A second one would work, but the contact center can use only one of them.',
    nextStep: 'Choose the one to use, or let EMI Tray make one of its own.',
    ask: `I found ${list}. Which of them stands for the Enterprise Messenger Integration of our contact center, and may EMI Tray use it?`,
    link: 'entra-app-registrations',
  })
}

/** May the application have a client secret, and for as long as the settings ask? */
export function secretPolicyResult(
  context: EntraContext,
  policy: Reading<unknown>,
  candidates: Reading<ApplicationCandidate[]>,
): CheckResult {
  const name = 'secret-policy'
  const { settings, clock, cloud } = context
  const wanted = `${settings.secretLifetimeMonths} months`
  const createdAt = createdAtOf(valueOf(candidates) ?? []) ?? clock.now()
  const rules = 'value' in policy ? readSecretRules(policy.value, createdAt) : undefined
  if (!rules) {
    const why =
      'error' in policy && hasStatus(policy.error, 403)
        ? 'reading it takes the permission Policy.Read.All, which EMI Tray does not ask for'
        : 'Microsoft Graph did not answer as expected'
    return ok(
      name,
      `The policy for client secrets could not be read: ${why}. EMI Tray asks for a secret of ${wanted}, and for a shorter one if the policy wants that.`,
    )
  }
  const named = `“${rules.displayName || 'defaultAppManagementPolicy'}”${rules.policyId ? ` (${rules.policyId})` : ''}`
  const exempt = `exempt the application “${settings.applicationName}” with an app management policy of its own, in ${adminCenterIn(cloud.id)}`
  if (rules.forbidden) {
    return problem(context, {
      name,
      state: 'failed',
      message: 'A policy of your organization forbids client secrets.',
      reason: `The app management policy ${named} does not let secrets be added (passwordAddition). Bright Pattern’s form accepts nothing else.`,
      nextStep:
        'Ask your identity team to exempt this application from the policy, then check again.',
      ask: `The application “${settings.applicationName}” needs one client secret, since the contact center accepts no certificate. The app management policy ${named} forbids adding secrets (passwordAddition). Could you ${exempt}?`,
      link: 'entra-app-management-policies',
    })
  }
  const days = rules.maxDays === null ? null : Math.floor(rules.maxDays)
  if (days === null || days >= settings.secretLifetimeMonths * DAYS_PER_MONTH) {
    return ok(name, `Client secrets of ${wanted} are allowed.`)
  }
  const limited = {
    name,
    reason: `The app management policy ${named} limits the lifetime of client secrets to ${days} days (passwordLifetime).`,
    link: 'entra-app-management-policies',
  } as const
  if (days < SHORTEST_SECRET_DAYS) {
    return problem(context, {
      ...limited,
      state: 'failed',
      message: `A policy of your organization allows client secrets for ${days} days only.`,
      nextStep:
        'Ask your identity team to allow at least a month for this application, then check again.',
      ask: `The app management policy ${named} limits client secrets to ${days} days (passwordLifetime), which is too short for an integration that people renew by hand. Could you ${exempt}, with at least 180 days?`,
    })
  }
  return problem(context, {
    ...limited,
    state: 'warning',
    message: `A policy of your organization allows client secrets for ${days} days, not for ${wanted}.`,
    nextStep: `You can go on: EMI Tray asks for a secret of at most ${days} days, and warns before it expires.`,
    ask: `The app management policy ${named} limits client secrets to ${days} days (passwordLifetime). If a longer lifetime is acceptable for the application “${settings.applicationName}”, could you ${exempt}, with ${wanted}?`,
  })
}

function foundResult(chosen: ApplicationCandidate, live: ApplicationCandidate[]): CheckResult {
  const others = live.length - 1
  const rest =
    others === 0
      ? ''
      : ` ${others === 1 ? 'One other looks' : `${others} others look`} like it and will not be touched.`
  return ok(
    'existing-application',
    `The application is there and will be used: ${nameOf(chosen)}.${rest}`,
  )
}

function adoptedGone(context: EntraContext): CheckResult {
  const { adoptedAppId } = context.settings
  return problem(context, {
    name: 'existing-application',
    state: 'failed',
    message: `The application that was chosen (client ID ${adoptedAppId}) is not in this tenant.`,
    reason: 'It was deleted for good, or it belongs to another tenant.',
    nextStep: 'Choose another application, or let EMI Tray make one of its own. Then check again.',
    ask: `Is there an application with the client ID ${adoptedAppId} in our tenant, and if not, in which one is it?`,
    link: 'entra-app-registrations',
  })
}

function deletedResult(context: EntraContext, deleted: ApplicationCandidate): CheckResult {
  return problem(context, {
    name: 'existing-application',
    state: 'failed',
    message: `The application for this contact center was deleted: ${nameOf(deleted)}, on ${(deleted.deletedAt ?? '').slice(0, 10)}.`,
    reason:
      'Microsoft keeps a deleted application for 30 days, together with its unique name. Until it is gone for good, no new one can be made in its place.',
    nextStep:
      'Restore it here, or delete it permanently under “Deleted applications” in App registrations and wait a minute. Then check again.',
    ask: `The application ${nameOf(deleted)} is among the deleted applications. Could you restore it, or delete it permanently, in ${adminCenterIn(context.cloud.id)} under App registrations, “Deleted applications”?`,
    link: 'entra-deleted-applications',
  })
}

function nameOf({ displayName, appId, owners }: ApplicationCandidate): string {
  const owned = owners.length > 0 ? `, owned by ${owners.join(', ')}` : ''
  return `“${displayName}” (client ID ${appId}${owned})`
}

/** Policies may hold only for applications that are newer than they are. */
function createdAtOf(candidates: ApplicationCandidate[]): Date | null {
  const chosen = candidates.find((one) => one.deletedAt === null && one.chosen)
  const at = Date.parse(chosen?.createdAt ?? '')
  return Number.isNaN(at) ? null : new Date(at)
}
