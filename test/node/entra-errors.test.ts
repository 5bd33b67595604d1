// Entra's refusals in plain words: the common AADSTS numbers, for people and for the application.
import { describe, expect, it } from 'vitest'
import {
  meanings,
  meaningsByOAuthError,
  meaningsForApplication,
} from '../../main/node/entra-error-table.ts'
import { errorOfRefusal, numberIn } from '../../main/node/entra-errors.ts'

const IDS =
  'Trace ID: 11111111-aaaa-4bbb-8ccc-222222222222 Correlation ID: 33333333-dddd-4eee-9fff-444444444444 Timestamp: 2026-03-02 09:00:00Z'

describe('the table of Entra’s refusals', () => {
  const all = [meanings, meaningsForApplication, meaningsByOAuthError].flatMap((table) =>
    Object.entries(table),
  )

  it('has at least thirty numbers, each with its own words, a fix and a source', () => {
    expect(Object.keys(meanings).length).toBeGreaterThanOrEqual(30)
    for (const [number, { message, nextStep, source }] of all) {
      expect(message, number).toMatch(/^[A-Z].*\.$/)
      expect(nextStep, number).toMatch(/^[A-Z].*\.$/)
      expect(`${message}${nextStep}`, number).not.toMatch(/!|AADSTS|undefined/)
      expect(source, number).toMatch(
        /^https:\/\/(learn\.microsoft\.com\/|login\.microsoftonline\.com\/error\?code=)/,
      )
    }
  })

  it('says something different about each number, and never the general text', () => {
    for (const table of [meanings, meaningsForApplication, meaningsByOAuthError]) {
      const messages = Object.values(table).map((one) => one.message)
      expect(messages.filter((one, index) => messages.indexOf(one) !== index)).toEqual([])
    }
    const general = refuse(1, 'person').message
    for (const number of Object.keys(meanings).map(Number)) {
      for (const asker of ['person', 'application'] as const) {
        expect(refuse(number, asker).message, String(number)).not.toBe(general)
      }
    }
  })
})

describe('a refusal of a person', () => {
  it.each([
    [50011, 'sign-in-failed'],
    [50020, 'wrong-account-type'],
    [50034, 'wrong-account-type'],
    [50076, 'sign-in-required'],
    [50079, 'sign-in-required'],
    [50105, 'sign-in-refused'],
    [50126, 'sign-in-refused'],
    [53003, 'sign-in-refused'],
    [530032, 'sign-in-refused'],
    [530033, 'sign-in-refused'],
    [530035, 'sign-in-refused'],
    [500021, 'sign-in-refused'],
    [500213, 'sign-in-refused'],
    [650056, 'sign-in-failed'],
    [90055, 'graph-throttled'],
    [90006, 'graph-unavailable'],
    [500011, 'sign-in-failed'],
    [65001, 'consent-missing'],
    [65002, 'sign-in-failed'],
    [65004, 'consent-refused'],
    [70008, 'sign-in-required'],
    [70043, 'sign-in-required'],
    [700082, 'sign-in-required'],
    [700016, 'sign-in-failed'],
    [7000112, 'sign-in-failed'],
    [9002313, 'sign-in-failed'],
    [90002, 'wrong-tenant'],
    [90072, 'wrong-account-type'],
    [90094, 'consent-refused'],
    [90095, 'consent-refused'],
    [50194, 'sign-in-failed'],
    [90038, 'wrong-tenant'],
    [90051, 'wrong-tenant'],
    [900382, 'wrong-tenant'],
  ])('with AADSTS%i is %s, and says what to do', (number, code) => {
    const error = refuse(number, 'person')
    expect(error.code).toBe(code)
    expect(error.message).toMatch(/\.$/)
    expect(error.nextStep).toMatch(/\.$/)
    expect(error.details).toContain(`AADSTS${number}`)
  })

  it('without a number goes by the word', () => {
    const plain = { description: '', number: null, status: 400 }
    expect(errorOfRefusal({ ...plain, error: 'access_denied' }, 'person').code).toBe(
      'sign-in-cancelled',
    )
    expect(errorOfRefusal({ ...plain, error: 'expired_token' }, 'person').code).toBe(
      'device-code-expired',
    )
    expect(errorOfRefusal({ ...plain, error: 'something_new' }, 'person').code).toBe(
      'sign-in-failed',
    )
  })

  it('by a service that is down says so, whatever else it says', () => {
    const down = { error: 'server_error', description: '', number: null, status: 503 }
    expect(errorOfRefusal(down, 'person').code).toBe('graph-unavailable')
    expect(errorOfRefusal({ ...down, status: 429 }, 'person').code).toBe('graph-throttled')
  })
})

describe('a refusal of the application', () => {
  it.each([
    [700016, 'application-missing'],
    [7000112, 'sign-in-refused'],
    [53003, 'sign-in-refused'],
    [7000229, 'application-missing'],
    [7000215, 'client-secret-wrong'],
    [7000222, 'client-secret-wrong'],
    [700025, 'sign-in-failed'],
    [70001, 'application-missing'],
    [65001, 'consent-missing'],
    [90002, 'wrong-tenant'],
  ])('with AADSTS%i is %s', (number, code) => {
    expect(refuse(number, 'application').code).toBe(code)
  })

  it('never speaks of browser, device code or plan where the identity team must act', () => {
    for (const number of [53003, 7000112]) {
      const { nextStep } = refuse(number, 'application')
      expect(nextStep).toContain('identity team')
      expect(nextStep).not.toMatch(/browser|device code|plan/)
    }
  })
})

describe('the details', () => {
  it('have the ids that support asks for, and no names', () => {
    const { details } = refuse(50020, 'person')
    expect(details).toContain('Trace ID: 11111111-aaaa-4bbb-8ccc-222222222222')
    expect(details).toContain('Correlation ID: 33333333-dddd-4eee-9fff-444444444444')
    expect(details).toContain('Timestamp: 2026-03-02 09:00:00Z')
    expect(details).not.toContain('nora@')
  })
})

function refuse(number: number, asker: 'person' | 'application') {
  const description = `AADSTS${number}: User account 'nora@contoso.example' did something. ${IDS}`
  expect(numberIn(description)).toBe(number)
  return errorOfRefusal({ error: 'invalid_grant', description, number, status: 400 }, asker)
}
