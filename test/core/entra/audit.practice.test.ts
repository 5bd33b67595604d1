// The audit trail of real writes: who changed what, from what to what, how it ended, and never a secret.
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import type { AuditEntry } from '../../../main/contract/models/removal.ts'
import { restoreApplication } from '../../../main/core/entra/candidates.ts'
import { applyPlan, type EntraContext } from '../../../main/core/entra/provision.ts'
import { MemoryDatabase, MemorySecrets } from '../../fakes/memory-ports.ts'
import { openRig } from './practice-rig.ts'

const OURS = 'https://acme.brightpattern.example/agentdesktop/msteamscallback.html'

const rig = await openRig({ replicationDelayMs: 0 })
beforeEach(() => rig.reset())
afterAll(() => rig.close())

describe('the audit trail', () => {
  it('holds one entry for each write of a first run, with account, request-id and both values', async () => {
    const context = await rig.context()
    const record = await applyPlan(context, () => {})
    const entries = entriesOf(context)

    expect(entries.map(({ action, object, outcome }) => [action, object, outcome])).toEqual([
      ['create', 'application', 'done'],
      ['create', 'servicePrincipal', 'done'],
      ['create', 'passwordCredential', 'done'],
      ['create', 'oauth2PermissionGrant', 'done'],
      ['create', 'appRoleAssignment', 'done'],
      ['create', 'appRoleAssignment', 'done'],
      ['create', 'appRoleAssignment', 'done'],
    ])
    for (const entry of entries) {
      expect(entry).toMatchObject({
        account: context.account.username,
        tenantId: context.account.tenantId,
        before: null,
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        clientRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      })
    }
    const [application, , secret, grant, role] = entries
    expect(application).toMatchObject({
      name: context.settings.applicationName,
      after: { signInAudience: 'AzureADMyOrg', redirectUris: [OURS] },
    })
    expect(JSON.stringify(application?.after)).toContain('delegated Presence.Read.All')
    expect(secret?.after).toEqual({
      displayName: record.clientSecret?.displayName,
      endDateTime: expect.stringMatching(/^\d{4}-/) as string,
    })
    expect(grant?.after).toMatchObject({ consentType: 'AllPrincipals' })
    expect(role).toMatchObject({ name: 'Chat.ReadWrite.All' })
  })

  it('shows what a repair changed, from what to what', async () => {
    const context = await rig.context()
    const { applicationObjectId, appId } = await applyPlan(context, () => {})
    const grantId = grantsOf(appId)[0]?.id ?? ''
    const { graph } = context
    const theirs = ['https://other.example/callback']
    await graph.patch(`/applications/${applicationObjectId}`, { web: { redirectUris: theirs } })
    await graph.patch(`/oauth2PermissionGrants/${grantId}`, { scope: 'Chat.ReadWrite' })
    const seen = entriesOf(context).length

    await applyPlan(context, () => {})

    const [redirect, grant, ...more] = entriesOf(context).slice(seen)
    expect(more).toEqual([])
    expect(redirect).toMatchObject({
      action: 'change',
      object: 'application',
      before: { redirectUris: theirs },
      after: { redirectUris: [...theirs, OURS] },
    })
    expect(grant).toMatchObject({
      action: 'change',
      object: 'oauth2PermissionGrant',
      before: { scope: 'Chat.ReadWrite' },
    })
    expect(JSON.stringify(grant?.after)).toContain('Chat.ReadWrite ChatMessage.Send')
  })

  it('says who was refused, and that nothing was written', async () => {
    const context = await rig.context({ account: await rig.signIn('application-admin') })
    await expect(applyPlan(context, () => {})).rejects.toThrow()
    expect(entriesOf(context).at(-1)).toMatchObject({
      account: context.account.username,
      action: 'create',
      object: 'appRoleAssignment',
      name: 'Chat.ReadWrite.All',
      outcome: 'refused',
      status: 403,
      before: null,
      after: { role: 'Chat.ReadWrite.All' },
    })
  })

  it('says that nobody knows, where the answer was lost', async () => {
    const context = await rig.context()
    const controller = new AbortController()
    rig.onExchange = ({ phase, path }) => {
      if (phase === 'handled' && path.endsWith('/servicePrincipals')) controller.abort()
    }
    const stopped = applyPlan({ ...context, signal: controller.signal }, () => {})
    await expect(stopped).rejects.toThrow()
    expect(entriesOf(context).at(-1)).toMatchObject({
      object: 'servicePrincipal',
      outcome: 'unknown',
      status: null,
      requestId: null,
    })
  })

  it('notes nothing where the request was never sent', async () => {
    const context = await rig.context()
    await applyPlan(context, () => {})
    const seen = entriesOf(context).length
    await rig.session()?.signOut()
    await expect(context.graph.delete('/applications/any')).rejects.toThrow()
    const stopped = AbortSignal.abort()
    await expect(context.graph.delete('/applications/any', { signal: stopped })).rejects.toThrow()
    expect(entriesOf(context)).toHaveLength(seen)
  })

  it('names the removed remains of a lost run and a restored application', async () => {
    const context = await rig.context()
    const controller = new AbortController()
    rig.onExchange = ({ phase, path }) => {
      if (phase === 'handled' && path.endsWith('/addPassword')) controller.abort()
    }
    const stopped = applyPlan({ ...context, signal: controller.signal }, () => {})
    await expect(stopped).rejects.toThrow()
    rig.onExchange = () => {}
    const { applicationObjectId } = await applyPlan(context, () => {})
    const removed = entriesOf(context).find((one) => one.action === 'remove')
    expect(removed).toMatchObject({ object: 'passwordCredential', after: null, outcome: 'done' })
    expect(removed?.before).toHaveProperty('keyId')

    await context.graph.delete(`/applications/${applicationObjectId}`)
    const seen = entriesOf(context).length
    await restoreApplication(context, applicationObjectId)
    const restored = entriesOf(context).slice(seen)
    expect(restored.map(({ action, object }) => [action, object])).toEqual([
      ['change', 'application'],
      ['change', 'servicePrincipal'],
    ])
    expect(restored[0]?.name).toBe(context.settings.applicationName)
  })

  it('never holds a secret or a token', async () => {
    const context = await rig.context()
    await applyPlan(context, () => {})
    const told = JSON.stringify(entriesOf(context))
    const { secrets } = context
    const secret = secrets instanceof MemorySecrets ? secrets.values.get('clientSecret') : undefined
    expect(secret?.length).toBeGreaterThan(20)
    expect(told).not.toContain(secret)
    expect(told).not.toContain('secretText')
    expect(told).not.toContain('eyJ')
  })
})

function entriesOf({ database }: EntraContext): AuditEntry[] {
  if (!(database instanceof MemoryDatabase)) throw new Error('Not the database of this test.')
  return database.audit
}

function grantsOf(appId: string): { id: string }[] {
  return (rig.tenant.control.application(appId) as { grants: { id: string }[] }).grants
}
