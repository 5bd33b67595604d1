// The clean exit against the practice tenant: nothing of ours is left, and nothing of others is touched.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { RemovalItem } from '../../main/contract/models/removal.ts'
import type { EntraContext } from '../../main/core/entra/context.ts'
import { applyPlan } from '../../main/core/entra/provision.ts'
import type { ProvisioningRecord } from '../../main/core/entra/provisioning-record.ts'
import { untilReplicated } from '../../main/core/entra/replication.ts'
import { Removal, type RemovalDeps } from '../../main/core/removal.ts'
import { SubscriptionRecords } from '../../main/core/subscription/records.ts'
import { MemoryDatabase, MemorySecrets } from '../fakes/memory-ports.ts'
import { areaDeps } from './entra/area-deps.ts'
import { openRig, type Rig } from './entra/practice-rig.ts'

const NOTHING = {
  applications: 0,
  servicePrincipals: 0,
  grants: 0,
  appRoleAssignments: 0,
  secrets: 0,
  subscriptions: 0,
}
const OUR_URL = 'https://emi.example'

let rig: Rig
const subscriptionIds: string[] = []
beforeAll(async () => {
  rig = await openRig()
})
afterEach(async () => {
  for (const id of subscriptionIds.splice(0)) {
    try {
      rig.tenant.control.expireSubscription(id)
    } catch {
      // The removal under test has deleted it.
    }
  }
  await rig.reset()
})
afterAll(async () => {
  expect(rig.violations).toEqual([])
  await rig.close()
})

interface Installation {
  context: EntraContext
  record: ProvisioningRecord
  /** What the app was told to do, in order. */
  told: string[]
}

async function install(change: Partial<EntraContext['settings']> = {}): Promise<Installation> {
  const base = await rig.context()
  const settings = { ...base.settings, publicUrl: OUR_URL, ...change }
  const context = { ...base, settings }
  const record = await applyPlan(context, () => {})
  await subscribe(context, record)
  await context.database.addDeliveries([delivery, delivery])
  rig.writes.length = 0
  return { context, record, told: [] }
}

/** One subscription that is noted as ours. */
async function subscribe({ database, secrets }: EntraContext, { appId }: ProvisioningRecord) {
  const subscriptionId = addSubscription(appId, '/chats', `${OUR_URL}/old`)
  await secrets.set('clientState:chats', '{}')
  const records = new SubscriptionRecords(database)
  await records.load()
  await records.set({
    key: 'chats',
    subscriptionId,
    resource: '/chats',
    notificationUrl: `${OUR_URL}/old`,
    lifecycleNotificationUrl: `${OUR_URL}/old`,
    expirationDateTime: '2030-01-01T00:00:00.000Z',
    createdAt: '2026-01-01T00:00:00.000Z',
    renewedAt: null,
  })
}

function addSubscription(appId: string, resource: string, notificationUrl: string): string {
  const id = rig.tenant.control.addForeignSubscription(appId, resource, notificationUrl)
  subscriptionIds.push(id)
  return id
}

async function removalOver(
  { context, told }: Installation,
  change: Partial<RemovalDeps> & { signedIn?: boolean } = {},
): Promise<Removal> {
  const { signedIn = true, ...rest } = change
  const deps = await areaDeps(context, { signedIn })
  return new Removal({
    ...deps,
    mode: 'practice',
    dataFolder: '/home/nora/emi',
    stopWebhook: () => tell('stopWebhook'),
    resetSettings: () => tell('resetSettings'),
    eraseLogsAndKeys: () => tell('eraseLogsAndKeys'),
    onRemoved: () => told.push('onRemoved'),
    ...rest,
  })

  function tell(what: string): Promise<void> {
    told.push(what)
    return Promise.resolve()
  }
}

async function listed(removal: Removal): Promise<RemovalItem[]> {
  removal.list()
  await removal.idle()
  expect(removal.state().job.error).toBeNull()
  return removal.state().items
}

function removableIds(items: RemovalItem[]): string[] {
  return items.filter(({ removable }) => removable).map(({ id }) => id)
}

/** Lists and removes everything that is offered. */
async function removeAll(removal: Removal): Promise<RemovalItem[]> {
  removal.remove(removableIds(await listed(removal)))
  await removal.idle()
  return removal.state().items
}

function memoryOf({ database, secrets }: EntraContext) {
  if (!(database instanceof MemoryDatabase) || !(secrets instanceof MemorySecrets)) {
    throw new Error('Not the data of this test.')
  }
  return { database, secrets }
}

function expectNothingHere({ context }: Installation): void {
  const { database, secrets } = memoryOf(context)
  expect([...database.records]).toEqual([])
  expect(database.audit).toEqual([])
  expect(database.deliveries).toEqual([])
  expect([...secrets.values]).toEqual([])
}

const delivery = {
  receivedAt: '2026-01-01T00:00:00.000Z',
  kind: 'changeNotification' as const,
  subscriptionKey: 'chats' as const,
  subscriptionId: 's',
  tenantId: 't',
  changeType: 'created',
  resource: 'chats',
  resourceId: null,
  rich: false,
  itemJson: '{}',
}

describe('the list', () => {
  it('names everything that was made, in the order of its removal, and needs nobody signed in', async () => {
    const installation = await install()
    const items = await listed(await removalOver(installation, { signedIn: false }))
    const { clientSecret, appId } = installation.record
    expect(items.map(({ id }) => id)).toEqual([
      'subscriptions',
      'app-role-assignments',
      'delegated-grant',
      `client-secret:${clientSecret?.keyId ?? ''}`,
      'service-principal',
      'application',
      'inbox',
      'records',
      'vault',
      'settings',
      'logs-and-keys',
    ])
    expect(items.every(({ removable, state }) => removable && state === 'listed')).toBe(true)
    const detailOf = (id: string) => items.find((item) => item.id === id)?.detail
    expect(detailOf('application')).toContain(appId)
    expect(detailOf('application')).toContain('30 days')
    expect(detailOf('inbox')).toMatch(/^2 in /)
    expect(detailOf('logs-and-keys')).toContain('/home/nora/emi')
    expect(rig.writes).toEqual([])
  })

  it('of a machine without a set-up names only what is here', async () => {
    const context = await rig.context()
    const record = {} as ProvisioningRecord
    const items = await listed(await removalOver({ context, record, told: [] }))
    expect(items.map(({ place }) => place)).toEqual(Array(5).fill('this-machine'))
  })

  it('refuses what it does not name, before anything is removed', async () => {
    const installation = await install()
    const removal = await removalOver(installation)
    expect(() => removal.remove(['application'])).toThrow(
      expect.objectContaining({ code: 'not-found' }),
    )
    await listed(removal)
    expect(() => removal.remove(['inbox', 'everything'])).toThrow(
      expect.objectContaining({ code: 'not-found' }),
    )
    expect(installation.told).toEqual([])
    expect(rig.writes).toEqual([])
  })
})

describe('removing everything', () => {
  it('leaves nothing in the tenant and nothing here, whatever order it was asked in', async () => {
    const installation = await install()
    const removal = await removalOver(installation)
    const ids = removableIds(await listed(removal))
    removal.remove(ids.reverse())
    await removal.idle()
    const { items, job } = removal.state()
    expect(job.error).toBeNull()
    expect(items.filter(({ state }) => state !== 'done')).toEqual([])
    expect(rig.tenant.control.counts()).toEqual(NOTHING)
    expectNothingHere(installation)
    expect(installation.told).toEqual([
      'stopWebhook',
      'resetSettings',
      'eraseLogsAndKeys',
      'onRemoved',
    ])
  })

  it('notes every write to the tenant before the trail itself goes', async () => {
    const installation = await install()
    const removal = await removalOver(installation)
    const ids = removableIds(await listed(removal)).filter((id) => id !== 'records')
    const earlier = memoryOf(installation.context).database.audit.length
    removal.remove(ids)
    await removal.idle()
    const noted = memoryOf(installation.context).database.audit.slice(earlier)
    expect(noted.map(({ object }) => object)).toEqual([
      ...Array<string>(3).fill('appRoleAssignment'),
      'oauth2PermissionGrant',
      'passwordCredential',
      'servicePrincipal',
      'application',
    ])
    expect(noted.every(({ action, before }) => action !== 'create' && before !== null)).toBe(true)
  })

  it('is fine with what is gone already', async () => {
    const installation = await install()
    const { context, record } = installation
    await context.graph.delete(`/applications/${record.applicationObjectId}`)
    const items = await removeAll(await removalOver(installation))
    expect(items.filter(({ state }) => state !== 'done')).toEqual([])
    expectNothingHere(installation)
  })

  it('asks for a sign-in only where the tenant needs an administrator', async () => {
    const installation = await install()
    addSubscription(installation.record.appId, '/teams/getAllMessages', 'https://other.example/a')
    const removal = await removalOver(installation, { signedIn: false })
    await listed(removal)
    expect(() => removal.remove(['delegated-grant', 'inbox'])).toThrow(
      expect.objectContaining({ code: 'sign-in-required' }),
    )
    expect(installation.told).toEqual([])
    removal.remove(['subscriptions', 'inbox'])
    await removal.idle()
    const done = removal.state().items.filter(({ state }) => state === 'done')
    expect(done.map(({ id }) => id)).toEqual(['subscriptions', 'inbox'])
    // The other server's is not ours to delete.
    expect(rig.tenant.control.counts().subscriptions).toBe(1)
  })

  it('touches nothing with an account of another tenant, where all would look as if it were gone', async () => {
    const installation = await install()
    const account = { ...installation.context.account, tenantId: 'another' }
    const removal = await removalOver({
      ...installation,
      context: { ...installation.context, account },
    })
    const ids = removableIds(await listed(removal))
    expect(() => removal.remove(ids)).toThrow(expect.objectContaining({ code: 'wrong-tenant' }))
    expect(memoryOf(installation.context).database.records.size).toBeGreaterThan(0)
  })

  it('of the tenant alone leaves a set-up that is not complete, and can be made again', async () => {
    const installation = await install()
    const { context } = installation
    const removal = await removalOver(installation)
    const items = await listed(removal)
    removal.remove(items.filter(({ place }) => place === 'tenant').map(({ id }) => id))
    await removal.idle()
    expect(rig.tenant.control.counts()).toEqual(NOTHING)
    expect(await context.database.readRecord('provisioning')).toBeUndefined()
    rig.tenant.control.emptyDeletedItems()
    rig.tenant.control.emptyDeletedItems()
    const record = await applyPlan(context, () => {})
    expect(record.completedAt).not.toBeNull()
  })
})

describe('a failure', () => {
  it('stops what depends on it and nothing else; the next run finishes', async () => {
    const installation = await install()
    const removal = await removalOver(installation, {
      context: (signal) => ({
        ...installation.context,
        signal,
        graph: new Proxy(installation.context.graph, {
          get: (target, name, receiver) => {
            if (name !== 'delete') return Reflect.get(target, name, receiver) as unknown
            return (path: string, options: object) =>
              path.startsWith('/oauth2PermissionGrants/')
                ? Promise.reject(new Error('the network is down'))
                : target.delete(path, options)
          },
        }),
      }),
    })
    const ids = removableIds(await listed(removal)).filter(
      (id) => id !== 'service-principal' && id !== 'application',
    )
    removal.remove(ids)
    await removal.idle()
    const stateOf = (id: string) => removal.state().items.find((item) => item.id === id)?.state
    expect(stateOf('delegated-grant')).toBe('failed')
    expect(stateOf('app-role-assignments')).toBe('done')
    expect(stateOf('inbox')).toBe('done')
    for (const id of ['records', 'vault', 'settings', 'logs-and-keys']) {
      expect(stateOf(id)).toBe('failed')
    }
    expect(installation.told).not.toContain('resetSettings')
    const failed = removal.state().items.filter(({ error }) => error !== null)
    expect(failed.every(({ error }) => error?.nextStep)).toBe(true)

    const again = await removalOver(installation)
    const items = await removeAll(again)
    expect(items.filter(({ state }) => state !== 'done')).toEqual([])
    expect(rig.tenant.control.counts()).toEqual(NOTHING)
    expectNothingHere(installation)
  })

  it('to delete subscriptions without any secret does not hold up the rest of the tenant', async () => {
    const installation = await install()
    await installation.context.secrets.delete('clientSecret')
    const items = await removeAll(await removalOver(installation))
    const stateOf = (id: string) => items.find((item) => item.id === id)?.state
    expect(stateOf('subscriptions')).toBe('failed')
    expect(stateOf('application')).toBe('done')
    expect(stateOf('records')).toBe('failed')
    expect(rig.tenant.control.counts().applications).toBe(0)
    // They have ended with the application, so the next run has nothing to wait for.
    const rest = await removeAll(await removalOver(installation))
    expect(rest.filter(({ state }) => state !== 'done')).toEqual([])
    expectNothingHere(installation)
  })
})

describe('a removal that is stopped', () => {
  const STEPS = 11

  it.each(Array.from({ length: STEPS }, (_, index) => index))(
    'after %i items is finished by the next',
    async (stopAfter) => {
      const installation = await install()
      let removal: Removal | null = null
      removal = await removalOver(installation, {
        onChange: () => {
          const done = removal?.state().items.filter(({ state }) => state === 'done').length ?? 0
          if (done === stopAfter && removal?.state().job.running) removal.cancel()
        },
      })
      removal.remove(removableIds(await listedQuietly(removal)))
      await removal.idle()
      const { items, job } = removal.state()
      const doneIds = items.filter(({ state }) => state === 'done')
      expect(doneIds.length).toBeGreaterThanOrEqual(stopAfter)
      expect(doneIds.length).toBeLessThanOrEqual(stopAfter + 1)
      if (doneIds.length < STEPS) expect(job.error?.code).toBe('cancelled')
      expect(items.filter(({ state }) => state === 'running')).toEqual([])

      // A new process: nothing in memory is left of the first run.
      const rest = await removeAll(await removalOver(installation))
      expect(rest.filter(({ state }) => state !== 'done')).toEqual([])
      expect(rig.tenant.control.counts()).toEqual(NOTHING)
      expectNothingHere(installation)
    },
  )

  /** Without stopping the listing itself. */
  async function listedQuietly(removal: Removal): Promise<RemovalItem[]> {
    for (;;) {
      removal.list()
      await removal.idle()
      if (removal.state().items.length > 0) return removal.state().items
    }
  }

  const TENANT_WRITES = 8

  it.each(Array.from({ length: TENANT_WRITES }, (_, index) => index + 1))(
    'with the answer of write %i lost is finished by the next',
    async (stopAt) => {
      const installation = await install()
      const removal = await removalOver(installation)
      const ids = removableIds(await listed(removal))
      rig.onExchange = ({ phase, host, method }) => {
        if (phase !== 'handled' || host !== 'graph' || method === 'GET') return
        if (rig.writes.length === stopAt) removal.cancel()
      }
      removal.remove(ids)
      await removal.idle()
      rig.onExchange = () => {}
      const rest = await removeAll(await removalOver(installation))
      expect(rest.filter(({ state }) => state !== 'done')).toEqual([])
      expect(rig.tenant.control.counts()).toEqual(NOTHING)
      expectNothingHere(installation)
    },
  )
})

describe('an application that is no longer in use', () => {
  it('is listed and removed alone, while the adopted one goes on', async () => {
    const installation = await install()
    const { context, record: first } = installation
    const appId = await makeByHand()
    const record = await applyPlan(withSettings(context, { adoptedAppId: appId }), () => {})
    const adopted = JSON.stringify(rig.tenant.control.application(appId))

    const signedOut = await listed(await removalOver(installation, { signedIn: false }))
    const former = formerOf(signedOut)
    expect(former).toMatchObject([{ place: 'tenant', removable: true }])
    expect(former[0]?.name).toBe(`${first.displayName}, no longer in use`)
    expect(former[0]?.detail).toContain(first.appId)

    const removal = await removalOver(installation)
    await listed(removal)
    removal.remove([former[0]?.id ?? ''])
    await removal.idle()
    expect(formerOf(removal.state().items)).toMatchObject([{ state: 'done' }])
    expect(rig.tenant.control.counts()).toMatchObject({ applications: 1, secrets: 1 })
    expect(JSON.stringify(rig.tenant.control.application(appId))).toBe(adopted)
    expect(await context.database.readRecord('provisioning')).toEqual(record)
    expect(installation.told).toEqual(['onRemoved'])
    expect(formerOf(await listed(await removalOver(installation)))).toEqual([])
  })

  it('is still listed when the one in use was removed before it', async () => {
    const installation = await install()
    const moved = { tenantUrl: 'https://moved.brightpattern.example' }
    await applyPlan(withSettings(installation.context, moved), () => {})
    expect(rig.tenant.control.counts().applications).toBe(2)
    const removal = await removalOver(installation)
    const items = await listed(removal)
    removal.remove(items.filter(({ kind }) => kind === 'application').map(({ id }) => id))
    await removal.idle()
    const rest = await removeAll(await removalOver(installation))
    expect(formerOf(rest)).toMatchObject([{ state: 'done' }])
    expect(rig.tenant.control.counts()).toMatchObject({ applications: 0, secrets: 0 })
    expectNothingHere(installation)
  })

  it('is not one that somebody else made, nor one that is in use again', async () => {
    const installation = await install()
    const { context, record: first } = installation
    await applyPlan(withSettings(context, { adoptedAppId: await makeByHand() }), () => {})
    const removal = await removalOver(installation)
    const [former] = formerOf(await listed(removal))
    const back = await applyPlan(context, () => {})
    expect(back.appId).toBe(first.appId)
    rig.writes.length = 0
    removal.remove([former?.id ?? ''])
    await removal.idle()
    expect(formerOf(removal.state().items)[0]?.error?.code).toBe('not-found')
    expect(rig.writes).toEqual([])
    expect(formerOf(await listed(await removalOver(installation)))).toEqual([])
  })

  function formerOf(items: RemovalItem[]): RemovalItem[] {
    return items.filter(({ kind }) => kind === 'former-application')
  }

  function withSettings(
    context: EntraContext,
    change: Partial<EntraContext['settings']>,
  ): EntraContext {
    return { ...context, settings: { ...context.settings, ...change } }
  }

  async function makeByHand(): Promise<string> {
    const { graph } = await rig.context()
    const made = (await graph.post('/applications', { displayName: 'By hand' })) as {
      id: string
      appId: string
    }
    const { signal } = new AbortController()
    await untilReplicated(() => graph.get(`/applications/${made.id}`), { clock: rig.clock, signal })
    return made.appId
  }
})

describe('what is not ours', () => {
  it('stays: an adopted application keeps its own secret, scopes, redirect URI and roles', async () => {
    const base = await rig.context()
    const { graph } = base
    const made = await graph.post('/applications', {
      displayName: 'By hand',
      web: { redirectUris: ['https://other.example/callback'] },
    })
    if (typeof made !== 'object' || made === null || !('appId' in made && 'id' in made)) {
      throw new Error('No id')
    }
    const { appId, id } = made as { appId: string; id: string }
    await visible(() => graph.get(`/applications/${id}`))
    const principal = await visible(() => graph.post('/servicePrincipals', { appId }))
    await graph.post(`/applications/${id}/addPassword`, {
      passwordCredential: { displayName: 'by hand' },
    })
    const servicePrincipalId = (principal as { id: string }).id
    const { id: resourceId } = (await graph.get(
      "/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')",
    )) as { id: string }
    await visible(() =>
      graph.post('/oauth2PermissionGrants', {
        clientId: servicePrincipalId,
        consentType: 'AllPrincipals',
        principalId: null,
        resourceId,
        scope: 'Files.Read.All Chat.ReadWrite',
      }),
    )
    await visible(() => graph.get(`/servicePrincipals/${servicePrincipalId}`))
    const before = rig.tenant.control.application(appId) as Stored

    const installation = await install({ adoptedAppId: appId })
    const items = await removeAll(await removalOver(installation))
    const stays = items.filter(({ removable }) => !removable).map(({ id: one }) => one)
    expect(stays).toEqual(['service-principal', 'application'])
    expect(items.filter((one) => one.removable && one.state !== 'done')).toEqual([])

    const after = rig.tenant.control.application(appId) as Stored
    expect(after.application.web).toEqual(before.application.web)
    expect(after.application.requiredResourceAccess).toEqual(
      before.application.requiredResourceAccess,
    )
    expect(after.application.passwordCredentials).toEqual(before.application.passwordCredentials)
    expect(after.grants).toEqual(before.grants)
    expect(after.appRoleAssignments).toEqual([])
    expectNothingHere(installation)
  })

  it('stays: the tenant side of a set-up that was handed over', async () => {
    const installation = await install()
    const { context, record } = installation
    await context.database.writeRecord('provisioning', {
      ...record,
      origin: 'received',
      added: {
        application: false,
        servicePrincipal: false,
        redirectUri: false,
        configured: [],
        scopes: [],
        roles: [],
      },
    })
    const items = await removeAll(await removalOver(installation))
    expect(items.filter(({ removable }) => !removable).map(({ kind }) => kind)).toEqual([
      'client-secret',
      'service-principal',
      'application',
    ])
    expect(rig.tenant.control.counts()).toEqual({
      applications: 1,
      servicePrincipals: 1,
      grants: 1,
      appRoleAssignments: 3,
      secrets: 1,
      subscriptions: 0,
    })
    expectNothingHere(installation)
  })

  it('stays: what belongs to somebody else by now, though the list is older', async () => {
    const installation = await install()
    const { context, record } = installation
    const removal = await removalOver(installation)
    await listed(removal)
    const added = { ...record.added, application: false, servicePrincipal: false }
    await context.database.writeRecord('provisioning', { ...record, origin: 'received', added })
    removal.remove(['application', 'service-principal'])
    await removal.idle()
    const failed = removal.state().items.filter(({ state }) => state === 'failed')
    expect(failed.map(({ error }) => error?.code)).toEqual(['not-found', 'not-found'])
    expect(rig.writes).toEqual([])
  })

  interface Stored {
    application: { web: unknown; requiredResourceAccess: unknown; passwordCredentials: unknown[] }
    grants: unknown[]
    appRoleAssignments: unknown[]
  }

  /** Until the tenant has replicated what it hangs on. */
  function visible<T>(work: () => Promise<T>): Promise<T> {
    const { signal } = new AbortController()
    return untilReplicated(work, { clock: rig.clock, signal })
  }
})
