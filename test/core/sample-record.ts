// A provisioning record as a finished set-up leaves it, for tests of what is made from it.
import { nothingAdded, type ProvisioningRecord } from '../../main/core/entra/provisioning-record.ts'
import type { Cloud } from '../../main/contract/models/connection.ts'

export const globalCloud: Cloud = {
  id: 'global',
  displayName: 'Microsoft 365 (worldwide and GCC)',
  loginHost: 'https://login.microsoftonline.com',
  graphHost: 'https://graph.microsoft.com',
}

/** Looks like a real one, and is none. */
export const SAMPLE_SECRET = 'Abc8Q~sample.sample_sample-sample~sample.12'

export function sampleRecord(change: Partial<ProvisioningRecord> = {}): ProvisioningRecord {
  return {
    tenantId: '11111111-1111-4111-8111-111111111111',
    tenantDisplayName: 'Contoso',
    applicationObjectId: '22222222-2222-4222-8222-222222222222',
    appId: '33333333-3333-4333-8333-333333333333',
    servicePrincipalId: '44444444-4444-4444-8444-444444444444',
    uniqueName: 'emi-tray-acme-example-com',
    displayName: 'Enterprise Messenger Integration Server',
    redirectUri: 'https://acme.example.com/agentdesktop/msteamscallback.html',
    clientSecret: {
      keyId: '55555555-5555-4555-8555-555555555555',
      hint: 'Abc',
      displayName: 'EMI Tray 1',
      startDateTime: '2026-01-02T09:00:00Z',
      endDateTime: '2028-01-02T09:00:00Z',
    },
    pendingSecret: null,
    origin: 'made',
    added: nothingAdded(),
    rotation: null,
    completedAt: '2026-01-02T09:01:00.000Z',
    ...change,
  }
}
