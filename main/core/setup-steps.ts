// The seven steps of the guided set-up as a person sees them: which is done, which is next, in one line each; pure.
import { isStopByHand, type ErrorReport } from '../contract/errors.ts'
import type { AccessTrouble } from '../contract/models/application.ts'
import type { Progress } from '../contract/models/job.ts'
import type {
  CheckResult,
  Plan,
  SetupStep,
  SetupStepId,
  SignInState,
  StepState,
  VerifyResult,
} from '../contract/models/setup.ts'
import type { Subscription } from '../contract/models/subscription.ts'
import type { WebhookState } from '../contract/models/webhook.ts'
import type { ProvisioningRecord } from './entra/provisioning-record.ts'
import { localIso } from './local-time.ts'

/** Steps that run by themselves once started. */
export type Task = 'check' | 'plan' | 'apply' | 'verify'

/** What the steps have found so far. */
export interface SetupFindings {
  record: ProvisioningRecord | null
  /** When a person confirmed that Test connection said OK. */
  confirmedAt: string | null
  checks: CheckResult[]
  plan: Plan | null
  verified: VerifyResult | null
  errors: ReadonlyMap<SetupStepId, ErrorReport>
  running: Task | null
  progress: Progress | null
}

/** What else decides which step is next. */
export interface SetupFacts {
  signIn: SignInState
  signInError: ErrorReport | null
  webhook: WebhookState
  subscriptions: Subscription[]
  /** What is known to keep the application from its work. */
  access: AccessTrouble | null
}

/** The steps in their order. The first one that is not done is the next. */
export function setupSteps(findings: SetupFindings, facts: SetupFacts): SetupStep[] {
  const { checks, plan, running, progress } = findings
  const applied = findings.record?.completedAt != null
  const checked = checks.length > 0 && checks.every((one) => one.state !== 'failed')
  const done: Record<SetupStepId, boolean> = {
    'sign-in': facts.signIn.phase === 'signed-in' || applied,
    check: checked || applied,
    plan: plan !== null || applied,
    apply: applied && (plan === null || plan.nothingToDo),
    verify: findings.verified !== null,
    'connect-webhook':
      facts.webhook.running && facts.subscriptions.some((one) => one.status === 'active'),
    'hand-over': findings.confirmedAt !== null,
  }
  const order = Object.keys(done) as SetupStepId[]
  const next = order.find((id) => !done[id])
  return order.map((id) => {
    const error = id === 'sign-in' ? facts.signInError : (findings.errors.get(id) ?? null)
    const waitsForPerson = id === 'sign-in' && facts.signIn.phase.startsWith('waiting')
    const isRunning = running === id || waitsForPerson
    return {
      id,
      state: stateOf({
        checks: id === 'check' ? checks : [],
        isOver: id === 'verify' && brokenSince(facts) !== null,
        error,
        isRunning,
        isDone: done[id],
        isNext: next === id,
      }),
      summary: done[id] ? summaryOf(id, findings, facts) : null,
      error: isRunning ? null : error,
      progress: running === id ? progress : null,
    }
  })
}

function stateOf(step: {
  checks: CheckResult[]
  /** What was proven does not hold any more. It stays done: nothing of the set-up has to be done again. */
  isOver: boolean
  error: ErrorReport | null
  isRunning: boolean
  isDone: boolean
  isNext: boolean
}): StepState {
  if (step.isRunning) return 'running'
  if (step.error && isStopByHand(step.error.code)) return 'stopped'
  if (step.error || step.checks.some((check) => check.state === 'failed')) return 'failed'
  if (step.checks.some((check) => check.state === 'warning')) return 'attention'
  if (step.isDone) return step.isOver ? 'attention' : 'done'
  return step.isNext ? 'ready' : 'waiting'
}

/** What a verification would find by now. A redirect URI and what agents consented to do not show in a token. */
function brokenSince({ access }: SetupFacts): AccessTrouble | null {
  return access?.cause === 'agents' ? null : access
}

function summaryOf(
  id: SetupStepId,
  { record, checks, plan, verified }: SetupFindings,
  facts: SetupFacts,
): string | null {
  const { signIn, webhook } = facts
  switch (id) {
    case 'sign-in':
      if (signIn.phase === 'signed-in') {
        const { username, tenantDisplayName, tenantDomain } = signIn.account
        return `${username} in ${tenantDisplayName} (${tenantDomain})`
      }
      return record && `Not needed now. Set up in ${record.tenantDisplayName}.`
    case 'check':
      return checkSummary(checks)
    case 'plan':
      if (!plan) return 'Carried out.'
      return plan.nothingToDo
        ? 'Everything is in place. Nothing would be changed.'
        : 'Ready for you to look over.'
    case 'apply':
      return record && `${record.displayName}, Client ID ${record.appId}`
    case 'verify':
      return verified && verifiedSummary(verified, brokenSince(facts))
    case 'connect-webhook':
      return webhook.publicUrl && `Reached at ${webhook.publicUrl}`
    case 'hand-over':
      return 'You confirmed that Test connection said OK.'
  }
}

function verifiedSummary({ at, roles }: VerifyResult, broken: AccessTrouble | null): string {
  if (!broken) return `A real token carries ${roles.join(', ')}.`
  const day = localIso(new Date(at)).slice(0, 10)
  return `It was verified on ${day}, but something has changed since. ${broken.short}`
}

function checkSummary(checks: CheckResult[]): string {
  if (checks.some((one) => one.state === 'failed')) {
    return 'Something has changed that would stop the set-up.'
  }
  const count = checks.filter((one) => one.state === 'warning').length
  if (count === 0) return 'Nothing stands in the way.'
  return count === 1
    ? 'Nothing stops the set-up, but 1 finding needs a look.'
    : `Nothing stops the set-up, but ${count} findings need a look.`
}
