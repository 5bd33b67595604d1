// An application administrator sets up what they may; another administrator consents through the link.
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { AreaDeps } from '../../../main/core/area.ts'
import { ConsentLink } from '../../../main/core/consent-request.ts'
import { applyPlan } from '../../../main/core/entra/provision.ts'
import { readProvisioningRecord } from '../../../main/core/entra/provisioning-record.ts'
import { wantedPermissions } from '../../../main/core/entra/permissions.ts'
import { verifyIntegration } from '../../../main/core/entra/verify.ts'
import { TenantGuard } from '../../../main/core/job.ts'
import { signInAs } from '../../../main/practice/browser-person.ts'
import { openRig, type Rig } from './practice-rig.ts'

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

/** The set-up as far as an application administrator gets, and the link that is sent then. */
async function halfWay() {
  await rig.signIn('application-admin')
  const context = await rig.context()
  await expect(applyPlan(context, () => {})).rejects.toMatchObject({ code: 'admin-role-missing' })
  let record = await readProvisioningRecord(context.database)
  let granted = 0
  const deps: AreaDeps = {
    ...context,
    settings: () => context.settings,
    guard: new TenantGuard(),
    onChange: () => {},
    context: () => context,
    appGraph: context.graph,
    record: () => record,
    reloadRecord: async () => {
      record = await readProvisioningRecord(context.database)
    },
  }
  const link = new ConsentLink({
    ...deps,
    onGranted: () => {
      granted += 1
    },
  })
  return { context, link, granted: () => granted, record: () => record }
}

/** Opens the link as one of the tenant's people does; returns where the browser was sent at the end. */
async function openAs(
  role: 'global-admin' | 'application-admin',
  { url, redirectUri, consent }: { url: string; redirectUri: string; consent: 'accept' | 'refuse' },
): Promise<URL> {
  const person = rig.tenant.people.find((one) => one.role === role)
  if (!person) throw new Error(`Nobody is ${role}.`)
  let landed: URL | undefined
  await signInAs({
    authorizeUrl: url,
    person,
    consent,
    // The contact center's page is not there: it would only show that the browser has come.
    fetch: async (input, init) => {
      const address = input instanceof Request ? input.url : String(input)
      if (!address.startsWith(redirectUri)) return fetch(input, init)
      landed = new URL(address)
      return new Response('')
    },
  })
  if (!landed) throw new Error('The browser was not sent back.')
  return landed
}

it('is granted by another administrator through the link, and noticed without anybody signed in', async () => {
  const { context, link, granted, record } = await halfWay()
  await link.start()
  const waiting = link.state()
  expect(waiting).toMatchObject({ phase: 'waiting', error: null })
  expect([...(waiting?.missing ?? [])].sort()).toEqual([
    'ChannelMessage.Read.All',
    'Chat.ReadWrite.All',
    'User.Read.All',
  ])
  expect(record()?.completedAt).toBeNull()

  const redirectUri = record()?.redirectUri ?? ''
  const landed = await openAs('global-admin', {
    ...{ url: waiting?.url ?? '', redirectUri, consent: 'accept' },
  })
  expect(landed.searchParams.get('admin_consent')).toBe('True')
  expect(landed.searchParams.get('state')).toBe(
    new URL(waiting?.url ?? '').searchParams.get('state'),
  )

  await expect.poll(() => link.state()?.phase).toBe('granted')
  expect(link.state()).toMatchObject({ phase: 'granted', missing: [], error: null })
  expect(granted()).toBe(1)
  expect(record()?.completedAt).not.toBeNull()
  const verified = await verifyIntegration({
    ...context,
    record: record(),
    wanted: wantedPermissions(context.settings),
    graph: null,
  })
  expect(verified).toMatchObject({ missingRoles: [], delegatedGranted: true })
})

it('goes on waiting when the other administrator declines or may not consent', async () => {
  const { link, granted, record } = await halfWay()
  await link.start()
  const about = { url: link.state()?.url ?? '', redirectUri: record()?.redirectUri ?? '' }
  const declined = await openAs('global-admin', { ...about, consent: 'refuse' })
  const refused = await openAs('application-admin', { ...about, consent: 'accept' })
  expect(declined.searchParams.get('error')).toBe('access_denied')
  expect(refused.searchParams.get('admin_consent')).not.toBe('True')
  await link.check()
  expect(link.state()).toMatchObject({ phase: 'waiting' })
  expect(link.state()?.missing).toHaveLength(3)
  expect(granted()).toBe(0)
  link.stop()
})
