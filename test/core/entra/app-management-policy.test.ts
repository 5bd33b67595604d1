// What the tenant's policy means for one application's client secret.
import { describe, expect, it } from 'vitest'
import { daysOf, readSecretRules } from '../../../main/core/entra/app-management-policy.ts'

const NOW = new Date('2026-03-02T09:00:00Z')

describe('a duration', () => {
  it.each([
    ['P180D', 180],
    ['P1Y', 365],
    ['P6M', 180],
    ['P2W', 14],
    ['P4DT12H', 4.5],
    ['PT36H', 1.5],
    ['PT30M', 30 / 1_440],
    ['P0D', 0],
    ['P', null],
    ['PT', null],
    ['180', null],
    ['', null],
  ])('of %s has %s days', (duration, days) => {
    expect(daysOf(duration)).toBe(days)
  })
})

describe('the policy', () => {
  const rules = (given: Record<string, unknown>, restriction: Record<string, unknown> = {}) =>
    readSecretRules(
      {
        id: 'policy-1',
        isEnabled: true,
        applicationRestrictions: {
          passwordCredentials: [{ restrictionType: 'passwordAddition', ...restriction }],
        },
        ...given,
      },
      NOW,
    )

  it('forbids secrets where it is on, also without a state and a date', () => {
    expect(rules({})?.forbidden).toBe(true)
  })

  it.each([
    ['it is off', { isEnabled: false }, {}],
    ['the restriction is off', {}, { state: 'disabled' }],
    [
      'it holds for later applications',
      {},
      { restrictForAppsCreatedAfterDateTime: '2027-01-01T00:00:00Z' },
    ],
    ['it is about other credentials', {}, { restrictionType: 'symmetricKeyAddition' }],
    [
      'it is about passwords of one’s own choice',
      {},
      { restrictionType: 'customPasswordAddition' },
    ],
    ['it has no restrictions', { applicationRestrictions: null }, {}],
  ])('allows them where %s', (_, given, restriction) => {
    expect(rules(given, restriction)).toMatchObject({ forbidden: false, maxDays: null })
  })

  it('limits to the shortest of its lifetimes', () => {
    const passwordCredentials = ['P90D', 'P30D', 'rubbish'].map((maxLifetime) => ({
      restrictionType: 'passwordLifetime',
      maxLifetime,
    }))
    expect(rules({ applicationRestrictions: { passwordCredentials } })?.maxDays).toBe(30)
  })

  it('of an unknown form says nothing', () => {
    expect(readSecretRules('a page of a proxy', NOW)).toBeUndefined()
  })
})
