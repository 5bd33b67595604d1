// What a rotation does where Microsoft never comes round, and what Setup makes of a half-done switch.
import { describe, expect, it } from 'vitest'
import { AppError } from '../../../main/core/app-error.ts'
import { decideSecret } from '../../../main/core/entra/secret-decision.ts'
import type { EntraContext } from '../../../main/core/entra/context.ts'
import type { GraphClient } from '../../../main/core/entra/graph-client.ts'
import {
  nothingAdded,
  type ProvisioningRecord,
} from '../../../main/core/entra/provisioning-record.ts'
import { proveSecret } from '../../../main/core/entra/rotation-steps.ts'
import type { AppToken } from '../../../main/core/ports/auth.ts'
import { cloudOf } from '../../../main/core/clouds.ts'
import { defaultSettings } from '../../../main/core/settings.ts'
import { FakeClock } from '../../fakes/fake-clock.ts'
import { MemoryDatabase, memoryLog, MemorySecrets, seededRandom } from '../../fakes/memory-ports.ts'

const now = new Date('2026-03-02T09:00:00.000Z')
const roles = ['Chat.ReadWrite.All', 'ChannelMessage.Read.All', 'User.Read.All']
const secretOf = (keyId: string, hint: string) => ({
  keyId,
  hint,
  displayName: `EMI Tray ${keyId}`,
  startDateTime: '2026-03-02T08:59:00.000Z',
  endDateTime: '2028-03-02T09:00:00.000Z',
})
const [first, second] = [secretOf('key-1', 'abc'), secretOf('key-2', 'xyz')]

describe('proving a secret', () => {
  it('ends after ten minutes where no token comes, and says that the old one stays', async () => {
    const outcome = await prove(() => Promise.reject(down()))
    expect(outcome).toMatchObject({ code: 'not-ready-in-time' })
    expect(String(outcome)).toContain('The old secret stays in use')
  })

  it('names the permissions that are missing', async () => {
    const outcome = await prove(() => Promise.resolve(tokenWith(roles.slice(1))))
    expect(outcome).toMatchObject({ code: 'consent-missing' })
    expect(String(outcome)).toContain('Chat.ReadWrite.All')
  })

  it('counts only what works in a row', async () => {
    let tries = 0
    const outcome = await prove(() => {
      tries += 1
      return tries % 5 === 0 && tries < 11
        ? Promise.reject(down())
        : Promise.resolve(tokenWith(roles))
    })
    expect(outcome).toBe('proven')
    expect(tries).toBe(15)
  })

  it('gives a secret up that nobody shows any more', async () => {
    expect(await prove(() => Promise.reject(wrong()), { credentials: [first] })).toMatchObject({
      code: 'not-ready-in-time',
    })
    const old = { ...second, startDateTime: '2026-03-02T08:00:00.000Z' }
    const outcome = await prove(() => Promise.reject(wrong()), {
      credentials: [first],
      secret: old,
    })
    expect(outcome).toBe('gone')
  })

  it('stops at once on what will not pass', async () => {
    const refused = new AppError('sign-in-refused', { message: 'Blocked.', nextStep: 'Ask.' })
    expect(await prove(() => Promise.reject(refused))).toBe(refused)
  })
})

describe('Setup', () => {
  const rotation = {
    startedAt: now.toISOString(),
    displayName: second.displayName,
    newSecret: second,
    oldSecret: first,
  }
  const decide = (
    record: Pick<ProvisioningRecord, 'clientSecret' | 'rotation'>,
    { text, credentials = [first, second] }: { text: string; credentials?: (typeof first)[] },
  ) => decideSecret({ record: { ...record, pendingSecret: null }, text, credentials, now })

  it.each([
    ['before the switch', 'proving', first, 'abc-text', first],
    ['in the middle of the switch', 'proving', first, 'xyz-text', second],
    ['after the switch', 'handing-over', second, 'xyz-text', second],
    ['in the middle of going back', 'handing-over', second, 'abc-text', first],
  ] as const)('keeps the secret whose text is held, %s', (_when, phase, known, text, kept) => {
    const record = { clientSecret: known, rotation: { ...rotation, phase } }
    expect(decide(record, { text })).toEqual({ kind: 'keep', credential: kept })
  })

  it('makes a new one where the one that is handed over was removed', () => {
    const record = {
      clientSecret: second,
      rotation: { ...rotation, phase: 'handing-over' as const },
    }
    expect(decide(record, { text: 'xyz-text', credentials: [first] })).toEqual({
      kind: 'make',
      why: 'removed',
    })
  })
})

/** Proves the second secret; a FakeClock makes the minutes pass. */
async function prove(
  acquire: () => Promise<AppToken>,
  { credentials = [first, second], secret = second } = {},
): Promise<unknown> {
  const clock = new FakeClock(now.toISOString())
  const settings = defaultSettings.connections.microsoft
  const context: EntraContext = {
    graph: graphWith(credentials),
    appAuth: { acquire },
    database: new MemoryDatabase(),
    secrets: new MemorySecrets(),
    clock,
    random: seededRandom(),
    settings,
    account: {
      username: 'admin@acme.example',
      displayName: 'Admin',
      tenantId: 't',
      tenantDisplayName: 'Acme',
      tenantDomain: 'acme.example',
      roles: [],
    },
    cloud: cloudOf(settings),
    inspectTls: () => Promise.reject(new Error('not asked here')),
    log: memoryLog(clock),
    signal: new AbortController().signal,
  }
  const record: ProvisioningRecord = {
    tenantId: 't',
    tenantDisplayName: 'Acme',
    applicationObjectId: 'o',
    appId: 'a',
    servicePrincipalId: 's',
    uniqueName: 'emi-tray-acme',
    displayName: 'Acme EMI',
    redirectUri: '',
    clientSecret: first,
    pendingSecret: null,
    origin: 'made',
    added: nothingAdded(),
    rotation: null,
    completedAt: now.toISOString(),
  }
  let outcome: unknown
  const done = proveSecret(context, { record, secret, text: 'xyz-text', tell: () => {} }).then(
    (result) => (outcome = result),
    (error: unknown) => (outcome = error),
  )
  await clock.advance(11 * 60_000)
  expect(clock.pending).toBe(0)
  await done
  return outcome
}

function graphWith(passwordCredentials: (typeof first)[]): GraphClient {
  const refuse = () => Promise.reject(new Error('nothing is written here'))
  return {
    get: () => Promise.resolve({ id: 'o', appId: 'a', passwordCredentials }),
    list: refuse,
    post: refuse,
    patch: refuse,
    delete: refuse,
    batch: refuse,
  }
}

function tokenWith(granted: string[]): AppToken {
  return { accessToken: '', expiresAt: now, roles: granted }
}

function down(): AppError {
  return new AppError('graph-unavailable', { message: 'Down.', nextStep: 'Wait.' })
}

function wrong(): AppError {
  return new AppError('client-secret-wrong', { message: 'Wrong.', nextStep: 'Check.' })
}
