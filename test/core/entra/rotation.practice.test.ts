// The rotation against the practice tenant, with real MSAL and real HTTPS, on good days and bad ones.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { applyPlan } from '../../../main/core/entra/provision.ts'
import { GraphError } from '../../../main/core/entra/graph-client.ts'
import { readApplication } from '../../../main/core/entra/graph-objects.ts'
import type { AppAuth } from '../../../main/core/ports/auth.ts'
import { memoryLog } from '../../fakes/memory-ports.ts'
import { openRig, type Rig } from './practice-rig.ts'
import { finished, install, type Installation } from './rotation-rig.ts'

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

describe('a rotation', () => {
  it('hands over a secret that worked five times, keeps the old one until it is confirmed', async () => {
    const installation = await install(rig)
    const first = installation.text()
    const { appId, clientSecret } = await installation.record()
    const tries: string[] = []
    const care = await installation.open(undefined, { appAuth: counting(installation, tries) })

    expect(await finished(care, 'rotate')).toBe(null)

    const second = installation.text()
    expect(new Set(tries)).toEqual(new Set([second]))
    expect(tries.length).toBeGreaterThanOrEqual(5)
    expect(isValid(appId, first) && isValid(appId, second)).toBe(true)
    expect(care.state().rotation).toMatchObject({
      phase: 'handing-over',
      newSecret: { hint: second.slice(0, 3), state: 'current' },
      oldSecret: { keyId: clientSecret?.keyId, state: 'previous' },
      proofs: 5,
    })
    expect(care.state().current?.hint).toBe(second.slice(0, 3))

    expect(await finished(care, 'confirm')).toBe(null)
    expect(isValid(appId, first)).toBe(false)
    expect(isValid(appId, second)).toBe(true)
    expect(care.state().rotation).toBe(null)
    expect(rig.tenant.control.counts().secrets).toBe(1)
    await care.stop()
  })

  it('waits while replicas do not know the new secret yet', async () => {
    const installation = await install(rig)
    const care = await installation.open()
    rig.tenant.control.setFault('slow-replication', true)
    expect(await finished(care, 'rotate')).toBe(null)
    expect(await finished(care, 'confirm')).toBe(null)
    expect(await installation.isHandoverValid()).toBe(true)
    expect(rig.tenant.control.counts().secrets).toBe(1)
  })

  it('takes the lifetime that a policy allows', async () => {
    const installation = await install(rig)
    rig.tenant.control.setFault('secret-lifetime-limited', true)
    const care = await installation.open()
    expect(await finished(care, 'rotate')).toBe(null)
    expect(care.state().daysLeft).toBeLessThanOrEqual(180)
    expect(care.state().daysLeft).toBeGreaterThan(170)
  })

  it('says so where a policy forbids secrets, keeps the old one, and can be given up', async () => {
    const installation = await install(rig)
    const first = installation.text()
    rig.tenant.control.setFault('secret-forbidden-by-policy', true)
    const care = await installation.open()
    expect(await finished(care, 'rotate')).toBe('secret-forbidden')
    expect(await finished(care, 'abandon')).toBe(null)
    expect(care.state().rotation).toBe(null)
    expect(installation.text()).toBe(first)
    expect(await installation.isHandoverValid()).toBe(true)
  })

  it('survives a token endpoint that is down in the middle, and counts from one again', async () => {
    const installation = await install(rig)
    const proofs: (number | undefined)[] = []
    let down = 0
    const appAuth = counting(installation, [], () => {
      const now = care.state().rotation?.proofs
      proofs.push(now)
      if (now === 2) down += 1
      rig.tenant.control.setFault('token-endpoint-down', now === 2 && down === 1)
    })
    const care = await installation.open(undefined, { appAuth })
    expect(await finished(care, 'rotate')).toBe(null)
    expect(proofs.slice(-8)).toEqual([0, 1, 2, 0, 1, 2, 3, 4])
    expect(await installation.isHandoverValid()).toBe(true)
  })

  it('makes another when somebody removes the new one while it is tried', async () => {
    const installation = await install(rig)
    const tries: string[] = []
    const appAuth = counting(installation, tries, async (nth) => {
      if (nth === 3) await removeBehindOurBack(installation, tries[0] ?? '')
    })
    const care = await installation.open(undefined, { appAuth })
    expect(await finished(care, 'rotate')).toBe(null)
    expect(installation.text()).not.toBe(tries[0])
    expect(await installation.isHandoverValid()).toBe(true)
    expect(rig.tenant.control.counts().secrets).toBe(2)
  })

  it('does not remove the old one when the new one is gone at the confirmation', async () => {
    const installation = await install(rig)
    const first = installation.text()
    const { appId } = await installation.record()
    const care = await installation.open()
    expect(await finished(care, 'rotate')).toBe(null)
    await removeBehindOurBack(installation, installation.text())
    expect(await finished(care, 'confirm')).toBe('client-secret-wrong')
    expect(isValid(appId, first)).toBe(true)
    expect(await finished(care, 'abandon')).toBe(null)
    expect(installation.text()).toBe(first)
    expect(rig.tenant.control.counts().secrets).toBe(1)
  })

  it('does not forget an old one that Graph refused to remove', async () => {
    const installation = await install(rig)
    const { graph } = installation.context
    const care = await installation.open()
    await finished(care, 'rotate')
    const working = { ...graph }
    graph.post = (path, ...rest) =>
      path.endsWith('/removePassword') ? Promise.reject(refused()) : working.post(path, ...rest)
    expect(await finished(care, 'confirm')).toBe('graph-rejected')
    expect((await installation.record()).rotation?.phase).toBe('removing')
    Object.assign(graph, { post: working.post.bind(working) })
    expect(await finished(care, 'rotate')).toBe(null)
    expect(rig.tenant.control.counts().secrets).toBe(1)
  })

  it('does not go back to an old one that is gone', async () => {
    const installation = await install(rig)
    const first = installation.text()
    const care = await installation.open()
    expect(await finished(care, 'rotate')).toBe(null)
    await removeBehindOurBack(installation, first)
    expect(await finished(care, 'abandon')).toBe('rotation-unfinished')
    expect(await installation.isHandoverValid()).toBe(true)
    expect(await finished(care, 'confirm')).toBe(null)
    expect(rig.tenant.control.counts().secrets).toBe(1)
  })

  it('needs no old one: where its text was lost, nothing stands in the way', async () => {
    const installation = await install(rig)
    installation.secrets.values.clear()
    const care = await installation.open()
    expect(await finished(care, 'rotate')).toBe(null)
    expect(await installation.isHandoverValid()).toBe(true)
    expect(await finished(care, 'confirm')).toBe(null)
    expect(rig.tenant.control.counts().secrets).toBe(1)
  })

  it('never touches secrets that others made', async () => {
    const installation = await install(rig)
    const { applicationObjectId } = await installation.record()
    await installation.context.graph.post(`/applications/${applicationObjectId}/addPassword`, {
      passwordCredential: { displayName: 'Of another system' },
    })
    const care = await installation.open()
    expect(await finished(care, 'rotate')).toBe(null)
    expect(await finished(care, 'confirm')).toBe(null)
    expect(await finished(care, 'rotate')).toBe(null)
    expect(await finished(care, 'abandon')).toBe(null)
    expect(rig.tenant.control.counts().secrets).toBe(2)
    const names = (await readCredentials(installation)).map((one) => one.displayName)
    expect(names).toContain('Of another system')
  })

  it('is cancelled without a loss, and goes on', async () => {
    const installation = await install(rig)
    const tries: string[] = []
    const appAuth = counting(installation, tries, (nth) => {
      if (nth === 2) care.cancel()
    })
    const care = await installation.open(undefined, { appAuth })
    expect(await finished(care, 'rotate')).toBe('cancelled')
    expect(care.state().rotation?.phase).toBe('proving')
    expect(await finished(care, 'rotate')).toBe(null)
    expect(new Set(tries).size).toBe(1)
    expect(rig.tenant.control.counts().secrets).toBe(2)
  })

  it('is left alone by Setup: applying a plan meanwhile makes no secret and removes none', async () => {
    const installation = await install(rig)
    const care = await installation.open()
    expect(await finished(care, 'rotate')).toBe(null)
    rig.writes.length = 0
    await applyPlan(installation.context, () => {})
    expect(rig.writes).toEqual([])
    expect(await finished(await installation.open(), 'confirm')).toBe(null)
    expect(rig.tenant.control.counts().secrets).toBe(1)
  })

  it('asks for the tenant of the application', async () => {
    const installation = await install(rig)
    const { account } = installation.context
    const elsewhere = { ...account, tenantId: 'another', tenantDisplayName: 'Another' }
    installation.context.account = elsewhere
    const care = await installation.open()
    expect(await finished(care, 'rotate')).toBe('wrong-tenant')
    expect(care.state().rotation).toBe(null)
  })

  it('leaves its writes in the audit trail and no secret anywhere but in the vault', async () => {
    const notes: unknown[] = []
    const log = memoryLog(rig.clock)
    const { graph } = await rig.context()
    const installation = await install(rig, {
      log,
      graph: {
        ...graph,
        post: (path, body, options) => {
          notes.push(options?.note)
          return graph.post(path, body, options)
        },
      },
    })
    notes.length = 0
    const first = installation.text()
    const care = await installation.open()
    expect(await finished(care, 'rotate')).toBe(null)
    const second = installation.text()
    expect(await finished(care, 'confirm')).toBe(null)
    expect(notes).toMatchObject([
      {
        object: 'passwordCredential',
        before: null,
        after: { endDateTime: expect.any(String) as string },
      },
      { object: 'passwordCredential', after: null },
    ])
    const told = JSON.stringify([
      notes,
      log.entries,
      care.state(),
      [...installation.database.records.values()],
    ])
    for (const secret of [first, second]) expect(told).not.toContain(secret)
    expect(told).toContain('rotation of the client secret is complete')
  })
})

function isValid(appId: string, text: string): boolean {
  return rig.tenant.control.isSecretValid(appId, text)
}

/** The real sign-in service; notes the secret of each request, before it is made. */
function counting(
  { context }: Installation,
  tries: string[],
  before: (nth: number) => void | Promise<void> = () => {},
): AppAuth {
  return {
    acquire: async (options) => {
      tries.push(options.clientSecret)
      await before(tries.length)
      return context.appAuth.acquire(options)
    },
  }
}

async function removeBehindOurBack(installation: Installation, text: string): Promise<void> {
  const { applicationObjectId } = await installation.record()
  const found = await readCredentials(installation)
  const keyId = found.find(({ hint }) => hint && text.startsWith(hint))?.keyId
  await installation.context.graph.post(`/applications/${applicationObjectId}/removePassword`, {
    keyId,
  })
}

async function readCredentials(installation: Installation) {
  const { applicationObjectId } = await installation.record()
  const answer = await installation.context.graph.get(`/applications/${applicationObjectId}`)
  return readApplication(answer).passwordCredentials
}

function refused(): GraphError {
  const text = { message: 'Graph refused it.', nextStep: 'Try again.' }
  return new GraphError('graph-rejected', text, { status: 400 })
}
