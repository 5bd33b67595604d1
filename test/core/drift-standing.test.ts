// What of a comparison still stands once a token, a verification or a rotation has said more.
import { expect, test } from 'vitest'
import type { DriftObject, DriftReport } from '../../main/contract/models/application.ts'
import type { KnownAccess } from '../../main/core/application-access.ts'
import { type LaterKnowledge, standingReport } from '../../main/core/drift-standing.ts'
import { inOrder } from '../fakes/sample-application.ts'
import { sampleError } from '../fakes/sample-time.ts'

const at = (afterMs: number) => new Date(Date.parse(inOrder.at) + afterMs).toISOString()
const ROLES = inOrder.permissions
  .filter(({ kind, required }) => kind === 'application' && required)
  .map(({ value }) => value)

function reportWith(state: 'missing' | 'different', ...objects: DriftObject[]): DriftReport {
  const isConsentGone = objects.includes('app-role-assignments')
  return {
    ...inOrder,
    inOrder: false,
    rows: inOrder.rows.map((row) => (objects.includes(row.object) ? { ...row, state } : row)),
    permissions: inOrder.permissions.map((one) =>
      isConsentGone && one.kind === 'application' && one.required
        ? { ...one, granted: false, state: 'missing' }
        : one,
    ),
  }
}

function token(change: Partial<KnownAccess> = {}): Partial<LaterKnowledge> {
  const answer = { appId: inOrder.appId, at: at(1), since: at(1), roles: ROLES, refusal: null }
  return { known: { ...answer, ...change } }
}

function wrongAfter(report: DriftReport, later: Partial<LaterKnowledge>): DriftObject[] {
  const standing = standingReport(report, {
    ...{ known: null, verified: null, secret: 'compared' },
    ...later,
  })
  const wrong = standing.rows.filter(({ state }) => state !== 'ok' && state !== 'surplus')
  expect(standing.inOrder).toBe(wrong.length === 0)
  return wrong.map(({ object }) => object)
}

const verifiedAt = (afterMs: number, delegatedSeen: boolean) => ({
  verified: {
    at: at(afterMs),
    ...{ roles: ROLES, missingRoles: [], delegatedGranted: true, delegatedSeen },
  },
})

test('a token with all that was missing shows that the application, its secret and consent are back', () => {
  const objects: DriftObject[] = ['application', 'service-principal', 'client-secret']
  const report = reportWith('missing', ...objects, 'app-role-assignments')
  expect(wrongAfter(report, token())).toEqual([])
  expect(wrongAfter(report, token({ roles: ROLES.slice(1) }))).toEqual(['app-role-assignments'])
  expect(wrongAfter(report, {})).toHaveLength(4)
  expect(wrongAfter(report, token({ at: at(-1) }))).toHaveLength(4)
  const refusal = sampleError({ code: 'sign-in-refused', message: '', nextStep: '' })
  expect(wrongAfter(report, token({ roles: [], refusal }))).toHaveLength(4)
  expect(wrongAfter(reportWith('different', 'service-principal'), token())).toEqual([])
})

test('what shows in no token stands until somebody compares again', () => {
  const objects: DriftObject[] = ['sign-in-audience', 'redirect-uri', 'required-resource-access']
  const later = { ...token(), ...verifiedAt(1, true), secret: 'proven' as const }
  expect(wrongAfter(reportWith('missing', ...objects), later)).toEqual(objects)
  expect(wrongAfter(reportWith('missing', 'redirect-uri', 'client-secret'), later)).toEqual([
    'redirect-uri',
  ])
})

test('a rotation proves secret and permissions; going back to the earlier secret only that it works', () => {
  const report = reportWith('missing', 'client-secret', 'app-role-assignments', 'delegated-grant')
  expect(wrongAfter(report, { secret: 'proven' })).toEqual(['delegated-grant'])
  expect(wrongAfter(report, { secret: 'earlier' })).toEqual([
    'delegated-grant',
    'app-role-assignments',
  ])
  // What Microsoft answers after the rotation counts more.
  const later = { ...token({ roles: [] }), secret: 'proven' as const }
  expect(wrongAfter(report, later)).toContain('app-role-assignments')
})

test('consent of agents is back once a verification has seen it, which takes an administrator', () => {
  const report = reportWith('missing', 'delegated-grant')
  expect(wrongAfter(report, verifiedAt(1, true))).toEqual([])
  expect(wrongAfter(report, verifiedAt(1, false))).toEqual(['delegated-grant'])
  expect(wrongAfter(report, verifiedAt(-1, true))).toEqual(['delegated-grant'])
})
