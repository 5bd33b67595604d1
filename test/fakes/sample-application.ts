// Sample data of the application's care: comparison, secrets, rotation, audit trail, alerts, clean exit.
import type {
  DriftPermission,
  DriftReport,
  DriftRow,
  SecretCareState,
  SecretInfo,
} from '../../main/contract/models/application.ts'
import type { Alert } from '../../main/contract/models/health.ts'
import type { JobState } from '../../main/contract/models/job.ts'
import type { AuditEntry, RemovalItem } from '../../main/contract/models/removal.ts'
import { ago, sampleError } from './sample-time.ts'

const day = 1_440
const appId = '6c3a1f1e-08c4-4e0b-9c55-2d1f0d7a4f10'
const objectId = '0b8f7d5a-91e3-4c52-b0a1-6f1f3bb7c6d2'
const name = 'Enterprise Messenger Integration Server'
const oldRedirectUri = 'https://old.brightpattern.com/agentdesktop/msteamscallback.html'
const redirectUri = 'https://acme.brightpattern.com/agentdesktop/msteamscallback.html'

export const idle: JobState = { running: false, progress: null, error: null }

/** Work that has got somewhere. */
export function runningJob(doing: string, current: number, total: number): JobState {
  return {
    running: true,
    progress: { current, total, doing, usuallySeconds: 20, startedAt: ago(0.15) },
    error: null,
  }
}

/** One secret with a life of two years, of which some days are left. */
export function secret(change: Partial<SecretInfo> = {}, daysLeft = 640): SecretInfo {
  return {
    keyId: '3b1f6d04-7a52-4c0e-9a91-5d3e2f8c7b60',
    displayName: 'EMI Tray',
    hint: 'q~8',
    startDateTime: ago((730 - daysLeft) * day),
    endDateTime: ago(-daysLeft * day),
    expired: daysLeft <= 0,
    state: 'current',
    removalId: null,
    ...change,
  }
}

const foreignSecret = secret(
  {
    keyId: 'c9a1e27d-20b8-4f63-8d55-1e7f4a90b312',
    displayName: 'Test by Piotr',
    hint: 'Zx1',
    state: 'foreign',
    removalId: 'secret:c9a1e27d-20b8-4f63-8d55-1e7f4a90b312',
  },
  104,
)

const newSecret = secret(
  {
    keyId: 'e4d0c6b2-91a7-4b1d-8f20-7c5a3e9d1f48',
    displayName: 'EMI Tray 2026-11-23',
    hint: 'M7k',
    state: 'next',
  },
  730,
)

/** Secret care of a secret with so many days left. */
export function secretCare(daysLeft: number, change: Partial<SecretCareState> = {}) {
  const level =
    daysLeft <= 0 ? 'expired' : daysLeft <= 15 ? 'urgent' : daysLeft <= 60 ? 'soon' : 'ok'
  return {
    current: secret({}, daysLeft),
    daysLeft,
    level,
    nextAlertAt: daysLeft <= 0 ? null : ago(-(daysLeft > 60 ? daysLeft - 60 : 2) * day),
    rotation: null,
    job: idle,
    ...change,
  } satisfies SecretCareState
}

/** A rotation that waits for the new secret to work everywhere. */
export const provingCare: SecretCareState = secretCare(12, {
  rotation: {
    phase: 'proving',
    startedAt: ago(1),
    newSecret,
    oldSecret: secret({}, 12),
    proofs: 3,
    proofsNeeded: 5,
  },
  job: runningJob('Signing in with the new secret, 3 of 5 in a row', 2, 4),
})

/** A rotation that waits for a person. */
export const handingOverCare: SecretCareState = secretCare(730, {
  current: { ...newSecret, state: 'current' },
  rotation: {
    phase: 'handing-over',
    startedAt: ago(4),
    newSecret: { ...newSecret, state: 'current' },
    oldSecret: secret({ state: 'previous' }, 12),
    proofs: 5,
    proofsNeeded: 5,
  },
})

function row(object: DriftRow['object'], change: Partial<DriftRow>): DriftRow {
  return {
    object,
    state: 'ok',
    name,
    expected: 'There',
    found: 'There',
    detail: '',
    removalId: null,
    ...change,
  }
}

const rowsInOrder: DriftRow[] = [
  row('application', {
    name,
    expected: `Client ID ${appId}`,
    found: `Client ID ${appId}`,
  }),
  row('sign-in-audience', {
    name: 'Who can sign in',
    expected: 'Only people of your own tenant',
    found: 'Only people of your own tenant',
  }),
  row('redirect-uri', { name: 'Redirect URI', expected: redirectUri, found: redirectUri }),
  row('service-principal', {
    name: 'Enterprise application',
    expected: 'In your tenant, and enabled',
    found: 'Object id 7a1c9a60-5f5e-4d4e-8a2b-11d80c3f55e0',
  }),
  row('required-resource-access', {
    name: 'Permissions listed on the application',
    expected: '11 permissions',
    found: 'All 11',
  }),
  row('client-secret', {
    name: 'Client secret',
    expected: 'A valid secret whose value EMI Tray holds',
    found: 'Begins with q~8, valid until 2028-08-24',
  }),
  row('delegated-grant', {
    name: 'Consent to delegated permissions',
    expected: '8 permissions',
    found: 'All 8',
  }),
  row('app-role-assignments', {
    name: 'Consent to application permissions',
    expected: '3 permissions',
    found: 'All 3',
  }),
]

function permission(
  value: string,
  kind: DriftPermission['kind'],
  change: Partial<DriftPermission> = {},
): DriftPermission {
  return {
    value,
    kind,
    required: true,
    configured: true,
    granted: true,
    optional: false,
    state: 'ok',
    removalId: null,
    ...change,
  }
}

const permissionsInOrder: DriftPermission[] = [
  permission('Chat.ReadWrite', 'delegated'),
  permission('ChatMessage.Send', 'delegated'),
  permission('Presence.Read.All', 'delegated'),
  permission('Chat.ReadWrite.All', 'application'),
  permission('ChannelMessage.Read.All', 'application'),
  permission('User.Read.All', 'application'),
  permission('Application.Read.All', 'application', {
    required: false,
    configured: false,
    granted: false,
    optional: true,
  }),
]

/** A comparison that found everything as it should be. */
export const inOrder: DriftReport = {
  at: ago(3),
  applicationObjectId: objectId,
  appId,
  displayName: name,
  inOrder: true,
  rows: rowsInOrder,
  permissions: permissionsInOrder,
  secrets: [secret()],
}

/** A comparison after somebody was at work behind EMI Tray's back. */
export const drifted: DriftReport = {
  ...inOrder,
  inOrder: false,
  rows: [
    ...rowsInOrder.map((one): DriftRow => {
      switch (one.object) {
        case 'sign-in-audience':
          return {
            ...one,
            state: 'different',
            found: 'AzureADMultipleOrgs',
            detail:
              'People of other organizations can use the application. Repair limits it to your own tenant.',
          }
        case 'redirect-uri':
          return {
            ...one,
            state: 'missing',
            found: oldRedirectUri,
            detail:
              'Agents cannot come back from the sign-in to Teams. Repair adds it and keeps the others.',
          }
        case 'service-principal':
          return { ...one, state: 'unknown', found: 'Microsoft did not answer' }
        case 'app-role-assignments':
          return {
            ...one,
            state: 'missing',
            found: '2 of 3; missing: ChannelMessage.Read.All',
            detail: 'Without it messages from Teams do not reach the contact center.',
          }
        default:
          return one
      }
    }),
    row('redirect-uri', {
      state: 'surplus',
      name: 'Another redirect URI',
      expected: 'Not needed',
      found: oldRedirectUri,
      detail: 'EMI Tray does not need it. It stays unless you choose to remove it.',
      removalId: `redirect-uri:${oldRedirectUri}`,
    }),
  ],
  permissions: [
    ...permissionsInOrder.map((one) =>
      one.value === 'ChannelMessage.Read.All'
        ? { ...one, granted: false, state: 'missing' as const }
        : one,
    ),
    permission('Chat.Read.All', 'application', { optional: true }),
    permission('Mail.Read', 'delegated', {
      required: false,
      granted: false,
      state: 'surplus',
      removalId: 'configured:delegated Mail.Read',
    }),
    permission('Directory.ReadWrite.All', 'application', {
      required: false,
      configured: false,
      state: 'surplus',
      removalId: 'granted:application Directory.ReadWrite.All',
    }),
  ],
  secrets: [secret(), foreignSecret],
}

/** Three secrets: the one in use, the one before it, and one of somebody else. */
export const secretsDuringRotation: DriftReport = {
  ...inOrder,
  secrets: [{ ...newSecret, state: 'current' }, secret({ state: 'previous' }, 12), foreignSecret],
}

function auditEntry(id: number, change: Partial<AuditEntry>): AuditEntry {
  return {
    id,
    at: ago(200 - id * 2),
    account: 'nora.lindqvist@acme.example',
    tenantId: 'b7f2c0de-3d41-4f0b-8e0e-5d9f6a2c1b34',
    action: 'create',
    object: 'application',
    name,
    method: 'POST',
    path: '/applications',
    outcome: 'done',
    status: 201,
    requestId: `4f9f2c1e-7d1b-4f6e-9a8e-0a7f5c2d9b${String(id).padStart(2, '0')}`,
    clientRequestId: `8d0f3b77-1c42-4b8e-b0a7-3e6c9d5f21${String(id).padStart(2, '0')}`,
    before: null,
    after: null,
    ...change,
  }
}

/** What a set-up and a repair wrote, the oldest first. */
export const auditTrail: AuditEntry[] = [
  auditEntry(1, {
    after: {
      displayName: name,
      signInAudience: 'AzureADMyOrg',
      web: { redirectUris: [redirectUri] },
    },
  }),
  auditEntry(2, { object: 'servicePrincipal', path: '/servicePrincipals', after: { appId } }),
  auditEntry(3, {
    object: 'passwordCredential',
    name: 'EMI Tray',
    path: `/applications/${objectId}/addPassword`,
    status: 200,
    after: { displayName: 'EMI Tray', hint: 'q~8', endDateTime: ago(-640 * day) },
  }),
  auditEntry(4, {
    object: 'oauth2PermissionGrant',
    name: '8 delegated permissions',
    path: '/oauth2PermissionGrants',
    after: { consentType: 'AllPrincipals', scope: 'Chat.ReadWrite ChatMessage.Send' },
  }),
  auditEntry(5, {
    object: 'appRoleAssignment',
    name: 'ChannelMessage.Read.All',
    path: '/servicePrincipals/7a1c9a60/appRoleAssignments',
    outcome: 'refused',
    status: 403,
  }),
  auditEntry(6, {
    object: 'appRoleAssignment',
    name: 'ChannelMessage.Read.All',
    path: '/servicePrincipals/7a1c9a60/appRoleAssignments',
    outcome: 'unknown',
    status: null,
    requestId: null,
  }),
  auditEntry(7, {
    action: 'change',
    method: 'PATCH',
    path: `/applications/${objectId}`,
    status: 204,
    before: { signInAudience: 'AzureADMultipleOrgs', web: { redirectUris: [] } },
    after: { signInAudience: 'AzureADMyOrg', web: { redirectUris: [redirectUri] } },
  }),
  auditEntry(8, {
    action: 'remove',
    object: 'subscription',
    account: name,
    name: '/chats/getAllMessages',
    method: 'DELETE',
    path: '/subscriptions/9d3f6d1a-2a60-4b0c-9c2f-7b7d6c1c5a01',
    status: 204,
  }),
]

/** An alert as the secret's expiry raises it. */
export const expiryAlert: Alert = {
  id: 'secret-expires-7',
  at: ago(35),
  kind: 'secret',
  severity: 'critical',
  title: 'The client secret expires in 6 days',
  text: 'When it has expired, Teams stops for every agent. Rotate it in time: both secrets work meanwhile.',
  page: 'application',
}

function removalItem(
  kind: RemovalItem['kind'],
  place: RemovalItem['place'],
  words: { name: string; detail: string },
  change: Partial<RemovalItem> = {},
): RemovalItem {
  return {
    id: kind,
    kind,
    place,
    ...words,
    removable: true,
    state: 'listed',
    error: null,
    ...change,
  }
}

/** Everything that a set-up left behind, and one thing that was there before. */
export const removalItems: RemovalItem[] = [
  removalItem('subscriptions', 'tenant', {
    name: '3 subscriptions',
    detail: 'Microsoft stops sending notifications.',
  }),
  removalItem('app-role-assignments', 'tenant', {
    name: 'Consent to 3 application permissions',
    detail: 'Chat.ReadWrite.All, ChannelMessage.Read.All and User.Read.All.',
  }),
  removalItem('delegated-grant', 'tenant', {
    name: 'Consent to 8 delegated permissions',
    detail: 'For the whole tenant.',
  }),
  removalItem('client-secret', 'tenant', {
    name: 'Client secret q~8',
    detail: 'Bright Pattern can no longer sign in with it.',
  }),
  removalItem('service-principal', 'tenant', { name, detail: 'The enterprise application.' }),
  removalItem(
    'application',
    'tenant',
    { name, detail: 'Was there before EMI Tray, so it stays.' },
    { removable: false },
  ),
  removalItem('inbox', 'this-machine', {
    name: 'Received notifications',
    detail: '12,408 in the inbox.',
  }),
  removalItem('vault', 'this-machine', {
    name: 'Stored secrets',
    detail: 'The client secret and the sign-in, in the keychain of this computer.',
  }),
  removalItem('records', 'this-machine', {
    name: 'Records and audit trail',
    detail: 'What EMI Tray noted about the set-up.',
  }),
  removalItem('logs-and-keys', 'this-machine', { name: 'Log files and keys', detail: 'On disk.' }),
]

/** A clean exit of which one part failed. */
export const removalFailed: RemovalItem[] = removalItems.map((item) => {
  if (!item.removable) return item
  if (item.kind !== 'service-principal') return { ...item, state: 'done' }
  return {
    ...item,
    state: 'failed',
    error: sampleError({
      code: 'graph-forbidden',
      message: 'Microsoft refused to remove the enterprise application.',
      nextStep: 'Sign in as a Cloud Application Administrator, then remove the rest.',
    }),
  }
})
