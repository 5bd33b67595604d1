// Drift and repair against the practice tenant: changed behind our back, found, repaired, and nothing else touched.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { DriftObject, DriftReport } from '../../../main/contract/models/application.ts'
import { Drift } from '../../../main/core/drift.ts'
import { applyPlan, type EntraContext } from '../../../main/core/entra/provision.ts'
import {
  type ProvisioningRecord,
  readProvisioningRecord,
} from '../../../main/core/entra/provisioning-record.ts'
import { MemoryDatabase } from '../../fakes/memory-ports.ts'
import { areaDeps } from './area-deps.ts'
import { openRig, type Rig } from './practice-rig.ts'

const OTHER_API = '11111111-2222-4333-8444-555555555555'

let rig: Rig
beforeAll(async () => {
  rig = await openRig()
})
afterEach(async () => {
  await rig.reset()
})
afterAll(async () => {
  expect(rig.violations).toEqual([])
  await rig.close()
})

interface SetUp {
  context: EntraContext
  record: ProvisioningRecord
  drift: Drift
  repairs: { count: number }
}

async function setUp(): Promise<SetUp> {
  const context = await rig.context()
  const record = await applyPlan(context, () => {})
  rig.writes.length = 0
  return { context, record, ...(await driftOver(context)) }
}

async function driftOver(context: EntraContext, options: { signedIn?: boolean } = {}) {
  const repairs = { count: 0 }
  const deps = await areaDeps(context, options)
  const drift = new Drift({
    ...deps,
    repaired: () => {
      repairs.count += 1
    },
    later: () => ({ known: null, verified: null }),
  })
  return { drift, repairs }
}

async function check(drift: Drift): Promise<DriftReport> {
  drift.check()
  return outcome(drift)
}

async function repair(drift: Drift, removals: string[] = []): Promise<DriftReport> {
  drift.repair(removals)
  return outcome(drift)
}

async function outcome(drift: Drift): Promise<DriftReport> {
  await drift.idle()
  const { job, report } = drift.state()
  expect(job.error).toBeNull()
  if (!report) throw new Error('There is no report.')
  return report
}

interface Stored {
  application: {
    signInAudience: string
    web: { redirectUris: string[] }
    requiredResourceAccess: { resourceAppId: string; resourceAccess: unknown[] }[]
    passwordCredentials: { keyId: string; displayName: string }[]
  }
  servicePrincipal: { id: string; accountEnabled: boolean } | undefined
  grants: { id: string; scope: string }[]
  appRoleAssignments: { id: string; appRoleId: string; resourceId: string }[]
}

function stored(appId: string): Stored {
  return rig.tenant.control.application(appId) as Stored
}

function audited({ database }: EntraContext) {
  if (!(database instanceof MemoryDatabase)) throw new Error('Not the database of this test.')
  return database.audit
}

describe('the comparison', () => {
  it('finds a fresh application in order, with two calls at most, and writes nothing', async () => {
    const { drift, record } = await setUp()
    const calls: string[] = []
    rig.onExchange = ({ phase, host, path }) => {
      if (phase === 'handled' && host === 'graph') calls.push(path)
    }
    const report = await check(drift)
    expect(report).toMatchObject({ inOrder: true, appId: record.appId })
    expect(report.secrets).toMatchObject([{ state: 'current', removalId: null }])
    expect(report.permissions.filter(({ state }) => state !== 'ok')).toEqual([])
    expect(calls.length).toBeLessThanOrEqual(2)
    expect(rig.writes).toEqual([])
  })

  it('learns from the tenant when the secret ends, so that nothing else counts other days', async () => {
    const { drift, context, record } = await setUp()
    rig.tenant.control.act('expire-secret')
    const report = await check(drift)
    const kept = await readProvisioningRecord(context.database)
    expect(kept?.clientSecret?.keyId).toBe(record.clientSecret?.keyId)
    expect(kept?.clientSecret?.endDateTime).toBe(report.secrets[0]?.endDateTime)
    expect(Date.parse(kept?.clientSecret?.endDateTime ?? '')).toBeLessThan(
      context.clock.now().getTime(),
    )
  })

  it('of a secret that was removed holds until another one is in use, and anew with the next comparison', async () => {
    const { drift } = await setUp()
    rig.tenant.control.act('remove-secret')
    await check(drift)
    expect(drift.state()).toMatchObject({ report: { inOrder: false }, outdated: false })
    drift.noteSecret('proven')
    expect(drift.state()).toMatchObject({ report: { inOrder: false }, outdated: true })
    await check(drift)
    expect(drift.state().outdated).toBe(false)
  })

  it('asks for a sign-in where nobody is signed in', async () => {
    const { context } = await setUp()
    const { drift } = await driftOver(context, { signedIn: false })
    expect(() => drift.check()).toThrow(expect.objectContaining({ code: 'sign-in-required' }))
    expect(() => drift.repair([])).toThrow(expect.objectContaining({ code: 'sign-in-required' }))
  })

  it('says that there is nothing to compare before the set-up', async () => {
    const { drift } = await driftOver(await rig.context())
    expect(() => drift.check()).toThrow(expect.objectContaining({ code: 'not-set-up' }))
  })

  it('refuses an account of another tenant, where everything would look as if it were gone', async () => {
    const { context } = await setUp()
    const account = { ...context.account, tenantId: OTHER_API }
    const { drift } = await driftOver({ ...context, account })
    drift.check()
    await drift.idle()
    expect(drift.state()).toMatchObject({ report: null, job: { error: { code: 'wrong-tenant' } } })
    drift.repair([])
    await drift.idle()
    expect(drift.state().job.error?.code).toBe('wrong-tenant')
    expect(rig.writes).toEqual([])
  })
})

describe('a change behind our back', () => {
  const changes: [
    name: string,
    object: DriftObject,
    change: (given: SetUp & { stored: Stored }) => Promise<unknown>,
  ][] = [
    [
      'the redirect URI replaced',
      'redirect-uri',
      ({ context: { graph }, record }) =>
        graph.patch(`/applications/${record.applicationObjectId}`, {
          web: { redirectUris: ['https://other.example/callback'] },
        }),
    ],
    [
      'opened to other organizations',
      'sign-in-audience',
      ({ context: { graph }, record }) =>
        graph.patch(`/applications/${record.applicationObjectId}`, {
          signInAudience: 'AzureADMultipleOrgs',
        }),
    ],
    [
      'its list of permissions emptied',
      'required-resource-access',
      ({ context: { graph }, record }) =>
        graph.patch(`/applications/${record.applicationObjectId}`, { requiredResourceAccess: [] }),
    ],
    [
      'switched off',
      'service-principal',
      ({ context: { graph }, record }) =>
        graph.patch(`/servicePrincipals/${record.servicePrincipalId}`, { accountEnabled: false }),
    ],
    [
      'its servicePrincipal deleted',
      'service-principal',
      ({ context: { graph }, record }) =>
        graph.delete(`/servicePrincipals/${record.servicePrincipalId}`),
    ],
    [
      'its secret removed',
      'client-secret',
      ({ context: { graph }, record }) =>
        graph.post(`/applications/${record.applicationObjectId}/removePassword`, {
          keyId: record.clientSecret?.keyId,
        }),
    ],
    [
      'the value of its secret lost here',
      'client-secret',
      ({ context: { secrets } }) => secrets.delete('clientSecret'),
    ],
    [
      'its grant narrowed',
      'delegated-grant',
      ({ context: { graph }, stored: { grants } }) =>
        graph.patch(`/oauth2PermissionGrants/${grants[0]?.id ?? ''}`, { scope: 'Chat.ReadWrite' }),
    ],
    [
      'its grant revoked',
      'delegated-grant',
      ({ context: { graph }, stored: { grants } }) =>
        graph.delete(`/oauth2PermissionGrants/${grants[0]?.id ?? ''}`),
    ],
    [
      'a role taken back',
      'app-role-assignments',
      ({ context: { graph }, record, stored: { appRoleAssignments } }) =>
        graph.delete(
          `/servicePrincipals/${record.servicePrincipalId}/appRoleAssignments/${appRoleAssignments[0]?.id ?? ''}`,
        ),
    ],
  ]

  it.each(changes)('%s is found and repaired', async (_name, object, change) => {
    const given = await setUp()
    const { drift, record, context, repairs } = given
    await change({ ...given, stored: stored(record.appId) })
    rig.writes.length = 0
    const earlier = audited(context).length

    const found = await check(drift)
    expect(found.inOrder).toBe(false)
    const row = found.rows.find((one) => one.object === object && one.state !== 'surplus')
    expect(row?.state).toMatch(/missing|different/)
    expect(rig.writes).toEqual([])

    const after = await repair(drift)
    expect(after.inOrder).toBe(true)
    expect(repairs.count).toBe(1)
    const noted = audited(context).slice(earlier)
    expect(noted.filter((one) => one.outcome === 'done')).toHaveLength(rig.writes.length)
    expect((await check(drift)).inOrder).toBe(true)
    rig.writes.length = 0
    expect((await repair(drift)).inOrder).toBe(true)
    expect(rig.writes).toEqual([])
  })

  it('a deleted application is a finding: the report is made, with every row missing', async () => {
    const { context, drift, record } = await setUp()
    await context.graph.delete(`/applications/${record.applicationObjectId}`)
    const report = await check(drift)
    expect(report.inOrder).toBe(false)
    expect(report.rows.map(({ state }) => state)).toEqual(Array(8).fill('missing'))
    rig.tenant.control.emptyDeletedItems()
    rig.tenant.control.emptyDeletedItems()
    const after = await repair(drift)
    expect(after.inOrder).toBe(true)
    expect(after.applicationObjectId).not.toBe(record.applicationObjectId)
  })
})

describe('surplus', () => {
  async function addSurplus({ context: { graph }, record }: SetUp): Promise<string> {
    const { applicationObjectId, servicePrincipalId, appId } = record
    const { application, grants } = stored(appId)
    await graph.patch(`/applications/${applicationObjectId}`, {
      web: { redirectUris: [...application.web.redirectUris, 'https://other.example/callback'] },
      requiredResourceAccess: [
        ...application.requiredResourceAccess,
        {
          resourceAppId: OTHER_API,
          resourceAccess: [{ id: '66666666-7777-4888-9999-000000000000', type: 'Scope' }],
        },
      ],
    })
    const [grant] = grants
    await graph.patch(`/oauth2PermissionGrants/${grant?.id ?? ''}`, {
      scope: `${grant?.scope ?? ''} Files.Read.All`,
    })
    const resourceId = stored(appId).appRoleAssignments[0]?.resourceId
    await graph.post(`/servicePrincipals/${resourceId ?? ''}/appRoleAssignedTo`, {
      principalId: servicePrincipalId,
      resourceId,
      // Chat.Read.All, an extra that is switched off.
      appRoleId: '6b7d71aa-70aa-4810-a8d9-5d9fb2830017',
    })
    const added = await graph.post(`/applications/${applicationObjectId}/addPassword`, {
      passwordCredential: { displayName: 'made by hand' },
    })
    if (typeof added !== 'object' || added === null || !('keyId' in added)) throw new Error('No id')
    return String(added.keyId)
  }

  it('stays where nobody asks, and goes one by one where somebody does', async () => {
    const given = await setUp()
    const { drift, record, context } = given
    const keyId = await addSurplus(given)
    const ids = [
      'redirect-uri:https://other.example/callback',
      `configured-resource:${OTHER_API}`,
      'permission:delegated:Files.Read.All',
      'permission:application:Chat.Read.All',
      `secret:${keyId}`,
    ]
    const offered = ({ rows, permissions, secrets }: DriftReport) =>
      [...rows, ...permissions, ...secrets]
        .map(({ removalId }) => removalId)
        .filter((id) => id !== null)
        .sort()
    await expect.poll(async () => offered(await check(drift))).toEqual([...ids].sort())

    rig.writes.length = 0
    const before = JSON.stringify(stored(record.appId))
    const kept = await repair(drift)
    expect(kept.inOrder).toBe(true)
    expect(rig.writes).toEqual([])
    expect(JSON.stringify(stored(record.appId))).toBe(before)

    let left = [...ids].sort()
    for (const id of ids) {
      rig.writes.length = 0
      left = left.filter((one) => one !== id)
      const report = await repair(drift, [id])
      expect(offered(report)).toEqual(left)
      expect(report.inOrder).toBe(true)
      expect(rig.writes).toHaveLength(1)
      expect(audited(context).at(-1)).toMatchObject({ outcome: 'done' })
      expect(audited(context).at(-1)?.before).not.toBeNull()
    }
    expect(JSON.stringify(audited(context))).not.toMatch(/\dQ~/)
  })

  it('an extra that was switched off again goes from the list and from the grants', async () => {
    const { context, record } = await setUp()
    const settings = { ...context.settings, optionalPermissions: ['Chat.Read.All' as const] }
    await applyPlan({ ...context, settings }, () => {})
    const { drift } = await driftOver(context)
    await check(drift)
    const report = await repair(drift, ['permission:application:Chat.Read.All'])
    expect(report.permissions.find(({ value }) => value === 'Chat.Read.All')).toMatchObject({
      configured: false,
      granted: false,
      state: 'ok',
    })
    expect(stored(record.appId).appRoleAssignments).toHaveLength(3)
  })

  it('that is not in the report is refused before anything is written', async () => {
    const given = await setUp()
    const { drift, context, record } = given
    await check(drift)
    await context.graph.delete(
      `/oauth2PermissionGrants/${stored(record.appId).grants[0]?.id ?? ''}`,
    )
    rig.writes.length = 0
    for (const id of [
      'redirect-uri:https://nowhere.example/',
      `secret:${record.clientSecret?.keyId ?? ''}`,
    ]) {
      expect(() => drift.repair([id])).toThrow(expect.objectContaining({ code: 'not-found' }))
    }
    await drift.idle()
    expect(rig.writes).toEqual([])
  })

  it('that somebody else removed meanwhile, or that is needed by now, is left alone', async () => {
    const given = await setUp()
    const { drift, context, record } = given
    await addSurplus(given)
    await expect.poll(async () => (await check(drift)).secrets.length).toBe(2)
    const foreign = drift.state().report?.secrets.find(({ state }) => state === 'foreign')
    await context.graph.post(`/applications/${record.applicationObjectId}/removePassword`, {
      keyId: foreign?.keyId,
    })
    context.settings.optionalPermissions = ['Chat.Read.All']
    try {
      const report = await repair(drift, [
        foreign?.removalId ?? '',
        'permission:application:Chat.Read.All',
      ])
      expect(report.inOrder).toBe(true)
      expect(report.permissions.find(({ value }) => value === 'Chat.Read.All')?.state).toBe('ok')
      expect(stored(record.appId).appRoleAssignments).toHaveLength(4)
    } finally {
      context.settings.optionalPermissions = []
    }
  })

  it('keeps what another administrator adds while it is being removed', async () => {
    const given = await setUp()
    const { drift, context, record } = given
    await addSurplus(given)
    await check(drift)
    const { graph } = context
    const added: string[] = []
    // After every look, so also between the last comparison and the write.
    const addOne = async () => {
      added.push(`https://third.example/${added.length}`)
      const { redirectUris } = stored(record.appId).application.web
      await graph.patch(`/applications/${record.applicationObjectId}`, {
        web: { redirectUris: [...redirectUris, added.at(-1)] },
      })
    }
    const racing = await driftOver({
      ...context,
      graph: new Proxy(graph, {
        get: (target, name, receiver) => {
          if (name !== 'batch') return Reflect.get(target, name, receiver) as unknown
          return async (...args: Parameters<typeof graph.batch>) => {
            const answer = await target.batch(...args)
            if (added.length < 10) await addOne()
            return answer
          }
        },
      }),
    })
    await check(racing.drift)
    await repair(racing.drift, ['redirect-uri:https://other.example/callback'])
    expect(stored(record.appId).application.web.redirectUris).toEqual([
      record.redirectUri,
      ...added,
    ])
  })
})

describe('an application that somebody else made', () => {
  it('is compared and repaired like our own, and keeps what is its own', async () => {
    const base = await rig.context()
    const made = await base.graph.post('/applications', {
      displayName: 'By hand',
      signInAudience: 'AzureADMultipleOrgs',
      web: { redirectUris: ['https://other.example/callback'] },
    })
    if (typeof made !== 'object' || made === null || !('appId' in made)) throw new Error('No id')
    const settings = { ...base.settings, adoptedAppId: String(made.appId) }
    const context = { ...base, settings }
    await expect.poll(async () => (await base.graph.list('/applications')).length).toBe(1)
    await applyPlan(context, () => {})
    const { drift } = await driftOver(context)
    const report = await check(drift)
    expect(report.inOrder).toBe(true)
    const { grants, application } = stored(String(made.appId))
    expect(application.signInAudience).toBe('AzureADMultipleOrgs')
    await base.graph.delete(`/oauth2PermissionGrants/${grants[0]?.id ?? ''}`)
    expect((await check(drift)).inOrder).toBe(false)
    expect((await repair(drift)).inOrder).toBe(true)
    const now = stored(String(made.appId)).application
    expect(now.signInAudience).toBe('AzureADMultipleOrgs')
    expect(now.web.redirectUris).toContain('https://other.example/callback')
    await repair(drift, ['sign-in-audience', 'redirect-uri:https://other.example/callback'])
    expect(stored(String(made.appId)).application.signInAudience).toBe('AzureADMyOrg')
    expect(rig.tenant.control.counts().applications).toBe(1)
  })
})

describe('two clicks', () => {
  it('a repair asked for during a comparison is refused in words, and the same click twice counts once', async () => {
    const { drift } = await setUp()
    drift.check()
    drift.check()
    expect(() => drift.repair([])).toThrow(expect.objectContaining({ code: 'busy' }))
    await outcome(drift)
    drift.repair([])
    expect(() => drift.check()).toThrow(expect.objectContaining({ code: 'busy' }))
    drift.cancel()
    await drift.idle()
    expect(drift.state().job.error?.code).toBe('cancelled')
    expect((await check(drift)).inOrder).toBe(true)
  })
})
