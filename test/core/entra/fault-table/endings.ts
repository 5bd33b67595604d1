// How a run of the set-up may end, in the order in which it gets there, and the comparison with how it did.
import { expect } from 'vitest'
import type { LinkName } from '../../../../main/contract/models/connection.ts'
import type { ApplyStep, CheckResult } from '../../../../main/contract/models/setup.ts'
import type { Outcome, Stage } from './person-run.ts'

/** The steps of applying, in their order. */
const APPLY_MOMENTS = [
  'application',
  'service-principal',
  'redirect-uri',
  'required-resource-access',
  'client-secret',
  'delegated-grant',
  'app-role-assignments',
  'token',
] as const satisfies ApplyStep['object'][]

/** Where faults can bite, in the order in which a run gets there. */
export const MOMENTS = [
  'consent page',
  'token of the sign-in',
  'first read',
  'check',
  'first read of applying',
  ...APPLY_MOMENTS,
] as const
export type Moment = (typeof MOMENTS)[number]

export interface ExpectedProblem {
  /** Of the error, or the name of the check. */
  code: string
  /** What must be named, whatever the wording. */
  message: RegExp
  /** What the person is told to do. */
  nextStep: RegExp
  /** What the letter to others asks for; null where there is none. */
  ask: RegExp | null
}

export interface Ending {
  at: Moment
  problems: ExpectedProblem[]
}

export type Expected = 'ready' | Ending

export interface ExpectedWarning {
  name: string
  message: RegExp
  nextStep: RegExp
  ask: RegExp
  link: LinkName
}

/** Fails where a run ended otherwise than expected. */
export function expectEnding(outcome: Outcome, expected: Expected): void {
  const { stage, step, problems } = outcome
  const codes = problems.map((one) => one.code)
  if (expected === 'ready') {
    expect({ stage, step, codes }).toEqual({ stage: 'ready', step: null, codes: [] })
    return
  }
  expect({ stage, step, codes }).toEqual({
    stage: stageOf(expected.at),
    step: stepOf(expected.at),
    codes: expected.problems.map((one) => one.code),
  })
  expected.problems.forEach(({ message, nextStep, ask }, index) => {
    const problem = problems[index]
    expect(problem?.message).toMatch(message)
    expect(problem?.nextStep).toMatch(nextStep)
    if (ask) expect(problem?.askText).toMatch(ask)
    else expect(problem?.askText).toBeNull()
  })
}

/** Fails where the check did not warn of what it had to. */
export function expectWarnings(warnings: CheckResult[], expected: ExpectedWarning[]): void {
  for (const { name, message, nextStep, ask, link } of expected) {
    const found = warnings.find((one) => one.name === name)
    expect(found?.message).toMatch(message)
    expect(found?.nextStep).toMatch(nextStep)
    expect(found?.askText).toMatch(ask)
    expect(found?.link).toBe(link)
  }
}

function stageOf(moment: Moment): Stage {
  if (MOMENTS.indexOf(moment) < MOMENTS.indexOf('check')) return 'sign-in'
  return moment === 'check' ? 'check' : 'apply'
}

function stepOf(moment: Moment): Outcome['step'] {
  if (stageOf(moment) !== 'apply') return null
  if (moment === 'first read of applying') return 'application'
  return APPLY_MOMENTS.find((step) => step === moment) ?? null
}

/** An ending by one error. */
export function one(at: Moment, problem: Omit<ExpectedProblem, 'ask'> & { ask?: RegExp }): Ending {
  return { at, problems: [{ ...problem, ask: problem.ask ?? null }] }
}
