// One run of the set-up as a person does it: sign in, check, plan, apply, verify; and how it ended, in one value.
import { toErrorReport } from '../../../../main/core/app-error.ts'
import { checkTenant } from '../../../../main/core/entra/preflight.ts'
import { wantedPermissions } from '../../../../main/core/entra/permissions.ts'
import { makePlan } from '../../../../main/core/entra/plan.ts'
import { applyPlan, type EntraContext } from '../../../../main/core/entra/provision.ts'
import { verifyIntegration } from '../../../../main/core/entra/verify.ts'
import { systemRandom } from '../../../../main/node/system-clock.ts'
import type { ErrorReport } from '../../../../main/contract/errors.ts'
import type {
  AdminAccount,
  ApplyStep,
  CheckResult,
} from '../../../../main/contract/models/setup.ts'
import type { Rig } from '../practice-rig.ts'

/** Where a run ends, in the order in which a person gets there. */
export const STAGES = ['sign-in', 'check', 'plan', 'apply', 'verify', 'ready'] as const
export type Stage = (typeof STAGES)[number]

/** One thing that is said to be wrong. */
export interface Problem {
  /** The error's code, or the name of the check. */
  code: string
  message: string
  nextStep: string
  /** What can be sent to those who can change it; null where nobody is asked. */
  askText: string | null
}

export interface Outcome {
  stage: Stage
  /** The step of applying that failed; null in every other stage. */
  step: ApplyStep['object'] | null
  /** Empty where the run ended ready. */
  problems: Problem[]
  /** What the check warned of, without stopping. */
  warnings: CheckResult[]
  /** Everything that a person could read or a file could keep, for the search for secrets. */
  texts: string
}

/** What must outlive a run: the data folder. */
export type DataFolder = Pick<EntraContext, 'database' | 'secrets'>

/** Runs once, from the sign-in on. `before` is called before each stage: the moment to change the tenant. */
export async function runAsPerson(
  rig: Rig,
  {
    folder,
    changes = {},
    before = () => {},
  }: {
    folder: DataFolder
    changes?: Partial<EntraContext>
    before?: (stage: Stage) => void
  },
): Promise<Outcome> {
  const shown: unknown[] = []
  const report = (error: unknown) => {
    const made = toErrorReport(error, { clock: rig.clock, random: systemRandom })
    // What was thrown is searched as it is: redacting comes after it.
    if (error instanceof Error) shown.push(error.message, Object.entries(error))
    return made
  }
  let warnings: CheckResult[] = []
  let log: unknown = null
  const ended = (stage: Stage, problems: Problem[], step: Outcome['step'] = null): Outcome => {
    const kept = [folder.database, rig.signInLog.entries, log]
    return { stage, step, problems, warnings, texts: JSON.stringify([shown, problems, kept]) }
  }
  const failed = (stage: Stage, error: unknown, step: Outcome['step'] = null) =>
    ended(stage, [problemOf(report(error))], step)

  before('sign-in')
  const account = await signIn(rig)
  if ('refused' in account) return ended('sign-in', [problemOf(account.refused)])
  const context = await rig.context({ ...folder, account: account.signedIn, ...changes })
  log = context.log

  before('check')
  try {
    await rig.session()?.getToken({ forceRefresh: true })
    const { checks } = await checkTenant(context)
    shown.push(checks)
    warnings = checks.filter((one) => one.state === 'warning')
    const wrong = checks.filter((one) => one.state === 'failed')
    if (wrong.length > 0) return ended('check', wrong.map(problemOfCheck))
  } catch (error) {
    return failed('check', error)
  }

  before('plan')
  try {
    shown.push(await makePlan(context))
  } catch (error) {
    return failed('plan', error)
  }

  before('apply')
  let steps: ApplyStep[] = []
  try {
    const record = await applyPlan(context, (now, progress) => {
      steps = now
      shown.push(now, progress)
    })
    before('verify')
    const wanted = wantedPermissions(context.settings)
    shown.push(await verifyIntegration({ ...context, record, wanted }))
  } catch (error) {
    const step = steps.find((one) => one.state === 'failed')?.object ?? null
    return failed(step ? 'apply' : 'verify', error, step)
  }
  return ended('ready', [])
}

async function signIn(rig: Rig): Promise<{ signedIn: AdminAccount } | { refused: ErrorReport }> {
  try {
    return { signedIn: await rig.signIn('global-admin') }
  } catch (error) {
    const refused = rig.session()?.lastError
    if (refused) return { refused }
    throw error
  }
}

function problemOf({ code, message, nextStep }: ErrorReport): Problem {
  return { code, message, nextStep, askText: null }
}

function problemOfCheck({ name, message, reason, nextStep, askText }: CheckResult): Problem {
  return { code: name, message: `${message} ${reason ?? ''}`, nextStep: nextStep ?? '', askText }
}
