// Deciding about the client secret from what is known, held and found.
import { describe, expect, it } from 'vitest'
import { decideSecret, orphansOf } from '../../../main/core/entra/secret-decision.ts'

const now = new Date('2026-03-02T09:00:00.000Z')
const known = credential({ keyId: 'k1', hint: 'abc', displayName: 'EMI Tray 1' })

describe('the decision about the secret', () => {
  it('is to make one where there is none', () => {
    expect(decide({ credentials: [] })).toEqual({ kind: 'make', why: 'none' })
  })

  it('is to keep one that exists, is held and has not expired', () => {
    const decision = decide({ clientSecret: known, text: 'abc-secret', credentials: [known] })
    expect(decision).toEqual({ kind: 'keep', credential: known })
  })

  it.each([
    ['removed', { text: 'abc-secret', credentials: [] }],
    [
      'expired',
      { text: 'abc-secret', credentials: [{ ...known, endDateTime: '2026-03-02T08:00:00Z' }] },
    ],
    ['value-lost', { text: undefined, credentials: [known] }],
    ['value-lost', { text: 'xyz-secret', credentials: [known] }],
  ])('is to make one when the known one is %s', (why, rest) => {
    expect(decide({ clientSecret: known, ...rest })).toEqual({ kind: 'make', why })
  })

  it('is to adopt a pending one whose text was stored before the stop', () => {
    const pending = credential({ keyId: 'k2', hint: 'xyz', displayName: 'EMI Tray 2' })
    const decision = decide({
      clientSecret: known,
      pendingSecret: { displayName: 'EMI Tray 2' },
      text: 'xyz-secret',
      credentials: [known, pending],
    })
    expect(decision).toEqual({ kind: 'adopt', credential: pending })
  })

  it('is not to take the old text for the text of the pending one', () => {
    const pending = credential({ keyId: 'k2', hint: 'xyz', displayName: 'EMI Tray 2' })
    const decision = decide({
      pendingSecret: { displayName: 'EMI Tray 2' },
      text: 'abc-secret',
      credentials: [known, pending],
    })
    expect(decision).toEqual({ kind: 'make', why: 'none' })
  })
})

describe('orphans', () => {
  it('are only those with exactly our name', () => {
    const orphan = credential({ keyId: 'k2', hint: 'xyz', displayName: 'EMI Tray 2' })
    const record = { clientSecret: known, pendingSecret: { displayName: 'EMI Tray 2' } }
    const late = credential({ keyId: 'k3', hint: 'uvw', displayName: 'EMI Tray 1' })
    const others = [
      credential({ keyId: 'k4', hint: 'aaa', displayName: 'EMI Tray 4' }),
      credential({ keyId: 'k5', hint: 'bbb', displayName: null }),
    ]
    expect(orphansOf(record, [known, orphan, late, ...others])).toEqual([orphan, late])
  })

  it('are not those without a name, even where the known one has none', () => {
    const nameless = credential({ keyId: 'k5', hint: 'bbb', displayName: null })
    const record = { clientSecret: { ...known, displayName: '' }, pendingSecret: null }
    expect(orphansOf(record, [known, nameless])).toEqual([])
  })

  it('are none where nothing is known', () => {
    const nameless = credential({ keyId: 'k5', hint: 'bbb', displayName: null })
    const record = { clientSecret: null, pendingSecret: null }
    expect(orphansOf(record, [known, nameless])).toEqual([])
  })
})

function decide(
  given: Partial<Parameters<typeof decideSecret>[0]['record']> & {
    text?: string | undefined
    credentials: Parameters<typeof decideSecret>[0]['credentials']
  },
) {
  const { clientSecret = null, pendingSecret = null, text, credentials } = given
  return decideSecret({ record: { clientSecret, pendingSecret }, text, credentials, now })
}

function credential<T extends string | null>(given: {
  keyId: string
  hint: string
  displayName: T
}) {
  return {
    ...given,
    startDateTime: '2026-03-01T09:00:00Z',
    endDateTime: '2028-03-01T09:00:00Z',
  }
}
