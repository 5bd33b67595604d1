// The plan and its progress as lines for a terminal.
import type { ApplyStep, PlanAction } from '../../contract/models/setup.ts'
import type { AppState } from '../../contract/models/state.ts'
import { columns } from '../output.ts'

const actionWords: Record<PlanAction, string> = {
  create: 'create',
  change: 'change',
  leave: 'leave as it is',
}

const objectWords: Record<ApplyStep['object'], string> = {
  application: 'Application',
  'service-principal': 'Enterprise application',
  'redirect-uri': 'Redirect URI',
  'required-resource-access': 'Requested permissions',
  'client-secret': 'Client secret',
  'delegated-grant': 'Consent, delegated',
  'app-role-assignments': 'Consent, application',
  token: 'First token',
}

/** What each step of applying made or found, under the name of its object. */
export function applyLines(steps: ApplyStep[]): string[] {
  return columns(steps.map(({ object, result }) => [objectWords[object], result ?? ''] as const))
}

/** The plan: what happens to each object and why, then each permission with its reason. */
export function planLines({ setup }: AppState): string[] {
  const { plan } = setup
  if (!plan) return ['There is no plan.']
  return [
    plan.nothingToDo ? 'Everything is in place. Nothing would be changed.' : 'The plan:',
    ...plan.rows.flatMap((row) => [
      `  ${actionWords[row.action]}: ${row.name}`,
      `      ${row.detail} ${row.reason}`,
    ]),
    '',
    'Permissions:',
    ...columns(
      plan.permissions.map(({ value, kind, reason, granted, optional }) => [
        `  ${value} (${kind}${optional ? ', optional' : ''})`,
        `${granted ? 'granted already. ' : ''}${reason}`,
      ]),
    ),
  ]
}

/** Prints each step once when it ends, and what is being waited for when that changes. */
export function progressPrinter(print: (line: string) => void): (state: AppState) => void {
  const printed = new Set<string>()
  const printOnce = (line: string) => {
    if (printed.has(line)) return
    printed.add(line)
    print(line)
  }
  return ({ setup }) => {
    for (const { object, state, result } of setup.applySteps) {
      if (state === 'done') printOnce(`${objectWords[object]}: ${result ?? 'done'}`)
    }
    for (const { progress } of setup.steps) {
      if (progress) printOnce(`[${progress.current}/${progress.total}] ${progress.doing}`)
    }
  }
}
