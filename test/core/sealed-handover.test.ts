import { armor, Decrypter } from 'age-encryption'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../main/core/app-error.ts'
import { readFormerApplications } from '../../main/core/entra/former-applications.ts'
import { readLeftBehind } from '../../main/core/entra/left-behind.ts'
import {
  CLIENT_SECRET_NAME,
  NEXT_SECRET_NAME,
  nothingAdded,
  type ProvisioningRecord,
  readProvisioningRecord,
  writeProvisioningRecord,
} from '../../main/core/entra/provisioning-record.ts'
import { encryptWithPassphrase } from '../../main/core/sealed-file.ts'
import { openHandover, sealHandover, type SealFacts } from '../../main/core/sealed-handover.ts'
import { defaultSettings } from '../../main/core/settings.ts'
import type { Cloud } from '../../main/contract/models/connection.ts'
import { FakeClock } from '../fakes/fake-clock.ts'
import { MemoryDatabase, MemorySecrets } from '../fakes/memory-ports.ts'
import { globalCloud, SAMPLE_SECRET, sampleRecord } from './sample-record.ts'

const PASSPHRASE = 'correct horse battery staple'
/** Fast, and nothing to protect. */
const workFactor = 4
const NOW = '2026-03-02T09:00:00.000Z'
const DAY_MS = 24 * 60 * 60_000

const settings = {
  ...defaultSettings.connections.microsoft,
  tenantUrl: 'acme.example.com',
  integrationName: 'Teams of Acme',
  formVersion: '5.8' as const,
  optionalPermissions: ['Chat.Read.All' as const],
}

async function seal(change: Partial<SealFacts> = {}): Promise<string> {
  const file = await sealHandover(
    {
      record: sampleRecord(),
      clientSecret: SAMPLE_SECRET,
      settings,
      cloud: globalCloud,
      passphrase: PASSPHRASE,
      validDays: 14,
      now: new Date(NOW),
      ...change,
    },
    { workFactor },
  )
  expect([file.name, file.mediaType]).toEqual(['emi-handover.age', 'text/plain'])
  return file.text
}

/** Another computer, on which nothing is set up unless a record is given. */
async function computer(record: ProvisioningRecord | null = null, secretText = 'old secret') {
  const database = new MemoryDatabase()
  const secrets = new MemorySecrets()
  const clock = new FakeClock(NOW)
  if (record) {
    await writeProvisioningRecord(database, record)
    await secrets.set(CLIENT_SECRET_NAME, secretText)
  }
  return {
    ...{ database, secrets, clock },
    record: () => readProvisioningRecord(database),
    former: async () => readFormerApplications(database, await readProvisioningRecord(database)),
    left: () => readLeftBehind(database),
    secretText: () => secrets.values.get(CLIENT_SECRET_NAME),
    open: (text: string, options: { passphrase?: string; replace?: boolean; cloud?: Cloud } = {}) =>
      openHandover(
        { text, passphrase: options.passphrase ?? PASSPHRASE, replace: options.replace ?? false },
        { database, secrets, clock, cloud: options.cloud ?? globalCloud },
      ),
  }
}

async function failureOf(work: Promise<unknown>): Promise<AppError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof AppError)) throw new Error(`Not an AppError: ${String(error)}`)
  const told = JSON.stringify([error.message, error.nextStep, error.details, String(error.cause)])
  expect(told).not.toContain(SAMPLE_SECRET)
  expect(told).not.toContain(PASSPHRASE)
  return error
}

const other = sampleRecord({
  applicationObjectId: 'another-application',
  appId: '99999999-9999-4999-8999-999999999999',
  displayName: 'Another application',
})

describe('a sealed hand-over', () => {
  it('brings the record, the secret and the settings to another computer', async () => {
    const there = await computer()
    const opened = await there.open(await seal())
    expect(opened).toEqual({
      tenantDisplayName: 'Contoso',
      applicationName: 'Enterprise Messenger Integration Server',
      appId: '33333333-3333-4333-8333-333333333333',
      createdAt: NOW,
      expiresAt: '2026-03-16T09:00:00.000Z',
      settings: {
        tenantUrl: 'acme.example.com',
        formVersion: '5.8',
        integrationName: 'Teams of Acme',
        optionalPermissions: ['Chat.Read.All'],
      },
    })
    expect(there.secretText()).toBe(SAMPLE_SECRET)
    expect(await there.record()).toEqual(
      sampleRecord({ origin: 'received', completedAt: NOW, added: nothingAdded() }),
    )
  })

  it('is a standard age file that any age program opens with the passphrase', async () => {
    const text = await seal()
    const decrypter = new Decrypter()
    decrypter.addPassphrase(PASSPHRASE)
    const content: unknown = JSON.parse(await decrypter.decrypt(armor.decode(text), 'text'))
    expect(content).toMatchObject({
      format: 'emi-tray-handover',
      version: 1,
      cloud: globalCloud,
      clientSecret: { hint: 'Abc', text: SAMPLE_SECRET },
      permissions: { optional: ['Chat.Read.All'] },
    })
    expect(text).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----\n[\w+/=\n]+-----END/)
  })

  it('shows nothing of what is in it, and never looks the same twice', async () => {
    const [one, two] = [await seal(), await seal()]
    expect(one).not.toBe(two)
    const binary = new TextDecoder('latin1').decode(armor.decode(one))
    for (const hidden of [SAMPLE_SECRET, 'Contoso', 'acme', '33333333']) {
      expect(binary).not.toContain(hidden)
    }
  })

  it('uses the library’s own work factor unless a test asks for less', async () => {
    const passphrase = PASSPHRASE
    const binary = armor.decode(await encryptWithPassphrase('x', { passphrase }))
    expect(new TextDecoder('latin1').decode(binary)).toMatch(/^[^\n]+\n-> scrypt [\w+/]{22} 18\n/)
  })

  it('survives a mail program that quotes, indents and changes line ends', async () => {
    const text = await seal()
    const mailed = `Hello,\r\n\r\n${text.replaceAll(/^/gm, '> ').replaceAll('\n', '  \r\n')}\r\nBye`
    const there = await computer()
    expect((await there.open(mailed)).tenantDisplayName).toBe('Contoso')
  })

  it('opens with the same passphrase typed on another keyboard', async () => {
    const text = await seal({ passphrase: 'gr\u00fcne Wiese am Bach' })
    const there = await computer()
    await there.open(text, { passphrase: 'gru\u0308ne Wiese am Bach' })
    expect(there.secretText()).toBe(SAMPLE_SECRET)
  })

  it('keeps the secret of a set-up without its ids from being sealed', async () => {
    const error = await failureOf(seal({ record: sampleRecord({ clientSecret: null }) }))
    expect(error.code).toBe('secret-unknown')
  })
})

describe('a file that cannot be used', () => {
  const unreadable: [string, (text: string) => string, RegExp][] = [
    ['another text', () => 'EMI_TENANT_ID=1', /not a sealed hand-over/],
    ['one cut off', (text) => text.slice(0, text.length / 2), /end is missing/],
    ['one with a line left out', (text) => without(text, 2), /damaged/],
    ['one with its last line of data left out', (text) => without(text, -3), /damaged/],
  ]
  it.each(unreadable)('%s is refused', async (_, change, words) => {
    const there = await computer()
    const error = await failureOf(there.open(change(await seal())))
    expect(error.code).toBe('sealed-unreadable')
    expect(error.message).toMatch(words)
    expect(there.secrets.values.size + there.database.records.size).toBe(0)
  })

  it('a wrong passphrase is said to be one, or a change of the file', async () => {
    const there = await computer()
    const passphrase = 'correct horse battery stapler'
    const error = await failureOf(there.open(await seal(), { passphrase }))
    expect(error.code).toBe('sealed-unreadable')
    expect(error.message).toMatch(/passphrase is wrong/)
  })

  it('whichever byte is changed, nothing is taken from it', async () => {
    const binary = armor.decode(await seal())
    const there = await computer()
    for (let at = 0; at < binary.length; at += 1) {
      const changed = binary.slice()
      changed[at] = (changed[at] ?? 0) ^ 1
      const error = await failureOf(there.open(armor.encode(changed)))
      expect([at, error.code]).toEqual([at, 'sealed-unreadable'])
    }
    expect(there.secrets.values.size + there.database.records.size).toBe(0)
  })

  it('wherever it is cut off, nothing is taken from it', async () => {
    const binary = armor.decode(await seal())
    const there = await computer()
    for (let length = 0; length < binary.length; length += 7) {
      const error = await failureOf(there.open(armor.encode(binary.slice(0, length))))
      expect([length, error.code]).toEqual([length, 'sealed-unreadable'])
    }
  })

  const contents: [string, string, RegExp][] = [
    ['something else', 'a letter, not JSON', /not a hand-over/],
    ['other JSON', '{"format":"x"}', /not a hand-over/],
    ['a newer version', '{"format":"emi-tray-handover","version":2}', /newer EMI Tray/],
    [
      'too little',
      `{"format":"emi-tray-handover","version":1,"text":"${SAMPLE_SECRET}"}`,
      /missing/,
    ],
  ]
  it.each(contents)('%s under the right passphrase is told apart', async (_, json, words) => {
    const there = await computer()
    const text = await encryptWithPassphrase(json, { passphrase: PASSPHRASE, workFactor })
    const error = await failureOf(there.open(text))
    expect(error.code).toBe('sealed-unreadable')
    expect(error.message).toMatch(words)
  })

  it('is refused once its day has passed, and opens until then', async () => {
    const text = await seal({ validDays: 3 })
    const there = await computer()
    await there.clock.advance(3 * DAY_MS)
    expect((await there.open(text)).appId).toBe(sampleRecord().appId)
    await there.clock.advance(1_000)
    const error = await failureOf(there.open(text))
    expect(error.code).toBe('sealed-expired')
    expect(error.message).toContain('2026-03-05')
  })

  it('is refused in another cloud, and says which one to choose', async () => {
    const there = await computer()
    const cloud: Cloud = { ...globalCloud, id: 'china', displayName: 'China (21Vianet)' }
    const error = await failureOf(there.open(await seal({ cloud }), { cloud: globalCloud }))
    expect(error.code).toBe('input-invalid')
    expect(error.nextStep).toContain('China (21Vianet)')
    expect(there.secretText()).toBeUndefined()
  })

  it('compares custom clouds by their hosts, whatever their ports', async () => {
    const custom = (loginHost: string): Cloud => ({ ...globalCloud, id: 'custom', loginHost })
    const text = await seal({ cloud: custom('https://login.example:1000') })
    const there = await computer()
    await there.open(text, { cloud: custom('https://login.example:2000') })
    const error = await failureOf(there.open(text, { cloud: custom('https://sign.example') }))
    expect(error.code).toBe('input-invalid')
  })
})

describe('where an application is set up already', () => {
  it('another one is replaced only when that was asked for', async () => {
    const there = await computer(other)
    const text = await seal()
    const error = await failureOf(there.open(text))
    expect(error.code).toBe('would-replace')
    expect(error.message).toContain('Another application')
    expect([await there.record(), there.secretText()]).toEqual([other, 'old secret'])

    await there.open(text, { replace: true })
    expect((await there.record())?.appId).toBe(sampleRecord().appId)
    expect(there.secretText()).toBe(SAMPLE_SECRET)
    // Made here, so that it can still be removed.
    expect(await there.former()).toMatchObject([{ appId: other.appId }])
  })

  it('the same one is brought up to date, and what was made here stays known', async () => {
    const added = { ...nothingAdded(), application: true, roles: ['User.Read.All'] }
    const there = await computer(sampleRecord({ added, tenantDisplayName: 'Old name' }))
    const renewed = sampleRecord({
      clientSecret: { ...clientSecret(), keyId: 'renewed', hint: 'new' },
    })
    await there.open(await seal({ record: renewed }))
    expect(await there.record()).toMatchObject({
      ...{ origin: 'made', added, tenantDisplayName: 'Contoso' },
      clientSecret: { keyId: 'renewed' },
    })
    expect(there.secretText()).toBe(SAMPLE_SECRET)
    // The secret that was in use here works on.
    expect(await there.left()).toMatchObject([{ secrets: [{ keyId: clientSecret().keyId }] }])
  })

  it('of a received one only the secret that was made here is kept in mind', async () => {
    const received = { ...other, origin: 'received' as const, added: nothingAdded() }
    const there = await computer(received)
    await there.open(await seal(), { replace: true })
    expect(await there.left()).toEqual([])

    const rotated = await computer(received)
    await rotated.database.addAuditEntry({
      ...{ at: NOW, account: 'nora', tenantId: other.tenantId, action: 'create' },
      ...{ object: 'passwordCredential', name: other.clientSecret?.displayName ?? '' },
      ...{ method: 'POST', path: `/applications/${other.applicationObjectId}/addPassword` },
      ...{ outcome: 'done', status: 200, requestId: null, clientRequestId: '' },
      ...{ before: null, after: { endDateTime: '2030-01-01T00:00:00Z' } },
    })
    await rotated.open(await seal(), { replace: true })
    const keyId = other.clientSecret?.keyId
    expect(await rotated.left()).toMatchObject([{ appId: other.appId, secrets: [{ keyId }] }])
  })

  it('a rotation of the same application is finished first', async () => {
    const there = await computer(sampleRecord({ rotation: rotation() }))
    expect((await failureOf(there.open(await seal()))).code).toBe('rotation-unfinished')
    expect(there.secretText()).toBe('old secret')
  })

  it('secrets of a replaced application’s rotation do not stay behind', async () => {
    const there = await computer({ ...other, rotation: rotation() })
    await there.secrets.set(NEXT_SECRET_NAME, 'next')
    await there.open(await seal(), { replace: true })
    expect([...there.secrets.values.keys()]).toEqual([CLIENT_SECRET_NAME])
    expect((await there.record())?.rotation).toBeNull()
  })

  it('a run that stopped before it made an application is no obstacle', async () => {
    const there = await computer({ ...other, appId: '', completedAt: null })
    await there.open(await seal())
    expect((await there.record())?.completedAt).toBe(NOW)
  })
})

describe('when keeping it fails', () => {
  it.each([null, other])('what was there before still works (%#)', async (before) => {
    const there = await computer(before)
    there.database.writeRecord = () => Promise.reject(new Error('disk full'))
    await expect(there.open(await seal(), { replace: true })).rejects.toThrow('disk full')
    expect(await there.record()).toEqual(before)
    expect(there.secretText()).toBe(before ? 'old secret' : undefined)
  })
})

function clientSecret() {
  const { clientSecret: secret } = sampleRecord()
  if (!secret) throw new Error('The sample has a secret.')
  return secret
}

function rotation(): ProvisioningRecord['rotation'] {
  return {
    ...{ phase: 'handing-over', startedAt: NOW, displayName: 'EMI Tray 2' },
    ...{ newSecret: clientSecret(), oldSecret: clientSecret() },
  }
}

/** The text without one of its lines. */
function without(text: string, line: number): string {
  return text.split('\n').toSpliced(line, 1).join('\n')
}
