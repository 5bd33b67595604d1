import { expect, test } from 'vitest'
import { nothingAdded, type ProvisioningRecord } from '../../main/core/entra/provisioning-record.ts'
import { handoverOf } from '../../main/core/handover.ts'
import { defaultSettings } from '../../main/core/settings.ts'

const settings = defaultSettings.connections.microsoft

const record: ProvisioningRecord = {
  tenantId: 'tenant-id',
  tenantDisplayName: 'Contoso',
  applicationObjectId: 'application-object-id',
  appId: 'app-id',
  servicePrincipalId: 'service-principal-id',
  uniqueName: 'emi-tray-acme',
  displayName: 'Enterprise Messenger Integration Server',
  redirectUri: 'https://acme.example.com/agentdesktop/msteamscallback.html',
  clientSecret: {
    keyId: 'key-id',
    hint: 'abc',
    displayName: 'EMI Tray 1',
    startDateTime: '2026-03-02T09:00:00Z',
    endDateTime: '2028-03-02T09:00:00Z',
  },
  pendingSecret: null,
  origin: 'made',
  added: nothingAdded(),
  rotation: null,
  completedAt: '2026-03-02T09:00:00Z',
}

// The labels and their order are those of Bright Pattern's form; a change here is a change there.
test('the 5.8 form has its four fields in order', () => {
  const handover = handoverOf({ ...settings, formVersion: '5.8' }, record)
  expect(handover.values.map((one) => [one.label, one.value])).toEqual([
    ['Name', 'Microsoft Teams'],
    ['Directory (Tenant) ID', 'tenant-id'],
    ['Client ID', 'app-id'],
    ['Client Secret', null],
  ])
})

test('the 5.19 form adds the application’s object id and the read-only expiry', () => {
  const handover = handoverOf({ ...settings, formVersion: '5.19' }, record)
  expect(handover.values.map((one) => [one.label, one.value])).toEqual([
    ['Name', 'Microsoft Teams'],
    ['Object ID', 'application-object-id'],
    ['Directory (Tenant) ID', 'tenant-id'],
    ['Client ID', 'app-id'],
    ['Client Secret', null],
    ['Expires at', '2028-03-02T09:00:00Z'],
  ])
  expect(handover.values.at(-1)?.readOnly).toBe(true)
  expect(handover.ready).toBe(true)
})

test('neither the secret ID nor the service principal’s id is among the values', () => {
  const text = JSON.stringify(handoverOf(settings, record))
  expect(text).not.toContain('key-id')
  expect(text).not.toContain('service-principal-id')
})

test('nothing is ready before the set-up', () => {
  expect(handoverOf(settings, null)).toMatchObject({ ready: false, redirectUri: null })
})

test('while a new secret is handed over, people are told to edit the account and never to delete it', () => {
  const { clientSecret } = record
  const rotation = {
    ...{ phase: 'handing-over' as const, startedAt: '2026-03-02T09:00:00Z', displayName: 'x' },
    ...{ newSecret: clientSecret, oldSecret: clientSecret },
  }
  const helpOf = (one: ProvisioningRecord) =>
    handoverOf(settings, one).values.find(({ field }) => field === 'client-secret')?.help
  expect(helpOf({ ...record, rotation })).toContain('never delete')
  expect(helpOf({ ...record, rotation: { ...rotation, phase: 'proving' } })).toBe(helpOf(record))
})
