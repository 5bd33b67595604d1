// Applications that somebody else made, or that were made before: adopting, going on, restoring, and whose what is.
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { AppError } from '../../../main/core/app-error.ts'
import { findCandidates, restoreApplication } from '../../../main/core/entra/candidates.ts'
import { makePlan } from '../../../main/core/entra/plan.ts'
import { applyPlan, type EntraContext } from '../../../main/core/entra/provision.ts'
import {
  emptyRecord,
  nothingAdded,
  readProvisioningRecord,
  writeProvisioningRecord,
} from '../../../main/core/entra/provisioning-record.ts'
import { readServicePrincipal } from '../../../main/core/entra/graph-objects.ts'
import { readGrantsOf } from '../../../main/core/entra/tenant-reading.ts'
import type { ConnectionSettings } from '../../../main/contract/models/settings.ts'
import { openRig } from './practice-rig.ts'

const OURS = 'https://acme.brightpattern.example/agentdesktop/msteamscallback.html'
const THEIRS = 'https://other.example/callback'
const ROLES = ['Chat.ReadWrite.All', 'ChannelMessage.Read.All', 'User.Read.All']
const OTHER_API = '00000002-0000-0ff1-ce00-000000000000'
const NOBODY = '00000000-1111-4222-8333-444444444444'

const rig = await openRig()
beforeEach(() => rig.reset())
afterAll(async () => {
  expect(rig.violations).toEqual([])
  await rig.close()
})

describe('an application made by hand', () => {
  it('is adopted by its client id: what is missing is added, what is there stays', async () => {
    const { context, appId } = await handMade()
    const plan = await makePlan(context)
    const row = plan.rows[0]
    expect(row).toMatchObject({ action: 'leave', name: 'Made by Kim' })
    expect(row?.detail).toContain('Somebody else made it')
    expect(row?.detail).toContain('other tenants')

    const record = await applyPlan(context, () => {})

    expect(record).toMatchObject({ origin: 'adopted', appId, displayName: 'Made by Kim' })
    expect(record.added).toMatchObject({
      application: false,
      servicePrincipal: true,
      redirectUri: true,
      roles: ROLES,
    })
    expect(record.added.configured).toHaveLength(11)
    expect(record.added.scopes).toHaveLength(8)
    expect(stored(appId).application).toMatchObject({
      displayName: 'Made by Kim',
      signInAudience: 'AzureADMultipleOrgs',
      web: { redirectUris: [THEIRS, OURS] },
    })
    expect(rig.tenant.control.counts()).toMatchObject({ applications: 1, servicePrincipals: 1 })
    expect((await makePlan(context)).nothingToDo).toBe(true)
  })

  it('keeps what another administrator adds while the plan is applied', async () => {
    const { context, appId } = await handMade()
    const { graph } = context
    const late = 'https://late.example/callback'
    const access = [{ resourceAppId: OTHER_API, resourceAccess: [{ id: NOBODY, type: 'Scope' }] }]
    const { id } = stored(appId).application
    let principalId = ''
    const post: typeof graph.post = async (path, body, options) => {
      const answer = await graph.post(path, body, options)
      if (path === '/servicePrincipals') {
        principalId = readServicePrincipal(answer).id
        await graph.patch(`/applications/${id}`, {
          web: { redirectUris: [THEIRS, late] },
          requiredResourceAccess: access,
        })
      }
      return answer
    }
    await applyPlan({ ...context, graph: { ...graph, post } }, () => {})
    expect(principalId).not.toBe('')
    const { web, requiredResourceAccess } = stored(appId).application
    expect(web.redirectUris).toEqual([THEIRS, late, OURS])
    expect(requiredResourceAccess).toContainEqual(access[0])
  })

  it('keeps delegated permissions that another administrator grants while the plan is applied', async () => {
    const first = await rig.context()
    const { appId, servicePrincipalId } = await applyPlan(first, () => {})
    const [grant] = await readGrantsOf(first, servicePrincipalId)
    const path = `/oauth2PermissionGrants/${grant?.id ?? ''}`
    await first.graph.patch(path, { scope: 'Chat.ReadWrite' })
    await first.secrets.delete('clientSecret')
    const post: typeof first.graph.post = async (at, body, options) => {
      const answer = await first.graph.post(at, body, options)
      await first.graph.patch(path, { scope: 'Chat.ReadWrite Mail.Read' })
      return answer
    }
    await applyPlan({ ...first, graph: { ...first.graph, post } }, () => {})
    const [after] = await readGrantsOf(first, servicePrincipalId)
    expect(after?.scope.split(' ')).toEqual(expect.arrayContaining(['Mail.Read', 'User.Read.All']))
    expect(stored(appId).application.displayName).toBe(first.settings.applicationName)
  })

  it('keeps its name when the name in Settings changes', async () => {
    const { context, appId } = await handMade()
    await applyPlan(context, () => {})
    await applyPlan(withSettings(context, { applicationName: 'Another name' }), () => {})
    expect(stored(appId).application.displayName).toBe('Made by Kim')
  })

  it('that is complete but for one role gets that role, and nothing else is noted as added', async () => {
    const first = await rig.context()
    const { appId, servicePrincipalId } = await applyPlan(first, () => {})
    const { appRoleAssignments } = stored(appId)
    await first.graph.delete(
      `/servicePrincipals/${servicePrincipalId}/appRoleAssignments/${appRoleAssignments[0]?.id ?? ''}`,
    )
    const other = withSettings(await rig.context(), {
      tenantUrl: 'acme.brightpattern.example',
      adoptedAppId: appId,
    })
    const { added } = await applyPlan(other, () => {})
    expect(added).toEqual({ ...nothingAdded(), roles: [expect.any(String)] })
  })

  it('that the tenant does not have is named, and nothing is written', async () => {
    const context = withSettings(await rig.context(), { adoptedAppId: NOBODY })
    const error = await errorOf(makePlan(context))
    expect(error.code).toBe('application-missing')
    expect(error.message).toContain(NOBODY)
    expect((await errorOf(applyPlan(context, () => {}))).code).toBe('application-missing')
    expect(rig.writes).toEqual([])
  })

  it('is left alone once EMI Tray is to make its own, and the plan says so', async () => {
    const { context, appId } = await handMade()
    await applyPlan(context, () => {})
    const own = withSettings(context, { adoptedAppId: '' })
    const plan = await makePlan(own)
    expect(plan.rows[0]).toMatchObject({ action: 'create' })
    expect(plan.rows[0]?.detail).toContain(appId)
    expect(plan.rows[0]?.detail).toContain('not touched')
    expect(plan.rows[0]?.detail).not.toContain('EMI Tray made it')
    expect(plan.rows[0]?.detail).toContain('a client secret')
    const before = JSON.stringify(stored(appId))
    const record = await applyPlan(own, () => {})
    expect(record).toMatchObject({ origin: 'made', added: { application: true } })
    expect(JSON.stringify(stored(appId))).toBe(before)
  })
})

describe('another address of the contact center', () => {
  it('gets an application of its own; the plan says that the earlier one is not touched', async () => {
    const context = await rig.context()
    const first = await applyPlan(context, () => {})
    const moved = withSettings(context, { tenantUrl: 'new.brightpattern.example' })
    const plan = await makePlan(moved)
    expect(plan.rows[0]).toMatchObject({ action: 'create' })
    expect(plan.rows[0]?.detail).toContain(first.appId)
    expect(plan.rows[0]?.detail).toContain('not touched')
    expect(plan.rows[0]?.detail).toContain('Leave EMI Tray')
    const before = JSON.stringify(stored(first.appId))
    const second = await applyPlan(moved, () => {})
    expect(second.appId).not.toBe(first.appId)
    expect(JSON.stringify(stored(first.appId))).toBe(before)
  })

  it('only adds a redirect URI to an adopted application', async () => {
    const { context, appId } = await handMade()
    await applyPlan(context, () => {})
    const moved = withSettings(context, { tenantUrl: 'new.brightpattern.example' })
    const record = await applyPlan(moved, () => {})
    expect(record).toMatchObject({ appId, origin: 'adopted', added: { redirectUri: true } })
    expect(stored(appId).application.web.redirectUris).toHaveLength(3)
  })
})

describe('an application that another installation handed over', () => {
  it('keeps the name and the audience that were given there', async () => {
    const context = await rig.context()
    const there = withSettings(context, { applicationName: 'Named over there' })
    const record = await applyPlan(there, () => {})
    await writeProvisioningRecord(context.database, { ...record, origin: 'received' })
    await context.graph.patch(`/applications/${record.applicationObjectId}`, {
      signInAudience: 'AzureADMultipleOrgs',
    })
    expect((await makePlan(context)).rows[0]).toMatchObject({ action: 'leave' })
    const after = await applyPlan(context, () => {})
    expect(after).toMatchObject({ origin: 'received', displayName: 'Named over there' })
    expect(stored(record.appId).application).toMatchObject({
      displayName: 'Named over there',
      signInAudience: 'AzureADMultipleOrgs',
    })
  })
})

describe('an application known under an earlier unique name', () => {
  it.each(['made', 'received'] as const)('is found by the record: %s', async (origin) => {
    const context = await rig.context()
    const made = await makeByHand(context, { uniqueName: 'emi-tray-older-spelling' })
    await writeProvisioningRecord(context.database, {
      ...emptyRecord({
        tenantId: context.account.tenantId,
        uniqueName: 'emi-tray-older-spelling',
        origin,
      }),
      ...made,
      redirectUri: OURS,
    })
    const candidates = await findCandidates(
      withSettings(context, { applicationName: 'Made by Kim' }),
    )
    expect(candidates.map((one) => one.chosen)).toEqual([true])
    const record = await applyPlan(context, () => {})
    expect(record).toMatchObject({ appId: made.appId, origin, added: { application: false } })
    expect(rig.tenant.control.counts().applications).toBe(1)
  })
})

describe('a deleted application', () => {
  it('is found, restored with its servicePrincipal, and used again', async () => {
    const context = await rig.context()
    const first = await applyPlan(context, () => {})
    await context.graph.delete(`/applications/${first.applicationObjectId}`)
    expect((await errorOf(applyPlan(context, () => {}))).code).toBe('graph-conflict')

    const [candidate] = await findCandidates(context)
    expect(candidate).toMatchObject({ appId: first.appId, chosen: false })
    expect(candidate?.deletedAt).not.toBeNull()
    await restoreApplication(context, candidate?.applicationObjectId ?? '')

    const second = await applyPlan(context, () => {})
    expect(second).toMatchObject({
      appId: first.appId,
      servicePrincipalId: first.servicePrincipalId,
    })
    expect(rig.tenant.control.counts()).toMatchObject({
      applications: 1,
      servicePrincipals: 1,
      grants: 1,
      appRoleAssignments: 3,
    })
  })

  it('that is gone for good is named', async () => {
    const error = await errorOf(restoreApplication(await rig.context(), NOBODY))
    expect(error.code).toBe('application-missing')
  })
})

describe('what this installation added', () => {
  it('is everything, after a first run', async () => {
    const { added } = await applyPlan(await rig.context(), () => {})
    expect(added).toMatchObject({
      application: true,
      servicePrincipal: true,
      redirectUri: true,
      roles: ROLES,
    })
    expect(added.configured).toContain('delegated Presence.Read.All')
    expect(added.configured).toHaveLength(11)
    expect(added.scopes).toHaveLength(8)
  })

  it('is nothing but the secret where the data folder was lost', async () => {
    await applyPlan(await rig.context(), () => {})
    const { added, clientSecret } = await applyPlan(await rig.context(), () => {})
    expect(added).toEqual(nothingAdded())
    expect(clientSecret).not.toBeNull()
  })

  it.each([1, 2, 3, 4, 5, 6, 7])(
    'is everything though the answer to write %i was lost',
    async (n) => {
      const context = await rig.context()
      const controller = new AbortController()
      rig.onExchange = ({ phase, host }) => {
        if (phase === 'handled' && host === 'graph' && rig.writes.length === n) controller.abort()
      }
      await expect(applyPlan({ ...context, signal: controller.signal }, () => {})).rejects.toThrow()
      rig.onExchange = () => {}
      const { added, creating } = await applyPlan(context, () => {})
      expect(added).toMatchObject({
        application: true,
        servicePrincipal: true,
        redirectUri: true,
      })
      expect([added.configured.length, added.scopes.length, added.roles.length]).toEqual([11, 8, 3])
      expect(creating).toBeUndefined()
    },
  )

  it('leaves out what was never sent, since the sign-in had ended', async () => {
    const { context } = await handMade()
    const { graph } = context
    const post: typeof graph.post = async (...request) => {
      await rig.session()?.signOut()
      return graph.post(...request)
    }
    const error = await errorOf(applyPlan({ ...context, graph: { ...graph, post } }, () => {}))
    expect(error.code).toBe('sign-in-required')
    const record = await readProvisioningRecord(context.database)
    expect(record?.added.servicePrincipal).toBe(false)
  })

  it('leaves out what Entra refused', async () => {
    const samir = await rig.context({ account: await rig.signIn('application-admin') })
    expect((await errorOf(applyPlan(samir, () => {}))).code).toBe('admin-role-missing')
    const record = await readProvisioningRecord(samir.database)
    expect(record?.added).toMatchObject({ application: true, servicePrincipal: true, roles: [] })
  })

  it('still names an extra that is switched off again, which applying leaves in place', async () => {
    const context = await rig.context()
    await applyPlan(withSettings(context, { optionalPermissions: ['Files.Read.All'] }), () => {})
    rig.writes.length = 0
    expect((await makePlan(context)).nothingToDo).toBe(true)
    const { added } = await applyPlan(context, () => {})
    expect(rig.writes).toEqual([])
    expect(added.roles).toContain('Files.Read.All')
    expect(rig.tenant.control.counts().appRoleAssignments).toBe(4)
  })
})

/** An application that Kim made in the portal, and a context that adopts it. */
async function handMade(): Promise<{ context: EntraContext; appId: string }> {
  const context = await rig.context()
  const { appId } = await makeByHand(context, {})
  return { context: withSettings(context, { adoptedAppId: appId }), appId }
}

async function makeByHand(
  { graph }: EntraContext,
  properties: object,
): Promise<{ applicationObjectId: string; appId: string }> {
  const made = (await graph.post('/applications', {
    displayName: 'Made by Kim',
    signInAudience: 'AzureADMultipleOrgs',
    web: { redirectUris: [THEIRS] },
    ...properties,
  })) as { id: string; appId: string }
  await new Promise((resolve) => rig.clock.after(1_000, () => resolve(undefined)))
  rig.writes.length = 0
  return { applicationObjectId: made.id, appId: made.appId }
}

function withSettings(context: EntraContext, change: Partial<ConnectionSettings>): EntraContext {
  return { ...context, settings: { ...context.settings, ...change } }
}

interface Stored {
  application: {
    id: string
    displayName: string
    web: { redirectUris: string[] }
    requiredResourceAccess: unknown[]
  }
  appRoleAssignments: { id: string }[]
}

function stored(appId: string): Stored {
  return rig.tenant.control.application(appId) as Stored
}

async function errorOf(work: Promise<unknown>): Promise<AppError> {
  try {
    await work
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  throw new Error('It did not fail.')
}
