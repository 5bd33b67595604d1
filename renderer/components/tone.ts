// Which tone each state of the contract is shown in.
import type {
  DriftStateName,
  SecretCareState,
  SecretInfo,
} from '../../main/contract/models/application.ts'
import type { HandOnState } from '../../main/contract/models/contact-center.ts'
import type { GapPhase } from '../../main/contract/models/gaps.ts'
import type { AuditEntry, RemovalItem } from '../../main/contract/models/removal.ts'
import type {
  ApplyStep,
  CheckResult,
  PlanAction,
  StepState,
} from '../../main/contract/models/setup.ts'
import type { SubscriptionStatus } from '../../main/contract/models/subscription.ts'
import type { TunnelPhase } from '../../main/contract/models/tunnel.ts'

/** The tones of a badge: each has its own icon and colour. */
export type Tone = 'ok' | 'warning' | 'failed' | 'working' | 'next' | 'paused' | 'neutral'

export const stepTone: Record<StepState, Tone> = {
  waiting: 'neutral',
  ready: 'next',
  running: 'working',
  done: 'ok',
  attention: 'warning',
  stopped: 'paused',
  failed: 'failed',
}

export const checkTone: Record<CheckResult['state'], Tone> = {
  ok: 'ok',
  warning: 'warning',
  failed: 'failed',
}

export const applyTone: Record<ApplyStep['state'], Tone> = {
  waiting: 'neutral',
  running: 'working',
  done: 'ok',
  failed: 'failed',
}

export const planTone: Record<PlanAction, Tone> = {
  create: 'next',
  change: 'warning',
  leave: 'neutral',
}

export const tunnelTone: Record<TunnelPhase, Tone> = {
  stopped: 'neutral',
  connecting: 'working',
  up: 'ok',
  degraded: 'warning',
  failed: 'failed',
}

export const handOnTone: Record<HandOnState['phase'], Tone> = {
  off: 'neutral',
  paused: 'paused',
  working: 'ok',
  retrying: 'warning',
  failing: 'failed',
}

export const gapTone: Record<GapPhase, Tone> = {
  open: 'warning',
  waiting: 'working',
  'catching-up': 'working',
  done: 'ok',
  partly: 'warning',
  cannot: 'failed',
  elsewhere: 'neutral',
}

export const subscriptionTone: Record<SubscriptionStatus, Tone> = {
  waiting: 'neutral',
  creating: 'working',
  active: 'ok',
  renewing: 'working',
  'held-elsewhere': 'warning',
  observed: 'neutral',
  paused: 'paused',
  refused: 'warning',
  failed: 'failed',
}

export const driftTone: Record<DriftStateName, Tone> = {
  ok: 'ok',
  missing: 'failed',
  different: 'warning',
  surplus: 'neutral',
  unknown: 'neutral',
}

export const secretLevelTone: Record<SecretCareState['level'], Tone> = {
  none: 'neutral',
  ok: 'ok',
  soon: 'warning',
  urgent: 'warning',
  expired: 'failed',
}

export const secretTone: Record<SecretInfo['state'], Tone> = {
  current: 'ok',
  next: 'next',
  previous: 'warning',
  foreign: 'neutral',
}

export const auditTone: Record<AuditEntry['outcome'], Tone> = {
  done: 'ok',
  refused: 'failed',
  unknown: 'warning',
}

export const removalTone: Record<RemovalItem['state'], Tone> = {
  listed: 'neutral',
  running: 'working',
  done: 'ok',
  failed: 'failed',
}
