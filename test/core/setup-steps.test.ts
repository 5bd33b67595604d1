import { expect, test } from 'vitest'
import type { ErrorCode } from '../../main/contract/errors.ts'
import type { AccessTrouble } from '../../main/contract/models/application.ts'
import type { Plan, SignInState } from '../../main/contract/models/setup.ts'
import type { Subscription } from '../../main/contract/models/subscription.ts'
import { noWebhook } from '../../main/core/nothing-yet.ts'
import { setupSteps, type SetupFacts, type SetupFindings } from '../../main/core/setup-steps.ts'
import type { ProvisioningRecord } from '../../main/core/entra/provisioning-record.ts'

const nothing: SetupFindings = {
  record: null,
  confirmedAt: null,
  checks: [],
  plan: null,
  verified: null,
  errors: new Map(),
  running: null,
  progress: null,
}
const signedOut: SetupFacts = {
  signIn: { phase: 'signed-out' },
  signInError: null,
  webhook: noWebhook,
  subscriptions: [],
  access: null,
}
const account: SignInState = {
  phase: 'signed-in',
  account: {
    username: 'nora@contoso.example',
    displayName: 'Nora',
    tenantId: 't',
    tenantDisplayName: 'Contoso',
    tenantDomain: 'contoso.example',
    roles: [],
  },
}
const plan: Plan = {
  createdAt: '',
  redirectUri: '',
  rows: [],
  permissions: [],
  nothingToDo: false,
}
const record = { completedAt: '2026-03-02', tenantDisplayName: 'Contoso' } as ProvisioningRecord
const verified = {
  at: '',
  roles: ['Chat.ReadWrite.All'],
  missingRoles: [],
  delegatedGranted: true,
  delegatedSeen: true,
}

const statesOf = (findings: Partial<SetupFindings>, facts: Partial<SetupFacts> = {}) =>
  setupSteps({ ...nothing, ...findings }, { ...signedOut, ...facts })
    .map((step) => step.state)
    .join(' ')

const check = (state: 'ok' | 'warning' | 'failed') => ({
  name: 'roles' as const,
  state,
  message: '',
  nextStep: null,
  reason: null,
  askText: null,
  link: null,
})

const report = (code: ErrorCode) => ({
  ...{ code, message: '', nextStep: '', details: null, reference: '', at: '' },
})

test.each<[string, Partial<SetupFindings>, Partial<SetupFacts>, string]>([
  ['a fresh start', {}, {}, 'ready waiting waiting waiting waiting waiting waiting'],
  [
    'the browser is open',
    {},
    { signIn: { phase: 'waiting-for-browser', url: '', expiresAt: '' } },
    'running waiting waiting waiting waiting waiting waiting',
  ],
  ['signed in', {}, { signIn: account }, 'done ready waiting waiting waiting waiting waiting'],
  [
    'the check found a stop',
    { checks: [check('failed')] },
    { signIn: account },
    'done failed waiting waiting waiting waiting waiting',
  ],
  [
    'the check found something to know',
    { checks: [check('ok'), check('warning')] },
    { signIn: account },
    'done attention ready waiting waiting waiting waiting',
  ],
  [
    'the plan is there',
    { checks: [check('ok')], plan },
    { signIn: account },
    'done done done ready waiting waiting waiting',
  ],
  [
    'applying',
    { checks: [check('ok')], plan, running: 'apply' },
    { signIn: account },
    'done done done running waiting waiting waiting',
  ],
  [
    'a person stopped applying, which is no failure',
    { checks: [check('ok')], plan, errors: new Map([['apply', report('cancelled')]]) },
    { signIn: account },
    'done done done stopped waiting waiting waiting',
  ],
  [
    'applying failed',
    { checks: [check('ok')], plan, errors: new Map([['apply', report('admin-role-missing')]]) },
    { signIn: account },
    'done done done failed waiting waiting waiting',
  ],
  [
    'a person gave up the sign-in',
    {},
    { signInError: report('sign-in-cancelled') },
    'stopped waiting waiting waiting waiting waiting waiting',
  ],
  [
    'set up and restarted without anybody signed in',
    { record, verified },
    {},
    'done done done done done ready waiting',
  ],
  [
    'something new is planned after the set-up',
    { record, verified, checks: [check('ok')], plan },
    { signIn: account },
    'done done done ready done waiting waiting',
  ],
])('%s', (_when, findings, facts, states) => {
  expect(statesOf(findings, facts)).toBe(states)
})

test.each<[string, ('ok' | 'warning' | 'failed')[], string]>([
  ['nothing was found', ['ok', 'ok'], 'Nothing stands in the way.'],
  ['one warning', ['ok', 'warning'], 'Nothing stops the set-up, but 1 finding needs a look.'],
  ['two', ['warning', 'warning'], 'Nothing stops the set-up, but 2 findings need a look.'],
  ['a failure later', ['ok', 'failed'], 'Something has changed that would stop the set-up.'],
])('the check’s line never contradicts its findings: %s', (_when, states, line) => {
  const findings = { ...nothing, record, verified, checks: states.map(check) }
  const steps = setupSteps(findings, { ...signedOut, signIn: account })
  expect(steps.find((step) => step.id === 'check')?.summary).toBe(line)
})

test('connected and confirmed, everything is done', () => {
  const facts = {
    signIn: account,
    webhook: { ...noWebhook, running: true, publicUrl: 'https://hooks.example.com' },
    subscriptions: [{ status: 'active' } as Subscription],
  }
  const findings = { record, verified, confirmedAt: '2026-03-02' }
  expect(statesOf(findings, facts)).toBe('done done done done done done done')
  const steps = setupSteps({ ...nothing, ...findings }, { ...signedOut, ...facts })
  expect(steps.map((step) => step.summary)).not.toContain(null)
  expect(steps[0]?.summary).toBe('nora@contoso.example in Contoso (contoso.example)')
})

test('what broke since the verification is said beside it, and undoes nothing', () => {
  const verifiedAt = { ...verified, at: '2026-03-02T12:00:00.000Z' }
  const access: AccessTrouble = {
    ...{ cause: 'switched-off', light: 'failed', since: null, nextStep: '' },
    ...{ sentence: '', short: 'The application is switched off.' },
  }
  const stepWith = (facts: Partial<SetupFacts>, findings: Partial<SetupFindings> = {}) =>
    setupSteps(
      { ...nothing, record, verified: verifiedAt, ...findings },
      { ...signedOut, ...facts },
    ).find(({ id }) => id === 'verify')
  expect(stepWith({ access })).toMatchObject({
    state: 'attention',
    summary:
      'It was verified on 2026-03-02, but something has changed since. The application is switched off.',
  })
  expect(statesOf({ record, verified: verifiedAt }, { access })).toBe(
    'done done done done attention ready waiting',
  )
  expect(stepWith({ access }, { running: 'verify' })?.state).toBe('running')
  expect(stepWith({ access }, { verified: null })).toMatchObject({ state: 'ready', summary: null })
  // What a verification does not look at says nothing against it.
  expect(stepWith({ access: { ...access, cause: 'agents' } })?.state).toBe('done')
})
