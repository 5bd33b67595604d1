// The values for the integration account, in that form's own labels and order.
import type { Handover, HandoverValue } from '../contract/models/handover.ts'
import type { ConnectionSettings } from '../contract/models/settings.ts'
import type { ProvisioningRecord } from './entra/provisioning-record.ts'

// Labels and order: help.brightpattern.com, Contact-center-administrator-guide,
// CallCenterConfiguration/IntegrationAccounts/MicrosoftTeams, editions 5.8 and 5.19.

/** What the Handover page shows. The client secret itself is never part of it. */
export function handoverOf(
  settings: ConnectionSettings,
  record: ProvisioningRecord | null,
): Handover {
  const expiresAt = record?.clientSecret?.endDateTime ?? null
  const name: HandoverValue = {
    field: 'name',
    label: 'Name',
    value: settings.integrationName,
    secret: false,
    readOnly: false,
    help: 'Any name. It is only shown in Bright Pattern.',
  }
  const objectId: HandoverValue = {
    field: 'object-id',
    label: 'Object ID',
    value: record?.applicationObjectId ?? null,
    secret: false,
    readOnly: false,
    help: 'The object id of the application (App registrations), not the one under Enterprise applications.',
  }
  const tenantId: HandoverValue = {
    field: 'tenant-id',
    label: 'Directory (Tenant) ID',
    value: record?.tenantId ?? null,
    secret: false,
    readOnly: false,
    help: 'The id of your Microsoft Entra tenant.',
  }
  const clientId: HandoverValue = {
    field: 'client-id',
    label: 'Client ID',
    value: record?.appId ?? null,
    secret: false,
    readOnly: false,
    help: 'Microsoft Entra calls it Application (client) ID.',
  }
  const clientSecret: HandoverValue = {
    field: 'client-secret',
    label: 'Client Secret',
    value: null,
    secret: true,
    readOnly: false,
    help: isNewSecret(record)
      ? 'The new secret. Edit the integration account and paste it there; never delete the account.'
      : 'The value of the secret. The secret ID that Microsoft Entra also shows does not work here.',
  }
  const expires: HandoverValue = {
    field: 'expires-at',
    label: 'Expires at',
    value: expiresAt,
    secret: false,
    readOnly: true,
    help: 'Bright Pattern fills this in by itself. It warns 15 days before.',
  }
  return {
    ready: Boolean(record?.completedAt && record.clientSecret),
    form: settings.formVersion,
    values:
      settings.formVersion === '5.8'
        ? [name, tenantId, clientId, clientSecret]
        : [name, objectId, tenantId, clientId, clientSecret, expires],
    redirectUri: record?.redirectUri ?? null,
    secretExpiresAt: expiresAt,
    secretHint: record?.clientSecret?.hint ?? null,
  }
}

/** While a rotation hands over, the record already names the new secret. */
function isNewSecret(record: ProvisioningRecord | null): boolean {
  return record?.rotation?.phase === 'handing-over'
}
