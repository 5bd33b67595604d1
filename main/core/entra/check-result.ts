// How findings of the preflight are put into words: what, why, what to do, and a letter to those who can change it.
import type { LinkName } from '../../contract/models/connection.ts'
import type { CheckName, CheckResult } from '../../contract/models/setup.ts'
import type { AppError } from '../app-error.ts'
import type { EntraContext } from './context.ts'

/** One read of the preflight: what it brought, or why it failed. */
export type Reading<T> = { value: T } | { error: AppError }

/** A finding with nothing wrong. */
export function ok(name: CheckName, message: string): CheckResult {
  return { name, state: 'ok', message, reason: null, nextStep: null, askText: null, link: null }
}

/** A finding that someone should know or must change. `ask` is one or two sentences for the letter. */
export function problem(
  context: Pick<EntraContext, 'account' | 'settings'>,
  finding: {
    name: CheckName
    state: 'warning' | 'failed'
    message: string
    reason: string
    nextStep: string
    ask: string
    link?: LinkName | null
  },
): CheckResult {
  const { ask, link = null, ...rest } = finding
  return { ...rest, askText: letter(context, ask), link }
}

/** The value of a read; undefined when it failed. */
export function valueOf<T>(reading: Reading<T>): T | undefined {
  return 'value' in reading ? reading.value : undefined
}

/** Whose wish it is, where, and what is asked: complete, so that it can be pasted into a ticket. */
function letter({ account, settings }: Pick<EntraContext, 'account' | 'settings'>, ask: string) {
  const contactCenter = settings.tenantUrl ? ` (${settings.tenantUrl})` : ''
  const tenant = `${account.tenantDisplayName} (${account.tenantDomain}, tenant ID ${account.tenantId})`
  return `Hello, I am connecting our contact center${contactCenter} to Microsoft Teams with EMI Tray, in the tenant ${tenant}, signed in as ${account.username}. ${ask} Thank you.`
}
