// The guided run: the administrator's sign-in, what was found, what is planned and what was done.
import type { ErrorReport } from '../errors.ts'
import type { LinkName } from './connection.ts'
import type { Progress } from './job.ts'

export interface AdminAccount {
  username: string
  displayName: string
  tenantId: string
  tenantDisplayName: string
  /** The tenant's default or initial domain. */
  tenantDomain: string
  /** Names of the directory roles that were active when the token was issued. */
  roles: string[]
}

export type SignInState =
  | { phase: 'signed-out' }
  | { phase: 'waiting-for-browser'; url: string; expiresAt: string }
  | { phase: 'waiting-for-code'; userCode: string; verificationUri: string; expiresAt: string }
  | { phase: 'signed-in'; account: AdminAccount }

export type SetupStepId =
  'sign-in' | 'check' | 'plan' | 'apply' | 'verify' | 'connect-webhook' | 'hand-over'

export type StepState =
  'waiting' | 'ready' | 'running' | 'done' | 'attention' | 'stopped' | 'failed'

/** One step of the guided run. `ready` is the step to take next; `stopped` was stopped by a person, which is no failure. */
export interface SetupStep {
  id: SetupStepId
  state: StepState
  /** One line of what it did, with names and ids; null before it ran. */
  summary: string | null
  error: ErrorReport | null
  progress: Progress | null
}

export type CheckName =
  | 'tenant'
  | 'account'
  | 'roles'
  | 'app-registration'
  | 'secret-policy'
  | 'existing-application'
  | 'graph'
  | 'clock'

/** One finding of the preflight: what, why, what to do, and a sentence for the team that can change it. */
export interface CheckResult {
  name: CheckName
  state: 'ok' | 'warning' | 'failed'
  /** What was found. */
  message: string
  /** Why it matters; null where nothing is wrong. */
  reason: string | null
  nextStep: string | null
  /** A ready text to send to those who can change it; null where nobody need be asked. */
  askText: string | null
  /** Where in Microsoft's portal it is changed. */
  link: LinkName | null
}

/** An application of the tenant that may already stand for this contact center. */
export interface ApplicationCandidate {
  applicationObjectId: string
  appId: string
  displayName: string
  createdAt: string | null
  redirectUris: string[]
  /** Sign-in names or names of its owners. */
  owners: string[]
  matchedBy: ('unique-name' | 'client-id' | 'redirect-uri' | 'name')[]
  /** Set for one in deletedItems: it must be restored before it can be used. */
  deletedAt: string | null
  /** True for the one that the plan is about. */
  chosen: boolean
}

export type PlanAction = 'create' | 'change' | 'leave'

export type PlanObject =
  | 'application'
  | 'service-principal'
  | 'redirect-uri'
  | 'required-resource-access'
  | 'client-secret'
  | 'delegated-grant'
  | 'app-role-assignments'

/** What will happen to one object of the tenant, and why. */
export interface PlanRow {
  object: PlanObject
  action: PlanAction
  /** The object's name or value. */
  name: string
  /** What exists, what will be there afterwards. */
  detail: string
  reason: string
}

export interface PlanPermission {
  value: string
  kind: 'delegated' | 'application'
  reason: string
  granted: boolean
  /** True for extras that are off by default. */
  optional: boolean
  link: string
}

export interface Plan {
  createdAt: string
  redirectUri: string
  rows: PlanRow[]
  permissions: PlanPermission[]
  /** True when nothing would be written. */
  nothingToDo: boolean
}

/** One visible step of applying the plan. */
export interface ApplyStep {
  object: PlanObject | 'token'
  state: 'waiting' | 'running' | 'done' | 'failed'
  /** What it made or found, with ids. */
  result: string | null
}

export interface VerifyResult {
  at: string
  /** Application roles found in a real client-credentials token. */
  roles: string[]
  missingRoles: string[]
  delegatedGranted: boolean
  /** True where that was read in the tenant, which takes an administrator; else it is what the set-up noted. */
  delegatedSeen: boolean
}

/** A setting that the plan depends on. */
export type PlanSetting =
  'tenantUrl' | 'applicationName' | 'secretLifetimeMonths' | 'optionalPermissions' | 'adoptedAppId'

export interface SetupState {
  steps: SetupStep[]
  checks: CheckResult[]
  plan: Plan | null
  applySteps: ApplyStep[]
  verified: VerifyResult | null
  /** Applications that look like ours, found by the preflight. */
  candidates: ApplicationCandidate[]
  /** What was changed after the plan was made, which therefore was dropped. Empty once it is looked again. */
  outdatedBy: PlanSetting[]
}
