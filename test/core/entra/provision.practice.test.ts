// The whole set-up against the practice tenant, with real MSAL and real HTTPS.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { AppError } from '../../../main/core/app-error.ts'
import { checkTenant } from '../../../main/core/entra/preflight.ts'
import { wantedPermissions } from '../../../main/core/entra/permissions.ts'
import { GraphError } from '../../../main/core/entra/graph-error.ts'
import { makePlan } from '../../../main/core/entra/plan.ts'
import { applyPlan, type EntraContext } from '../../../main/core/entra/provision.ts'
import type { ProvisioningRecord } from '../../../main/core/entra/provisioning-record.ts'
import { verifyIntegration } from '../../../main/core/entra/verify.ts'
import type { ApplyStep } from '../../../main/contract/models/setup.ts'
import { MemoryDatabase, MemorySecrets } from '../../fakes/memory-ports.ts'
import { openRig, type Rig } from './practice-rig.ts'

const EXACTLY_ONE_OF_EACH = {
  applications: 1,
  servicePrincipals: 1,
  grants: 1,
  appRoleAssignments: 3,
  secrets: 1,
  subscriptions: 0,
}
const WRITES_OF_A_FIRST_RUN = 7

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

describe('a first run', () => {
  it('makes exactly one of each, and a secret that works', async () => {
    const context = await rig.context()
    const plan = await makePlan(context)
    expect(plan.nothingToDo).toBe(false)
    expect(plan.rows.map((row) => row.action)).toEqual(Array(7).fill('create'))
    expect(rig.writes).toEqual([])

    let last: ApplyStep[] = []
    const record = await applyPlan(context, (steps) => {
      last = steps
    })

    expect(rig.writes).toHaveLength(WRITES_OF_A_FIRST_RUN)
    expect(last.map((step) => step.state)).toEqual(Array(8).fill('done'))
    await expectComplete(context, record)
    expect(record.uniqueName).toBe('emi-tray-acme-brightpattern-example')
    expect(record.redirectUri).toBe(
      'https://acme.brightpattern.example/agentdesktop/msteamscallback.html',
    )
    expect(monthsOf(record)).toBe(24)
  })

  it('shows among the enterprise applications of the admin center', async () => {
    const context = await rig.context()
    const { servicePrincipalId } = await applyPlan(context, () => {})
    const found = await context.graph.get(`/servicePrincipals/${servicePrincipalId}`)
    expect(found).toMatchObject({ tags: ['WindowsAzureActiveDirectoryIntegratedApp'] })
  })

  it('is verified by a real token, without an administrator', async () => {
    const context = await rig.context()
    const record = await applyPlan(context, () => {})
    const verified = await verify({ ...context, record, graph: null })
    expect(verified.missingRoles).toEqual([])
    expect(verified.delegatedGranted).toBe(true)
    expect([...verified.roles].sort()).toEqual([
      'ChannelMessage.Read.All',
      'Chat.ReadWrite.All',
      'User.Read.All',
    ])
  })

  it('never puts the secret or a token into the log or the record', async () => {
    const context = await rig.context()
    await applyPlan(context, () => {})
    const secret = secretOf(context)
    const told = JSON.stringify([context.log, [...records(context).records.values()]])
    expect(secret.length).toBeGreaterThan(20)
    expect(told).not.toContain(secret)
    expect(told).not.toContain('eyJ')
    expect(told).toContain('set up and works')
  })
})

describe('a second run', () => {
  it('writes nothing at all', async () => {
    const context = await rig.context()
    const first = await applyPlan(context, () => {})
    rig.writes.length = 0
    const plan = await makePlan(context)
    expect(plan.nothingToDo).toBe(true)
    expect(plan.permissions.every((permission) => permission.granted)).toBe(true)
    expect(await applyPlan(context, () => {})).toEqual(first)
    expect(rig.writes).toEqual([])
  })

  it('keeps what others added: redirect URIs, permissions, scopes', async () => {
    const context = await rig.context()
    const { applicationObjectId, appId } = await applyPlan(context, () => {})
    const { graph } = context
    const { grants } = stored(appId)
    await graph.patch(`/applications/${applicationObjectId}`, {
      web: { redirectUris: ['https://other.example/callback'] },
      requiredResourceAccess: [
        {
          resourceAppId: '11111111-2222-4333-8444-555555555555',
          resourceAccess: [{ id: '66666666-7777-4888-9999-000000000000', type: 'Scope' }],
        },
      ],
    })
    await graph.patch(`/oauth2PermissionGrants/${grants[0]?.id ?? ''}`, {
      scope: 'Files.Read.All Chat.ReadWrite',
    })
    expect((await makePlan(context)).nothingToDo).toBe(false)

    await applyPlan(context, () => {})

    const now = stored(appId)
    expect(now.application.web.redirectUris).toEqual([
      'https://other.example/callback',
      'https://acme.brightpattern.example/agentdesktop/msteamscallback.html',
    ])
    expect(now.application.requiredResourceAccess).toHaveLength(2)
    expect(now.grants[0]?.scope.split(' ')).toContain('Files.Read.All')
    expect(now.grants[0]?.scope.split(' ')).toHaveLength(9)
    expect(rig.tenant.control.counts()).toEqual(EXACTLY_ONE_OF_EACH)
  })

  it('adds the optional permission when it is switched on later', async () => {
    const context = await rig.context()
    await applyPlan(context, () => {})
    rig.writes.length = 0
    const more: EntraContext = {
      ...context,
      settings: { ...context.settings, optionalPermissions: ['Chat.Read.All'] },
    }
    const plan = await makePlan(more)
    const changed = plan.rows.filter((row) => row.action !== 'leave').map((row) => row.object)
    expect(changed).toEqual(['required-resource-access', 'app-role-assignments'])
    const record = await applyPlan(more, () => {})
    expect(rig.writes).toHaveLength(2)
    const { roles } = await verify({ ...more, record, graph: more.graph })
    expect(roles).toContain('Chat.Read.All')
    expect(rig.tenant.control.counts()).toEqual({ ...EXACTLY_ONE_OF_EACH, appRoleAssignments: 4 })
  })

  it('finds the application again after the data folder was lost, and makes a new secret', async () => {
    const first = await applyPlan(await rig.context(), () => {})
    const context = await rig.context()
    const second = await applyPlan(context, () => {})
    expect(second.appId).toBe(first.appId)
    expect(rig.tenant.control.counts()).toEqual({ ...EXACTLY_ONE_OF_EACH, secrets: 2 })
    expect(rig.tenant.control.isSecretValid(second.appId, secretOf(context))).toBe(true)
  })

  it('makes a new secret when the known one was removed in Entra', async () => {
    const context = await rig.context()
    const { applicationObjectId, clientSecret } = await applyPlan(context, () => {})
    const keyId = clientSecret?.keyId
    await context.graph.post(`/applications/${applicationObjectId}/removePassword`, { keyId })
    const record = await applyPlan(context, () => {})
    expect(record.clientSecret?.keyId).not.toBe(keyId)
    await expectComplete(context, record)
  })

  it('gives the application its new name, but leaves a name that a person gave it in Entra', async () => {
    const context = await rig.context()
    const { applicationObjectId, appId } = await applyPlan(context, () => {})
    await context.graph.patch(`/applications/${applicationObjectId}`, { displayName: 'EMI (ours)' })
    await applyPlan(context, () => {})
    expect(stored(appId).application.displayName).toBe('EMI (ours)')
    const settings = { ...context.settings, applicationName: 'Teams for agents' }
    await applyPlan({ ...context, settings }, () => {})
    expect(stored(appId).application.displayName).toBe('Teams for agents')
  })
})

describe('a run that is stopped', () => {
  const writes = Array.from({ length: WRITES_OF_A_FIRST_RUN }, (_, index) => index + 1)

  it.each(writes)('after write %i, its answer lost, is finished by the next', async (stopAt) => {
    const context = await rig.context()
    const controller = new AbortController()
    rig.onExchange = ({ phase, host, method }) => {
      if (phase !== 'handled' || host !== 'graph' || method === 'GET') return
      if (rig.writes.length === stopAt) controller.abort()
    }
    const stopped = applyPlan({ ...context, signal: controller.signal }, () => {})
    await expect(stopped).rejects.toThrow()
    rig.onExchange = () => {}
    await expectComplete(context, await applyPlan(context, () => {}))
  })

  it.each(writes)('before write %i reaches Graph is finished by the next', async (stopAt) => {
    const context = await rig.context()
    const controller = new AbortController()
    const graph = new Proxy(context.graph, {
      get: (target, name, receiver) => {
        if ((name === 'post' || name === 'patch') && rig.writes.length === stopAt - 1) {
          controller.abort()
        }
        return Reflect.get(target, name, receiver) as unknown
      },
    })
    const stopped = applyPlan({ ...context, graph, signal: controller.signal }, () => {})
    await expect(stopped).rejects.toThrow()
    await expectComplete(context, await applyPlan(context, () => {}))
  })

  it.each(['before', 'after'] as const)(
    'by the death of the process %s any write to the database or the vault is finished by the next',
    async (when) => {
      for (let stopAt = 1; ; stopAt += 1) {
        const context = await rig.context()
        const dying = dieAtWrite(context, { stopAt, when })
        const isOver = await applyPlan(dying, () => {}).then(
          () => true,
          (error: unknown) => {
            expect(String(error)).toContain('killed')
            return false
          },
        )
        const record = await applyPlan(context, () => {})
        await expectComplete(context, record)
        const { configured, scopes, roles, ...whole } = record.added
        expect(whole).toEqual({ application: true, servicePrincipal: true, redirectUri: true })
        expect([configured.length, scopes.length, roles.length]).toEqual([11, 8, 3])
        await rig.reset()
        if (isOver) {
          expect(stopAt).toBeGreaterThan(7)
          return
        }
      }
    },
  )
})

describe('a tenant that is slow', () => {
  it('is waited for, and nothing is made twice', async () => {
    const slow = await openRig({ replicationDelayMs: 300 })
    try {
      const context = await slow.context()
      const said: string[] = []
      const record = await applyPlan(context, (_, progress) => said.push(progress.doing))
      expect(slow.tenant.control.counts()).toEqual(EXACTLY_ONE_OF_EACH)
      expect(said.some((doing) => /everywhere yet|into effect yet/.test(doing))).toBe(true)
      expect(record.completedAt).not.toBeNull()
      // At once again, while replicas may still be behind.
      const controller = new AbortController()
      const other = await slow.context({
        settings: { ...context.settings, tenantUrl: 'second.brightpattern.example' },
      })
      slow.onExchange = ({ phase, path }) => {
        if (phase === 'handled' && path.endsWith('addPassword')) controller.abort()
      }
      await expect(applyPlan({ ...other, signal: controller.signal }, () => {})).rejects.toThrow()
      slow.onExchange = () => {}
      await applyPlan(other, () => {})
      expect(slow.tenant.control.counts().secrets).toBe(2)
    } finally {
      await slow.close()
    }
  })

  it('that throttles is obeyed', async () => {
    const context = await rig.context()
    rig.tenant.control.setFault('throttling', true)
    const record = await applyPlan(context, () => {})
    rig.tenant.control.setFault('throttling', false)
    await expectComplete(context, record)
  })
})

describe('policies and roles', () => {
  it('takes the longest life that a policy allows, and says so', async () => {
    rig.tenant.control.setFault('secret-lifetime-limited', true)
    const context = await rig.context()
    let steps: ApplyStep[] = []
    const record = await applyPlan(context, (now) => {
      steps = now
    })
    expect(monthsOf(record)).toBe(6)
    expect(steps[4]?.result).toContain('policy')
    await expectComplete(context, record)
  })

  it('says that secrets are forbidden, and goes on from there once they are not', async () => {
    rig.tenant.control.setFault('secret-forbidden-by-policy', true)
    const context = await rig.context()
    expect(await codeOf(applyPlan(context, () => {}))).toBe('secret-forbidden')
    rig.tenant.control.setFault('secret-forbidden-by-policy', false)
    await expectComplete(context, await applyPlan(context, () => {}))
  })

  it('lets an application administrator do the first part, and another finish it', async () => {
    const samir = await rig.context({ account: await rig.signIn('application-admin') })
    const { checks } = await checkTenant(samir)
    expect(checks.find((one) => one.name === 'roles')?.state).toBe('warning')
    let steps: ApplyStep[] = []
    const failed = applyPlan(samir, (now) => {
      steps = now
    })
    expect(await codeOf(failed)).toBe('admin-role-missing')
    expect(steps.find((step) => step.state === 'failed')?.object).toBe('app-role-assignments')

    const nora = await rig.signIn('global-admin')
    const { graph } = await rig.context()
    const record = await applyPlan({ ...samir, graph, account: nora }, () => {})
    await expectComplete(samir, record)
  })

  it('tells a plain user before anything is written', async () => {
    const context = await rig.context({ account: await rig.signIn('application-admin') })
    rig.tenant.control.setFault('no-admin-role', true)
    expect(await codeOf(applyPlan(context, () => {}))).toBe('admin-role-missing')
    expect(rig.tenant.control.counts().applications).toBe(0)
    const checks = (await checkTenant({ ...context, account: { ...context.account, roles: [] } }))
      .checks
    expect(checks.find((one) => one.name === 'roles')?.state).not.toBe('ok')
  })

  it('finds nothing in the way of a global administrator', async () => {
    const checks = (await checkTenant(await rig.context())).checks
    const others = checks.filter((one) => one.name !== 'clock')
    expect(others.filter((one) => one.state !== 'ok')).toEqual([])
  })
})

describe('verifying', () => {
  it('says that the consent is missing when it was taken back', async () => {
    const context = await rig.context()
    const record = await applyPlan(context, () => {})
    const { appRoleAssignments } = stored(record.appId)
    const path = `/servicePrincipals/${record.servicePrincipalId}/appRoleAssignments`
    await context.graph.delete(`${path}/${appRoleAssignments[0]?.id ?? ''}`)
    expect(await codeOf(verify({ ...context, record, graph: null }))).toBe('consent-missing')
  })

  it('works for a record that was received and names no servicePrincipal', async () => {
    const context = await rig.context()
    const made = await applyPlan(context, () => {})
    const record = { ...made, origin: 'received' as const, servicePrincipalId: '' }
    expect((await verify({ ...context, record, graph: null })).missingRoles).toEqual([])
    expect((await verify({ ...context, record })).delegatedGranted).toBe(true)
  })

  it('goes by the token where the account may not read what was granted', async () => {
    const context = await rig.context()
    const record = await applyPlan(context, () => {})
    const refusal = new GraphError(
      'graph-forbidden',
      { message: 'x.', nextStep: 'y.' },
      { status: 403 },
    )
    const graph: EntraContext['graph'] = {
      ...context.graph,
      batch: (requests) =>
        Promise.resolve(requests.map(() => ({ status: 403, body: undefined, error: refusal }))),
    }
    expect((await verify({ ...context, record, graph })).missingRoles).toEqual([])
  })

  it('is not misled by a replica that does not show the delegated consent yet', async () => {
    const context = await rig.context()
    const record = await applyPlan(context, () => {})
    const empty = { status: 200, body: { value: [] }, error: null }
    let looks = 0
    const lagging: EntraContext['graph'] = {
      ...context.graph,
      batch: async (requests, options) => {
        looks += 1
        const answers = await context.graph.batch(requests, options)
        return looks > 1 ? answers : answers.map((one, index) => (index === 1 ? empty : one))
      },
    }
    const verified = await verify({ ...context, record, graph: lagging })
    expect(verified.delegatedGranted).toBe(true)
    expect(looks).toBe(2)
  })

  it('says that the delegated consent is missing when it was taken back', async () => {
    const context = await rig.context()
    const record = await applyPlan(context, () => {})
    const [grant] = stored(record.appId).grants
    await context.graph.delete(`/oauth2PermissionGrants/${grant?.id ?? ''}`)
    expect(await codeOf(verify({ ...context, record, graph: context.graph }))).toBe(
      'consent-missing',
    )
  })

  it('says that the secret is wrong when it is', async () => {
    const context = await rig.context()
    const record = await applyPlan(context, () => {})
    await context.secrets.set('clientSecret', 'something-else')
    expect(await codeOf(verify({ ...context, record, graph: null }))).toBe('client-secret-wrong')
  })

  it('says that the application is gone when it was deleted', async () => {
    const context = await rig.context()
    const record = await applyPlan(context, () => {})
    await context.graph.delete(`/applications/${record.applicationObjectId}`)
    expect(await codeOf(verify({ ...context, record, graph: null }))).toBe('application-missing')
    // Its unique name is taken as long as it can be restored.
    expect(await codeOf(applyPlan(context, () => {}))).toBe('graph-conflict')
    rig.tenant.control.emptyDeletedItems()
    await expectComplete(context, await applyPlan(context, () => {}))
  })

  it('says that nothing is set up before the first run', async () => {
    const context = await rig.context()
    expect(await codeOf(verify({ ...context, record: null, graph: null }))).toBe('not-set-up')
  })
})

async function expectComplete(context: EntraContext, record: ProvisioningRecord): Promise<void> {
  expect(rig.tenant.control.counts()).toEqual(EXACTLY_ONE_OF_EACH)
  expect(rig.tenant.control.isSecretValid(record.appId, secretOf(context))).toBe(true)
  expect(record.completedAt).not.toBeNull()
  expect(record.pendingSecret).toBeNull()
  expect(record.clientSecret?.hint).toBe(secretOf(context).slice(0, 3))
  const plan = await makePlan(context)
  expect(plan.rows.filter((row) => row.action !== 'leave')).toEqual([])
}

function verify(
  options: Omit<EntraContext, 'graph'> & {
    record: ProvisioningRecord | null
    graph: EntraContext['graph'] | null
  },
) {
  return verifyIntegration({ ...options, wanted: wantedPermissions(options.settings) })
}

/** A context whose database and vault work until write number `stopAt`, as if the process died there. */
function dieAtWrite(
  context: EntraContext,
  { stopAt, when }: { stopAt: number; when: 'before' | 'after' },
): EntraContext {
  let count = 0
  const write = async (work: () => Promise<void>) => {
    count += 1
    if (count === stopAt && when === 'before') throw new Error('killed')
    await work()
    if (count === stopAt && when === 'after') throw new Error('killed')
  }
  const { database, secrets } = context
  return {
    ...context,
    database: Object.assign(Object.create(database) as typeof database, {
      writeRecord: (name: string, value: unknown) => write(() => database.writeRecord(name, value)),
    }),
    secrets: Object.assign(Object.create(secrets) as typeof secrets, {
      set: (name: string, value: string) => write(() => secrets.set(name, value)),
    }),
  }
}

function secretOf({ secrets }: EntraContext): string {
  if (!(secrets instanceof MemorySecrets)) throw new Error('Not the vault of this test.')
  return secrets.values.get('clientSecret') ?? ''
}

function records({ database }: EntraContext): MemoryDatabase {
  if (!(database instanceof MemoryDatabase)) throw new Error('Not the database of this test.')
  return database
}

interface Stored {
  application: {
    displayName: string
    web: { redirectUris: string[] }
    requiredResourceAccess: unknown[]
  }
  grants: { id: string; scope: string }[]
  appRoleAssignments: { id: string }[]
}

function stored(appId: string): Stored {
  return rig.tenant.control.application(appId) as Stored
}

function monthsOf({ clientSecret }: ProvisioningRecord): number {
  const days =
    (Date.parse(clientSecret?.endDateTime ?? '') - Date.parse(clientSecret?.startDateTime ?? '')) /
    86_400_000
  return Math.round(days / 30.4)
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'none'
  } catch (error) {
    if (error instanceof AppError) return error.code
    throw error
  }
}
