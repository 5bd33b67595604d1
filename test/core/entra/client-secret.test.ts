// How long a new client secret lives.
import { describe, expect, it } from 'vitest'
import { endOfLifetime } from '../../../main/core/entra/client-secret.ts'

const now = new Date('2026-03-02T09:00:00.000Z')

describe('the end of a secret’s life', () => {
  it('is months later, by the calendar', () => {
    expect(endOfLifetime(now, { months: 24, isFallback: false }).toISOString()).toBe(
      '2028-03-02T08:00:00.000Z',
    )
  })

  it('stays in the month where that has fewer days', () => {
    const end = endOfLifetime(new Date('2026-08-31T12:00:00Z'), { months: 6, isFallback: false })
    expect(end.toISOString()).toBe('2027-02-28T11:00:00.000Z')
  })

  it('fits a policy that counts in days', () => {
    const start = new Date('2026-03-01T00:00:00Z')
    const end = endOfLifetime(start, { months: 6, isFallback: true })
    expect(end.getTime() - start.getTime()).toBeLessThanOrEqual(180 * 86_400_000)
  })
})
