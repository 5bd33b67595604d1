// The practice tenant as the app sees it: its port offers every fault and action, and refuses in plain words.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../main/core/app-error.ts'
import type { PracticePort } from '../../main/core/ports/practice.ts'
import { startPracticeHost } from '../../main/node/practice-host.ts'
import { closeLater, provision, requestAppToken, trust } from './support.ts'

async function openHost(): Promise<Awaited<ReturnType<typeof startPracticeHost>>> {
  const folder = await mkdtemp(join(tmpdir(), 'practice-host-'))
  const host = await startPracticeHost({
    file: join(folder, 'practice.json'),
    replicationDelayMs: 0,
  })
  trust(host.tenant.caPem)
  closeLater(async () => {
    await host.close()
    await rm(folder, { recursive: true })
  })
  return host
}

async function codeOf(work: () => Promise<void> | void): Promise<string> {
  try {
    await work()
  } catch (error) {
    if (error instanceof AppError) return error.code
    throw error
  }
  return 'none'
}

const faultOf = (port: PracticePort, name: string) =>
  port.faults().find((fault) => fault.name === name)

describe('the practice port', () => {
  it('offers faults in their groups, and actions', async () => {
    const { port } = await openHost()
    expect(faultOf(port, 'pim-eligible-role')).toMatchObject({ group: 'account', on: false })
    expect(faultOf(port, 'secret-lifetime-limited')?.group).toBe('policy')
    expect(faultOf(port, 'notifications-stop')?.group).toBe('webhook')
    port.setFault('pim-eligible-role', true)
    expect(faultOf(port, 'pim-eligible-role')?.on).toBe(true)
    await port.act('activate-role')
    expect(faultOf(port, 'pim-eligible-role')?.on).toBe(false)
    expect(port.actions().map((action) => action.name)).toContain('revoke-consent')
  })

  it('does an action to the application that was set up', async () => {
    const { port, tenant } = await openHost()
    const app = await provision(tenant, ['Chat.Read.All'])
    await port.act('expire-secret')
    expect((await requestAppToken(tenant, app)).json['error_codes']).toEqual([7000222])
  })

  it('refuses unknown names, actions without an application, and impossible delays', async () => {
    const { port } = await openHost()
    expect(await codeOf(() => port.setFault('rain', true))).toBe('not-found')
    expect(await codeOf(() => port.act('rain'))).toBe('not-found')
    expect(await codeOf(() => port.act('constructor'))).toBe('not-found')
    expect(await codeOf(() => port.act('remove-secret'))).toBe('input-invalid')
    expect(await codeOf(() => port.setReplicationSeconds(-1))).toBe('input-invalid')
    port.setReplicationSeconds(30)
    expect(port.replicationSeconds()).toBe(30)
  })
})
