// Named sample states of the app, so that every page can be seen in every situation without a core.
import {
  noDrift,
  noGaps,
  noHandOn,
  noNetwork,
  noRemoval,
  noSecretCare,
  noTunnel,
  noMessageWait,
  noWebhook,
} from '../../main/core/nothing-yet.ts'
import type { DeliveryPage } from '../../main/contract/models/delivery.ts'
import type { HandoverValue } from '../../main/contract/models/handover.ts'
import type { Station } from '../../main/contract/models/health.ts'
import type { LogEntry } from '../../main/contract/models/log.ts'
import type { AuditEntry } from '../../main/contract/models/removal.ts'
import type { ConnectionSettings } from '../../main/contract/models/settings.ts'
import type {
  ApplyStep,
  CheckResult,
  Plan,
  SetupState,
  SetupStep,
  SetupStepId,
  StepState,
} from '../../main/contract/models/setup.ts'
import type { AppState } from '../../main/contract/models/state.ts'
import type { Subscription } from '../../main/contract/models/subscription.ts'
import {
  auditTrail,
  drifted,
  expiryAlert,
  handingOverCare,
  idle,
  inOrder,
  provingCare,
  removalFailed,
  removalItems,
  runningJob,
  secretCare,
  secretsDuringRotation,
} from './sample-application.ts'
import { activeSubscription } from './active-subscription.ts'
import { checkedNetwork, sampleProxy } from './sample-network.ts'
import { storedPage } from './sample-stored.ts'
import { ago, sampleError, sampleNow } from './sample-time.ts'

export { ago, sampleError, sampleNow }

/** A state with the page that shows it best, and the log that goes with it. */
export interface Sample {
  state: AppState
  /** The part of the address after #; empty for the page that the app chooses by itself. */
  hash: string
  log: LogEntry[]
  /** The audit trail that goes with it. */
  audit?: AuditEntry[]
  /** What is found among stored notifications. */
  stored?: DeliveryPage
}

const connection: ConnectionSettings = {
  cloud: 'global',
  customLoginHost: '',
  customGraphHost: '',
  caFile: '',
  proxy: { kind: 'system', address: '', bypass: '', username: '' },
  bootstrapClientId: '14d82eec-204b-4c2f-b7e8-296a70dab67e',
  tenantUrl: 'acme.brightpattern.com',
  adoptedAppId: '',
  applicationName: 'Enterprise Messenger Integration Server',
  secretLifetimeMonths: 24,
  optionalPermissions: [],
  formVersion: '5.19',
  integrationName: 'Microsoft Teams',
  webhookPort: 8730,
  webhookPaused: false,
  tunnelProvider: 'static',
  publicUrl: 'https://emi.acme.example',
  listenAddress: '127.0.0.1',
  localTls: { certificateFile: '', keyFile: '' },
  trustedProxies: ['127.0.0.1', '::1'],
  ssh: { host: '', port: 22, username: '', hostKey: '', remoteBind: '' },
  hostedSsh: {
    host: '',
    port: 22,
    username: 'emi-tray',
    hostKey: '',
    bindName: '',
    bindPort: 80,
    request: '',
    pattern: '',
  },
  devTunnels: { signIn: 'application' },
  command: { program: '', args: [], pattern: '', secretVariable: '' },
  richNotifications: false,
  handOnTarget: 'none',
  handOnUrl: '',
  handOnPaused: false,
  sendContent: false,
  contentEndpoint: false,
  metricsEndpoint: false,
  localSideHost: '127.0.0.1',
  localSidePort: 8740,
  localSideUrl: '',
  keepDeliveriesDays: 7,
  perUserSubscriptions: [],
  presencePeople: [],
}

const stepOrder: SetupStepId[] = [
  'sign-in',
  'check',
  'plan',
  'apply',
  'verify',
  'connect-webhook',
  'hand-over',
]

const summaries: Record<SetupStepId, string> = {
  'sign-in': 'nora.lindqvist@acme.example in Acme Corporation',
  check: 'Nothing stands in the way.',
  plan: 'Ready for you to look over.',
  apply: 'Enterprise Messenger Integration Server, Client ID 6c3a1f1e-08c4-4e0b-9c55-2d1f0d7a4f10',
  verify: 'A real token carries Chat.ReadWrite.All, ChannelMessage.Read.All and User.Read.All.',
  'connect-webhook': 'Reached at https://emi.acme.example',
  'hand-over': 'You confirmed that Test connection said OK.',
}

/** Steps up to one of them done, that one in a given state, the rest waiting. */
export function stepsUpTo(
  at: SetupStepId | 'end',
  state: StepState = 'ready',
  change: Partial<SetupStep> = {},
): SetupStep[] {
  const position = at === 'end' ? stepOrder.length : stepOrder.indexOf(at)
  return stepOrder.map((id, index) => ({
    id,
    state: index < position ? 'done' : index === position ? state : 'waiting',
    summary: index < position ? summaries[id] : null,
    error: null,
    progress: null,
    ...(index === position ? change : {}),
  }))
}

const plain = { reason: null, askText: null, link: null }

const checks: CheckResult[] = [
  {
    name: 'tenant',
    state: 'ok',
    message: 'Acme Corporation, a Microsoft Entra tenant for work accounts.',
    nextStep: null,
    ...plain,
  },
  {
    name: 'account',
    state: 'ok',
    message: 'nora.lindqvist@acme.example is a member of this tenant.',
    nextStep: null,
    ...plain,
  },
  {
    name: 'roles',
    state: 'ok',
    message: 'Global Administrator is active.',
    nextStep: null,
    ...plain,
  },
  {
    name: 'graph',
    state: 'ok',
    message: 'Microsoft Graph answered in 212 ms.',
    nextStep: null,
    ...plain,
  },
  {
    name: 'clock',
    state: 'warning',
    message: 'The clock of this computer is 48 seconds ahead of Microsoft’s.',
    nextStep: 'Switch on automatic time. Above five minutes the sign-in of the application fails.',
    ...plain,
  },
]

const permissionsPage = 'https://learn.microsoft.com/graph/permissions-reference'

const plan: Plan = {
  createdAt: ago(3),
  redirectUri: 'https://acme.brightpattern.com/agentdesktop/msteamscallback.html',
  nothingToDo: false,
  rows: [
    {
      object: 'application',
      action: 'create',
      name: 'Enterprise Messenger Integration Server',
      detail: 'Single tenant, no sign-in for others.',
      reason: 'Stands for the contact center in your tenant.',
    },
    {
      object: 'redirect-uri',
      action: 'create',
      name: 'https://acme.brightpattern.com/agentdesktop/msteamscallback.html',
      detail: 'Of type Web.',
      reason: 'Agents come back to this page after they sign in to Teams.',
    },
    {
      object: 'required-resource-access',
      action: 'change',
      name: '11 permissions of Microsoft Graph',
      detail: '8 are there, 3 will be added.',
      reason: 'What the application may ask for.',
    },
    {
      object: 'service-principal',
      action: 'leave',
      name: 'Enterprise Messenger Integration Server',
      detail: 'Exists already.',
      reason: 'The application’s instance in your tenant. It holds the consent.',
    },
    {
      object: 'client-secret',
      action: 'create',
      name: 'EMI Tray',
      detail: 'Valid for 24 months.',
      reason: 'With it the contact center proves that it is the application.',
    },
    {
      object: 'delegated-grant',
      action: 'create',
      name: '8 delegated permissions',
      detail: 'Granted for the whole tenant.',
      reason: 'Otherwise every agent would be asked.',
    },
    {
      object: 'app-role-assignments',
      action: 'create',
      name: '3 application permissions',
      detail: 'Granted for the whole tenant.',
      reason: 'Only an administrator can give these.',
    },
  ],
  permissions: [
    permission(
      'Chat.ReadWrite',
      'delegated',
      'An agent opens chats with experts and reads their answers, in the agent’s own name.',
      true,
    ),
    permission(
      'ChatMessage.Send',
      'delegated',
      'An agent sends chat messages to experts, in the agent’s own name.',
      true,
    ),
    permission(
      'Presence.Read.All',
      'delegated',
      'An agent sees which experts are available before disturbing them.',
      true,
    ),
    permission(
      'Chat.ReadWrite.All',
      'application',
      'The contact center hears of new and changed chats without anybody signed in.',
      false,
    ),
    permission(
      'ChannelMessage.Read.All',
      'application',
      'The contact center hears of answers in Teams channels.',
      false,
    ),
    {
      ...permission(
        'Chat.Read.All',
        'application',
        'Microsoft sends notifications for all chat messages only to applications with this permission.',
        false,
      ),
      optional: true,
    },
  ],
}

const applyOrder: ApplyStep['object'][] = [
  'application',
  'service-principal',
  'redirect-uri',
  'required-resource-access',
  'client-secret',
  'delegated-grant',
  'app-role-assignments',
  'token',
]

const applyResults: Record<ApplyStep['object'], string> = {
  application: 'Made. Object ID 0b8f7d5a-91e3-4c52-b0a1-6f1f3bb7c6d2',
  'service-principal': 'Made. ID 7a1c9a60-5f5e-4d4e-8a2b-11d80c3f55e0',
  'redirect-uri': 'Set to https://acme.brightpattern.com/agentdesktop/msteamscallback.html',
  'required-resource-access': '11 permissions requested.',
  'client-secret': 'Made. Ends on 23 November 2028.',
  'delegated-grant': '8 permissions granted.',
  'app-role-assignments': '3 permissions granted.',
  token: 'A token with all roles came back.',
}

function applyStepsAt(position: number, state: ApplyStep['state']): ApplyStep[] {
  return applyOrder.map((object, index) => ({
    object,
    state: index < position ? 'done' : index === position ? state : 'waiting',
    result: index < position ? applyResults[object] : null,
  }))
}

const handoverValues: HandoverValue[] = [
  handoverValue('name', 'Name', 'Microsoft Teams', 'Any name. It is only shown in Bright Pattern.'),
  handoverValue(
    'object-id',
    'Object ID',
    '0b8f7d5a-91e3-4c52-b0a1-6f1f3bb7c6d2',
    'The object id of the application, not the one under Enterprise applications.',
  ),
  handoverValue(
    'tenant-id',
    'Directory (Tenant) ID',
    'b7f2c0de-3d41-4f0b-8e0e-5d9f6a2c1b34',
    'The id of your Microsoft Entra tenant.',
  ),
  handoverValue(
    'client-id',
    'Client ID',
    '6c3a1f1e-08c4-4e0b-9c55-2d1f0d7a4f10',
    'Microsoft Entra calls it Application (client) ID.',
  ),
  {
    ...handoverValue(
      'client-secret',
      'Client Secret',
      null,
      'The value of the secret. The secret ID that Microsoft Entra also shows does not work here.',
    ),
    secret: true,
  },
  {
    ...handoverValue(
      'expires-at',
      'Expires at',
      '2028-11-23T14:00:00Z',
      'Bright Pattern fills this in by itself. It warns 15 days before.',
    ),
    readOnly: true,
  },
]

const activeSubscriptions: Subscription[] = [
  sampleSubscription('chats', '/chats', { lastNotificationAt: ago(0.4) }),
  sampleSubscription('chat-messages', '/chats/getAllMessages', { lastNotificationAt: ago(0.1) }),
  sampleSubscription('channel-messages', '/teams/getAllMessages', { renewedAt: null }),
]

const stations: Station[] = [
  { name: 'microsoft', light: 'ok', sentence: 'The application and its secret are in order.' },
  { name: 'subscriptions', light: 'ok', sentence: '3 subscriptions are active.' },
  { name: 'tunnel', light: 'ok', sentence: 'The public address leads to this computer.' },
  { name: 'webhook', light: 'ok', sentence: 'Listening on 127.0.0.1:8730.' },
  { name: 'contact-center', light: 'ok', sentence: 'Test connection said OK.' },
]

const noStations: Station[] = stations.map(({ name }) => ({
  name,
  light: 'off',
  sentence: name === 'microsoft' ? 'Not set up yet.' : 'Waits for the set-up.',
}))

const emptySetup: SetupState = {
  steps: stepsUpTo('sign-in'),
  checks: [],
  plan: null,
  applySteps: [],
  verified: null,
  candidates: [],
  outdatedBy: [],
}

const fresh: AppState = {
  revision: 1,
  version: '0.1.0',
  abilities: { host: 'headless', clipboard: false, openBrowser: true },
  mode: 'microsoft',
  opening: false,
  cloud: {
    id: 'global',
    displayName: 'Global',
    loginHost: 'https://login.microsoftonline.com',
    graphHost: 'https://graph.microsoft.com',
  },
  settings: {
    version: 1,
    theme: 'system',
    quietAlerts: ['slow-webhook'],
    keepAwake: false,
    mode: 'microsoft',
    connections: {
      microsoft: { ...connection, tenantUrl: '', publicUrl: '' },
      practice: {
        ...connection,
        cloud: 'custom',
        tenantUrl: 'practice.brightpattern.example',
        publicUrl: '',
        webhookPort: 8731,
      },
    },
  },
  startsAtLogin: null,
  update: null,
  health: {
    light: 'not-set-up',
    sentence: 'Set-up is not finished yet.',
    since: null,
    nextStep: null,
    fix: { label: 'Open Setup', kind: 'page', page: 'setup' },
  },
  stations: noStations,
  signIn: { phase: 'signed-out' },
  setup: emptySetup,
  handover: {
    ready: false,
    form: '5.19',
    values: [],
    redirectUri: null,
    secretExpiresAt: null,
    secretHint: null,
  },
  access: null,
  drift: noDrift,
  secretCare: noSecretCare,
  consent: null,
  removal: noRemoval,
  auditLastId: 0,
  alerts: [],
  handOn: noHandOn,
  gaps: noGaps,
  webhook: noWebhook,
  messageWait: noMessageWait,
  tunnel: noTunnel,
  subscriptions: [],
  localSide: { address: null, baseUrl: null, error: null },
  network: noNetwork,
  practice: null,
  error: null,
}

const named: AppState = {
  ...fresh,
  settings: {
    ...fresh.settings,
    connections: { ...fresh.settings.connections, microsoft: connection },
  },
}

const signedIn: AppState = {
  ...named,
  signIn: {
    phase: 'signed-in',
    account: {
      username: 'nora.lindqvist@acme.example',
      displayName: 'Nora Lindqvist',
      tenantId: 'b7f2c0de-3d41-4f0b-8e0e-5d9f6a2c1b34',
      tenantDisplayName: 'Acme Corporation',
      tenantDomain: 'acme.example',
      roles: ['Global Administrator', 'Teams Administrator'],
    },
  },
}

const done: AppState = {
  ...signedIn,
  health: {
    light: 'ok',
    sentence: 'Teams is reaching the webhook.',
    since: ago(190),
    nextStep: null,
    fix: null,
  },
  stations,
  setup: {
    steps: stepsUpTo('end'),
    checks: [],
    plan: null,
    applySteps: applyStepsAt(8, 'done'),
    verified: {
      at: ago(180),
      roles: ['Chat.ReadWrite.All', 'ChannelMessage.Read.All', 'User.Read.All'],
      missingRoles: [],
      delegatedGranted: true,
      delegatedSeen: true,
    },
    candidates: [],
    outdatedBy: [],
  },
  handover: {
    ready: true,
    form: '5.19',
    values: handoverValues,
    redirectUri: plan.redirectUri,
    secretExpiresAt: '2028-11-23T14:00:00Z',
    secretHint: 'q~8',
  },
  webhook: {
    running: true,
    paused: false,
    localAddress: 'http://127.0.0.1:8730',
    publicUrl: 'https://emi.acme.example',
    notificationUrl: 'https://emi.acme.example/graph/notifications',
    lifecycleNotificationUrl: 'https://emi.acme.example/graph/lifecycle',
    received: 12_408,
    refused: 2,
    content: { proven: 0, refused: 0 },
    duplicates: 31,
    lastReceivedAt: ago(0.1),
    latency: {
      answered: 3_120,
      p50Ms: 3,
      p99Ms: 19,
      slowShare: 0.004,
      delayLimit: 0.1,
      dropLimit: 0.15,
    },
    error: null,
  },
  tunnel: {
    ...fresh.tunnel,
    phase: 'up',
    publicUrl: 'https://emi.acme.example',
    since: ago(190),
    attempt: 1,
    lastProbe: {
      at: ago(4),
      ok: true,
      hops: [
        { name: 'Name', ok: true, durationMs: 12, message: 'emi.acme.example is 203.0.113.20' },
        {
          name: 'TLS',
          ok: true,
          durationMs: 48,
          message: 'Certificate of Let’s Encrypt, 61 days left',
        },
        {
          name: 'Webhook',
          ok: true,
          durationMs: 71,
          message: 'Answered the test with the right word',
        },
      ],
    },
  },
  subscriptions: activeSubscriptions,
}

/** Set up, compared, and with a secret that has long to live. */
const cared: AppState = {
  ...done,
  drift: { ...noDrift, report: inOrder },
  secretCare: secretCare(640),
}

/** What was compared is not as it should be: part of the consent is gone, and the redirect URI with it. */
const consentTaken: AppState = {
  ...cared,
  drift: { ...noDrift, report: drifted },
  access: {
    ...({ cause: 'consent', light: 'warning', since: null, short: 'Consent is missing.' } as const),
    sentence:
      'Consent to ChannelMessage.Read.All is missing, so Microsoft does not send all Teams messages.',
    nextStep: 'Ask who took it away, and why. To grant it again, compare, then repair.',
  },
  health: {
    ...({ light: 'warning', since: null } as const),
    sentence:
      'Consent to ChannelMessage.Read.All is missing, so Microsoft does not send all Teams messages.',
    nextStep: null,
    fix: { label: 'Open Application', kind: 'page', page: 'application' },
  },
}

const applying: AppState = {
  ...signedIn,
  setup: {
    ...emptySetup,
    checks,
    plan,
    steps: stepsUpTo('apply', 'running', {
      progress: {
        current: 5,
        total: 8,
        doing: 'Waiting until Microsoft has spread the client secret',
        usuallySeconds: 20,
        startedAt: ago(0.2),
      },
    }),
    applySteps: applyStepsAt(4, 'running'),
  },
}

/** Set up, and one more permission chosen: its plan waits to be applied. */
const changePlanned: AppState = {
  ...done,
  signIn: signedIn.signIn,
  setup: {
    ...done.setup,
    checks,
    plan: {
      ...plan,
      rows: plan.rows.map((row) =>
        row.object === 'app-role-assignments'
          ? { ...row, action: 'change', detail: 'Adds Chat.Read.All.' }
          : { ...row, action: 'leave', detail: 'In place.' },
      ),
      permissions: plan.permissions.map((one) => ({ ...one, granted: !one.optional })),
    },
    steps: stepsUpTo('end').map((step) =>
      step.id === 'apply' ? { ...step, state: 'ready' as const, summary: null } : step,
    ),
  },
}

const practiceSettings: AppState['settings'] = { ...fresh.settings, mode: 'practice' }

const practice: AppState['practice'] = {
  tenantDisplayName: 'Contoso practice',
  people: [
    person('p1', 'Nora Lindqvist', 'global-admin', 'Head of IT'),
    person('p2', 'Samir Haddad', 'application-admin', 'Identity engineer'),
    person('p3', 'Ella Brandt', 'user', 'Customer care lead'),
    person('p4', 'Tomás Rivera', 'user', 'Billing specialist'),
  ],
  chats: [
    { id: 'c1', topic: 'Billing escalations', kind: 'chat' },
    { id: 'c2', topic: 'Shift hand-over', kind: 'channel' },
  ],
  traffic: { on: true, perMinute: 12 },
  faults: [
    {
      name: 'throttling',
      group: 'service',
      description: 'Graph answers every third request with 429 and asks to wait two seconds.',
      on: false,
    },
    {
      name: 'graph-unavailable',
      group: 'service',
      description: 'Graph answers every request with 503.',
      on: true,
    },
    {
      name: 'notifications-stop',
      group: 'webhook',
      description: 'Graph stops posting notifications; what happens meanwhile is never told.',
      on: false,
    },
  ],
  actions: [
    {
      name: 'revoke-consent',
      description: 'Takes back the consent to all application permissions.',
    },
  ],
  replicationSeconds: 1.5,
}

const practiceFresh: AppState = { ...fresh, mode: 'practice', settings: practiceSettings, practice }

const sshConnection: ConnectionSettings = {
  ...connection,
  tunnelProvider: 'ssh',
  ssh: {
    host: 'gateway.acme.example',
    port: 22,
    username: 'emi-tunnel',
    hostKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0sample',
    remoteBind: '/run/emi/tunnel.sock',
  },
}

const waitingUntil = new Date(sampleNow + 247_000).toISOString()

/** A preflight in a tenant that does not make it easy. */
const strictChecks: CheckResult[] = [
  ...checks.slice(0, 2),
  {
    name: 'roles',
    state: 'failed',
    message: 'Global Administrator is assigned to you, but not active.',
    reason: 'Creating the application and consenting to its permissions both need an active role.',
    nextStep: 'Activate the role in Privileged Identity Management, then press “Check again”.',
    askText: null,
    link: 'pim-my-roles',
  },
  {
    name: 'secret-policy',
    state: 'warning',
    message: 'A policy of your organization limits client secrets to 180 days.',
    reason: 'We would ask for 24 months, and Microsoft would refuse.',
    nextStep: 'You can go on: EMI Tray asks for the longest life allowed, and reminds you in time.',
    askText:
      'Hello, the application “Enterprise Messenger Integration Server” of our contact center needs a client secret. Our default app management policy limits secrets to 180 days. Could you allow 24 months for this one application, or confirm that 180 days is what you want? Thank you.',
    link: 'entra-app-management-policies',
  },
  {
    name: 'existing-application',
    state: 'warning',
    message: '2 applications look like this one.',
    reason:
      'A second application for the same contact center would confuse whoever looks after it.',
    nextStep: 'Choose one below, or go on to make EMI Tray’s own.',
    askText: null,
    link: null,
  },
]

const candidates: SetupState['candidates'] = [
  {
    applicationObjectId: '0c9f3b1e-6f5d-4a57-9b0a-2f1f6e8d7a11',
    appId: '7d6a1c52-95e4-4c1b-8c75-0d4d9b9e3f20',
    displayName: 'EMI Server (old)',
    createdAt: ago(60 * 24 * 400),
    redirectUris: ['https://acme.brightpattern.com/agentdesktop/msteamscallback.html'],
    owners: ['samir.haddad@acme.example'],
    matchedBy: ['redirect-uri'],
    deletedAt: null,
    chosen: false,
  },
  {
    applicationObjectId: '1d8a2c0f-7a6e-4b68-8c1b-301f7f9e8b22',
    appId: '8e7b2d63-a6f5-4d2c-9d86-1e5eacaf4031',
    displayName: 'Enterprise Messenger Integration Server',
    createdAt: ago(60 * 24 * 90),
    redirectUris: [],
    owners: [],
    matchedBy: ['name'],
    deletedAt: ago(60 * 24 * 3),
    chosen: false,
  },
]

/** Every sample by name. */
export const samples = {
  welcome: sample({
    ...fresh,
    mode: null,
    cloud: null,
    stations: [],
    setup: { ...emptySetup, steps: [] },
  }),
  opening: sample({
    ...fresh,
    mode: null,
    opening: true,
    setup: { ...emptySetup, steps: [] },
    health: {
      light: 'working',
      sentence: 'EMI Tray is opening its connection.',
      since: null,
      nextStep: null,
      fix: null,
    },
  }),
  'welcome-error': sample({
    ...fresh,
    mode: null,
    setup: { ...emptySetup, steps: [] },
    error: sampleError({
      code: 'keychain-locked',
      message: 'The keychain of this computer is locked, so the stored secrets cannot be read.',
      nextStep: 'Unlock it, for example by signing in to the desktop again, then restart EMI Tray.',
    }),
  }),
  'setup-start': sample(fresh, 'setup'),
  'setup-preflight': sample(
    {
      ...signedIn,
      setup: {
        ...emptySetup,
        checks: strictChecks,
        candidates,
        steps: stepsUpTo('check', 'failed'),
      },
    },
    'setup',
  ),
  'setup-consent-link': sample(
    {
      ...done,
      setup: {
        ...done.setup,
        verified: null,
        applySteps: applyStepsAt(6, 'failed'),
        steps: stepsUpTo('apply', 'failed', {
          error: sampleError({
            code: 'admin-role-missing',
            message:
              'samir.haddad@acme.example may not consent to Microsoft Graph application permissions for the organization.',
            nextStep:
              'Send the consent link below to a Privileged Role Administrator or Global Administrator.',
          }),
        }),
      },
      consent: {
        url: 'https://login.microsoftonline.com/2f1f6e8d-7a11-4a57-9b0a-0c9f3b1e6f5d/v2.0/adminconsent?client_id=7d6a1c52-95e4-4c1b-8c75-0d4d9b9e3f20&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default&redirect_uri=https%3A%2F%2Facme.brightpattern.com%2Fagentdesktop%2Fmsteamscallback.html&state=qJ3',
        phase: 'waiting',
        startedAt: ago(12),
        lastCheckedAt: ago(1),
        missing: ['Chat.ReadWrite.All', 'ChannelMessage.Read.All'],
        error: null,
      },
    },
    'setup',
  ),
  'setup-browser': sample(
    {
      ...named,
      setup: { ...emptySetup, steps: stepsUpTo('sign-in', 'running') },
      signIn: {
        phase: 'waiting-for-browser',
        url: 'https://login.microsoftonline.com/organizations/oauth2/v2.0/authorize?x=1',
        expiresAt: waitingUntil,
      },
    },
    'setup',
  ),
  'setup-code': sample(
    {
      ...named,
      setup: { ...emptySetup, steps: stepsUpTo('sign-in', 'running') },
      signIn: {
        phase: 'waiting-for-code',
        userCode: 'FKW9L2TQX',
        verificationUri: 'https://microsoft.com/devicelogin',
        expiresAt: waitingUntil,
      },
    },
    'setup',
  ),
  'setup-sign-in-failed': sample(
    {
      ...named,
      setup: {
        ...emptySetup,
        steps: stepsUpTo('sign-in', 'failed', {
          error: sampleError({
            code: 'wrong-account-type',
            message: 'nora@outlook.com is a personal Microsoft account.',
            nextStep: 'Sign in with your work account in the tenant of your contact center.',
            details: 'AADSTS50020',
          }),
        }),
      },
    },
    'setup',
  ),
  'setup-practice': sample(practiceFresh),
  'setup-practice-browser': sample({
    ...practiceFresh,
    setup: { ...emptySetup, steps: stepsUpTo('sign-in', 'running') },
    signIn: {
      phase: 'waiting-for-browser',
      url: 'https://127.0.0.1:9/authorize',
      expiresAt: waitingUntil,
    },
  }),
  'setup-signed-in': sample(
    { ...signedIn, setup: { ...emptySetup, steps: stepsUpTo('check') } },
    'setup',
  ),
  'setup-checked': sample(
    {
      ...signedIn,
      setup: {
        ...emptySetup,
        checks,
        steps: stepsUpTo('plan').map((step) =>
          step.id === 'check' ? { ...step, state: 'attention' as const } : step,
        ),
      },
    },
    'setup',
  ),
  'setup-planned': sample(
    { ...signedIn, setup: { ...emptySetup, checks, plan, steps: stepsUpTo('apply') } },
    'setup',
  ),
  'setup-applying': sample(applying, 'setup', quietLog()),
  'setup-apply-stopped': sample(
    {
      ...applying,
      setup: {
        ...applying.setup,
        steps: stepsUpTo('apply', 'stopped', {
          error: sampleError({
            code: 'cancelled',
            message: 'Applying the plan was stopped.',
            nextStep: 'Nothing was lost. Start it again when you are ready.',
          }),
        }),
        applySteps: applyStepsAt(4, 'waiting'),
      },
    },
    'setup',
    quietLog(),
  ),
  'setup-apply-failed': sample(
    {
      ...applying,
      setup: {
        ...applying.setup,
        steps: stepsUpTo('apply', 'failed', { error: sampleError() }),
        applySteps: applyStepsAt(4, 'failed'),
      },
    },
    'setup',
  ),
  'setup-verify-running': sample(
    {
      ...signedIn,
      setup: { ...done.setup, verified: null, steps: stepsUpTo('verify', 'running') },
    },
    'setup',
  ),
  'setup-connect': sample(
    {
      ...done,
      health: {
        light: 'warning',
        sentence: 'The webhook is not running yet.',
        since: null,
        nextStep: null,
        fix: { label: 'Open Webhook', kind: 'page', page: 'webhook' },
      },
      settings: fresh.settings,
      webhook: fresh.webhook,
      tunnel: fresh.tunnel,
      subscriptions: [],
      setup: { ...done.setup, steps: stepsUpTo('connect-webhook') },
    },
    'setup',
  ),
  'setup-hand-over': sample(
    { ...done, setup: { ...done.setup, steps: stepsUpTo('hand-over') } },
    'setup',
    quietLog(),
  ),
  'setup-done': sample(done, 'setup', quietLog()),
  'setup-change-planned': sample(changePlanned, 'setup', quietLog()),
  'handover-empty': sample(named, 'handover'),
  handover: sample(
    { ...done, setup: { ...done.setup, steps: stepsUpTo('hand-over') } },
    'handover',
  ),
  'handover-rotating': sample(
    {
      ...done,
      signIn: signedIn.signIn,
      secretCare: {
        ...noSecretCare,
        level: 'urgent',
        daysLeft: 730,
        rotation: {
          phase: 'handing-over',
          startedAt: ago(9),
          newSecret: null,
          oldSecret: null,
          proofs: 5,
          proofsNeeded: 5,
        },
      },
    },
    'handover',
  ),
  'handover-old-form': sample(
    {
      ...done,
      handover: {
        ...done.handover,
        form: '5.8',
        values: handoverValues.filter(
          (value) => value.field !== 'object-id' && value.field !== 'expires-at',
        ),
      },
    },
    'handover',
  ),
  webhook: sample(done, 'webhook'),
  'webhook-test-waits': sample(
    {
      ...done,
      messageWait: {
        ...{ phase: 'waiting', since: ago(1), came: null, advice: [] },
        until: new Date(sampleNow + 95_000).toISOString(),
      },
    },
    'webhook',
  ),
  'webhook-test-nothing': sample(
    {
      ...done,
      messageWait: {
        ...{ phase: 'nothing', since: ago(5), until: null, came: null },
        advice: [
          'No subscription to messages of chats is active. Look at the subscriptions below.',
          'The last test through the public address failed. Test the tunnel first.',
        ],
      },
    },
    'webhook',
  ),
  'webhook-empty': sample(named, 'webhook'),
  'webhook-paused': sample(
    {
      ...done,
      health: {
        light: 'warning',
        sentence: 'The webhook is paused, so no Teams message arrives.',
        since: null,
        nextStep: null,
        fix: { label: 'Resume', kind: 'call', call: 'webhook.start' },
      },
      webhook: { ...done.webhook, running: false, paused: true },
      tunnel: fresh.tunnel,
      subscriptions: activeSubscriptions.map((one) => ({ ...one, status: 'waiting' as const })),
    },
    'webhook',
  ),
  'webhook-ssh-failing': sample(
    {
      ...done,
      settings: {
        ...named.settings,
        connections: { ...named.settings.connections, microsoft: sshConnection },
      },
      health: {
        light: 'failed',
        sentence: 'The gateway cannot be reached: connection refused.',
        since: ago(6),
        nextStep: null,
        fix: { label: 'Try now', kind: 'call', call: 'tunnel.restart' },
      },
      tunnel: {
        provider: 'ssh',
        phase: 'failed',
        publicUrl: null,
        since: ago(6),
        nextAttemptAt: new Date(sampleNow + 42_000).toISOString(),
        attempt: 7,
        lastProbe: {
          at: ago(6),
          ok: false,
          hops: [
            { name: 'Name', ok: true, durationMs: 9, message: 'emi.acme.example is 203.0.113.20' },
            {
              name: 'TLS',
              ok: true,
              durationMs: 51,
              message: 'Certificate of Let’s Encrypt, 61 days left',
            },
            {
              name: 'Webhook',
              ok: false,
              durationMs: 1_204,
              message: '502 Bad Gateway: the gateway has no tunnel to pass this on to',
            },
          ],
        },
        error: sampleError({
          code: 'tunnel-transient',
          message: 'gateway.acme.example refused the connection on port 22.',
          nextStep: 'Check that the gateway runs. EMI Tray keeps trying by itself.',
          details: 'connect ECONNREFUSED 203.0.113.20:22',
        }),
        validUntil: null,
        endsSoon: false,
      },
    },
    'webhook',
  ),
  'webhook-foreign-holder': sample(
    {
      ...done,
      health: {
        light: 'warning',
        sentence:
          'Another server, emi.brightpattern.example, receives messages in chats instead. Microsoft allows only one.',
        since: null,
        nextStep: null,
        fix: { label: 'Open Webhook', kind: 'page', page: 'webhook' },
      },
      subscriptions: [
        sampleSubscription('chats', '/chats', {}),
        sampleSubscription('chat-messages', '/chats/getAllMessages', {
          status: 'held-elsewhere',
          subscriptionId: null,
          expirationDateTime: null,
          heldBy: {
            host: 'emi.brightpattern.example',
            subscriptionId: 'f37d1c8e-3d0f-44e3-a1a9-2f6f64cf6b1d',
            expirationDateTime: new Date(sampleNow + 38 * 60_000).toISOString(),
          },
          error: sampleError({
            code: 'subscription-held-elsewhere',
            message:
              'Another server, emi.brightpattern.example, receives messages in chats instead. Microsoft allows only one.',
            nextStep:
              'Find out who runs that server. If it is no longer needed, press “Take over”: its subscription is then deleted and notifications come here. If it is meant to have them, press “Observe”.',
          }),
        }),
        sampleSubscription('channel-messages', '/teams/getAllMessages', {
          status: 'creating',
          subscriptionId: null,
        }),
      ],
    },
    'webhook',
  ),
  'webhook-observed': sample(
    {
      ...done,
      health: {
        light: 'warning',
        sentence:
          'The place for messages in channels was handed back to emi-old.contoso.example, which has not subscribed again yet. Until it does, nobody receives them.',
        since: null,
        nextStep: null,
        fix: { label: 'Open Webhook', kind: 'page', page: 'webhook' },
      },
      subscriptions: [
        sampleSubscription('chats', '/chats', { takenFrom: 'emi-old.contoso.example' }),
        sampleSubscription('chat-messages', '/chats/getAllMessages', {
          status: 'observed',
          subscriptionId: null,
          expirationDateTime: null,
          heldBy: {
            host: 'emi.brightpattern.example',
            subscriptionId: 'f37d1c8e-3d0f-44e3-a1a9-2f6f64cf6b1d',
            expirationDateTime: new Date(sampleNow + 38 * 60_000).toISOString(),
          },
          observing: {
            host: 'emi.brightpattern.example',
            since: ago(300),
            handedBack: false,
            takeWhenFree: true,
          },
        }),
        sampleSubscription('presence', '/communications/presences', {
          status: 'paused',
          subscriptionId: null,
        }),
        sampleSubscription('channel-messages', '/teams/getAllMessages', {
          status: 'observed',
          subscriptionId: null,
          observing: {
            host: 'emi-old.contoso.example',
            since: ago(4),
            handedBack: true,
            takeWhenFree: false,
          },
          error: sampleError({
            code: 'subscription-place-free',
            message:
              'The place for messages in channels was handed back to emi-old.contoso.example, which has not subscribed again yet. Until it does, nobody receives them.',
            nextStep:
              'Have that server subscribe again: only it can, since only it knows the clientState that it accepts. To receive here after all, press “Take the place”.',
          }),
        }),
      ],
    },
    'webhook',
  ),
  'webhook-refused': sample(
    {
      ...done,
      subscriptions: refusedSubscriptions(),
    },
    'webhook',
  ),
  'webhook-change-planned': sample(
    { ...changePlanned, subscriptions: refusedSubscriptions() },
    'webhook',
  ),
  'application-not-set-up': sample(named, 'application'),
  'application-signed-out': sample(
    { ...cared, signIn: { phase: 'signed-out' }, drift: { ...noDrift, report: null } },
    'application',
  ),
  'application-signing-in': sample(
    {
      ...cared,
      mode: 'practice',
      settings: practiceSettings,
      practice,
      signIn: {
        phase: 'waiting-for-browser',
        url: 'https://127.0.0.1:9/authorize',
        expiresAt: waitingUntil,
      },
    },
    'application',
  ),
  'application-in-order': sample(cared, 'application'),
  'application-drifted': sample(consentTaken, 'application', quietLog()),
  'application-surplus': sample(
    {
      ...cared,
      drift: {
        ...noDrift,
        report: {
          ...drifted,
          inOrder: true,
          rows: [...inOrder.rows, ...drifted.rows.filter((row) => row.removalId !== null)],
          permissions: drifted.permissions.filter((one) => one.state !== 'missing'),
        },
      },
    },
    'application',
  ),
  'application-repairing': sample(
    {
      ...consentTaken,
      drift: {
        ...noDrift,
        job: runningJob('Granting ChannelMessage.Read.All to the application', 2, 3),
        report: drifted,
      },
    },
    'application',
  ),
  'application-compare-failed': sample(
    {
      ...cared,
      drift: {
        ...noDrift,
        job: {
          ...idle,
          error: sampleError({
            code: 'application-missing',
            message: 'The application is no longer in your tenant. Somebody deleted it.',
            nextStep: 'Restore it in Microsoft Entra within 30 days, or set up again.',
            details: 'Graph 404 Request_ResourceNotFound',
          }),
        },
        report: null,
      },
    },
    'application',
  ),
  'secrets-fine': sample(cared, 'application/secrets'),
  'secrets-urgent': sample(
    { ...cared, secretCare: secretCare(6), signIn: { phase: 'signed-out' } },
    'application/secrets',
  ),
  'secrets-expired': sample({ ...cared, secretCare: secretCare(-3) }, 'application/secrets'),
  'secrets-proving': sample(
    { ...cared, secretCare: provingCare, drift: { ...noDrift, report: null } },
    'application/secrets',
  ),
  'secrets-handing-over': sample(
    {
      ...cared,
      secretCare: handingOverCare,
      drift: { ...noDrift, report: secretsDuringRotation },
    },
    'application/secrets',
  ),
  'audit-trail': {
    ...sample({ ...cared, auditLastId: auditTrail.length }, 'application/audit'),
    audit: auditTrail,
  },
  'audit-empty': sample(cared, 'application/audit'),
  report: sample({ ...cared, drift: { ...noDrift, report: null } }, 'application/report'),
  'log-empty': sample(done, 'log'),
  'log-busy': sample(done, 'log', busyLog()),
  'log-stored': {
    ...sample({ ...done, handOn: { ...done.handOn, target: 'http' } }, 'log/stored'),
    stored: storedPage,
  },
  overview: sample(done, 'overview', quietLog()),
  'overview-down': sample(
    {
      ...done,
      health: {
        light: 'failed',
        sentence: 'The gateway cannot be reached: connection refused.',
        since: ago(6),
        nextStep: null,
        fix: { label: 'Try now', kind: 'call', call: 'tunnel.restart' },
      },
      stations: stations.map((station) =>
        station.name === 'tunnel'
          ? { ...station, light: 'failed', sentence: 'The gateway refused the connection.' }
          : station.name === 'subscriptions'
            ? { ...station, light: 'warning', sentence: 'Renewal is waiting for the tunnel.' }
            : station,
      ),
      handover: {
        ...done.handover,
        secretExpiresAt: new Date(sampleNow + 12.5 * 86_400_000).toISOString(),
      },
    },
    'overview',
    quietLog(),
  ),
  'overview-secret-urgent': sample(
    { ...cared, secretCare: secretCare(6), alerts: [expiryAlert] },
    'overview',
    quietLog(),
  ),
  'overview-empty': sample(named, 'overview'),
  'overview-app-error': sample(
    {
      ...done,
      health: {
        light: 'failed',
        sentence: 'The disk is full.',
        since: ago(1),
        nextStep: null,
        fix: null,
      },
      error: sampleError({
        code: 'disk-full',
        message: 'The disk is full, so notifications cannot be stored.',
        nextStep: 'Free some space. EMI Tray then goes on by itself.',
        details: 'ENOSPC',
      }),
    },
    'overview',
    quietLog(),
  ),
  'webhook-gaps': sample(
    {
      ...done,
      gaps: {
        checking: false,
        checkedAt: ago(25),
        entries: [
          {
            ...{ id: 5, since: ago(5), until: null, reasons: ['held-elsewhere'] },
            ...{ phase: 'elsewhere', recovered: 0, alreadyThere: 0, progress: null },
            ...{ nextAttemptAt: null, error: null, lost: [], endedAt: null },
            elsewhere: { host: 'emi-old.contoso.example', key: 'channel-messages' },
          },
          {
            ...{ id: 3, since: ago(6), until: ago(3), reasons: ['tunnel'], phase: 'catching-up' },
            ...{ recovered: 14, alreadyThere: 3, progress: { done: 12, total: 40 }, endedAt: null },
            ...{ nextAttemptAt: null, error: null, lost: [], elsewhere: null },
          },
          {
            ...{ id: 2, since: ago(600), until: ago(420), reasons: ['sleep'], phase: 'partly' },
            ...{ recovered: 212, alreadyThere: 9, progress: null, endedAt: ago(415) },
            ...{ nextAttemptAt: null, error: null, elsewhere: null },
            lost: [
              {
                what: 'The channel 19:4a95f7d8db4c4e7fae857bcebe0623e6@thread.tacv2.',
                why: 'It was deleted, so Microsoft Graph does not show it any more.',
              },
            ],
          },
          {
            ...{ id: 1, since: ago(3000), until: ago(2990), reasons: ['subscription-removed'] },
            ...{ phase: 'done', recovered: 2, alreadyThere: 0, progress: null },
            ...{ nextAttemptAt: null, error: null, lost: [], endedAt: ago(2980) },
            elsewhere: null,
          },
          {
            ...{ id: 4, since: ago(4000), until: ago(3400), reasons: ['held-elsewhere'] },
            ...{ phase: 'elsewhere', recovered: 0, alreadyThere: 0, progress: null },
            ...{ nextAttemptAt: null, error: null, lost: [], endedAt: null },
            elsewhere: { host: 'emi-old.contoso.example', key: 'chat-messages' },
          },
        ],
      },
    },
    'webhook',
  ),
  'webhook-hand-on': sample(handingOn({}), 'webhook'),
  'webhook-hand-on-failing': sample(
    handingOn({
      ...{ phase: 'failing', waiting: 12, dead: 3, failingSince: ago(240), nextAttemptAt: ago(-2) },
      error: sampleError({
        code: 'hand-on-refused',
        message: 'The contact center at contactcenter.acme.example/teams-events answered 500.',
        nextStep:
          'Its log should say why. EMI Tray keeps trying for three days; nothing is lost meanwhile.',
        details: 'HTTP 500',
      }),
    }),
    'webhook',
  ),
  'webhook-hand-on-file': sample(
    handingOn({
      target: 'file',
      place: '/home/admin/.local/share/emi-tray/microsoft/hand-on/events.jsonl',
    }),
    'webhook',
  ),
  settings: sample(done, 'settings'),
  'settings-network': sample(
    {
      ...done,
      network: checkedNetwork,
      settings: {
        ...named.settings,
        connections: {
          ...named.settings.connections,
          microsoft: { ...connection, proxy: sampleProxy },
        },
      },
    },
    'settings/network',
  ),
  'settings-adopted': sample(
    {
      ...changePlanned,
      update: { phase: 'ready', version: '0.2.0' },
      settings: {
        ...named.settings,
        connections: {
          ...named.settings.connections,
          microsoft: {
            ...connection,
            adoptedAppId: '6c3a1f1e-08c4-4e0b-9c55-2d1f0d7a4f10',
            optionalPermissions: ['Chat.Read.All'],
          },
        },
      },
    },
    'settings',
  ),
  'settings-leaving': sample(
    {
      ...cared,
      auditLastId: auditTrail.length,
      removal: { job: idle, listedAt: ago(1), items: removalItems },
    },
    'settings',
  ),
  'settings-leaving-running': sample(
    {
      ...cared,
      removal: {
        job: runningJob('Removing the consent to 3 application permissions', 2, 9),
        listedAt: ago(1),
        items: removalItems.map((item, index) => ({
          ...item,
          state: index === 0 ? 'done' : index === 1 ? 'running' : 'listed',
        })),
      },
    },
    'settings',
  ),
  'settings-left-partly': sample(
    { ...cared, removal: { job: idle, listedAt: ago(4), items: removalFailed } },
    'settings',
  ),
  'settings-practice': sample(
    { ...done, mode: 'practice', settings: practiceSettings, practice },
    'settings',
    busyLog(),
  ),
} satisfies Record<string, Sample>

/** The name of a sample. */
export type SampleName = keyof typeof samples

/** Set up, and events go on to the contact center. */
function handingOn(handOn: Partial<AppState['handOn']>): AppState {
  const state: AppState['handOn'] = {
    ...noHandOn,
    ...{ target: 'http', phase: 'working', place: 'contactcenter.acme.example/teams-events' },
    ...{ handedOn: 12_398, lastHandedOnAt: ago(0.1) },
    ...handOn,
  }
  return {
    ...done,
    handOn: state,
    settings: {
      ...done.settings,
      connections: {
        ...done.settings.connections,
        microsoft: {
          ...connection,
          handOnTarget: state.target,
          handOnUrl: 'https://contactcenter.acme.example/teams-events',
        },
      },
    },
  }
}

function sample(state: AppState, hash = '', log: LogEntry[] = []): Sample {
  return { state, hash: hash === '' ? '' : `#/${hash}`, log }
}

function permission(
  value: string,
  kind: 'delegated' | 'application',
  reason: string,
  granted: boolean,
): Plan['permissions'][number] {
  return { value, kind, reason, granted, optional: false, link: `${permissionsPage}#${value}` }
}

function handoverValue(
  field: HandoverValue['field'],
  label: string,
  value: string | null,
  help: string,
): HandoverValue {
  return { field, label, value, help, secret: false, readOnly: false }
}

function person(
  id: string,
  displayName: string,
  role: string,
  jobTitle: string,
): NonNullable<AppState['practice']>['people'][number] {
  const userPrincipalName = `${displayName.toLowerCase().replace(' ', '.')}@contoso-practice.example`
  return { id, displayName, role, jobTitle, userPrincipalName }
}

export function sampleSubscription(
  key: Subscription['key'],
  resource: string,
  change: Partial<Subscription>,
): Subscription {
  return activeSubscription({
    ...{ key, resource, changeTypes: ['created', 'updated'] },
    subscriptionId: '9d3f6d1a-2a60-4b0c-9c2f-7b7d6c1c5a01',
    expirationDateTime: new Date(sampleNow + 41 * 60_000).toISOString(),
    ...{ createdAt: ago(190), renewedAt: ago(19), ...change },
  })
}

/** One line of the log as a sample. */
export function logEntry(sequence: number, change: Partial<LogEntry> = {}): LogEntry {
  return {
    sequence,
    at: new Date(sampleNow - 3_600_000 + sequence * 1_000).toISOString(),
    level: 'info',
    area: 'app',
    message: 'EMI Tray 0.1.0 started.',
    facts: {},
    delivery: null,
    ...change,
  }
}

/** A line that stands for a notification. */
export function deliveryEntry(sequence: number, resource: string, message: string): LogEntry {
  const entry = logEntry(sequence, { area: 'inbox', message })
  return {
    ...entry,
    delivery: {
      id: sequence,
      receivedAt: entry.at,
      kind: 'changeNotification',
      subscriptionKey: 'chat-messages',
      subscriptionId: '9d3f6d1a-2a60-4b0c-9c2f-7b7d6c1c5a01',
      tenantId: 'b7f2c0de-3d41-4f0b-8e0e-5d9f6a2c1b34',
      changeType: 'created',
      resource,
      resourceId: '1615971548136',
      rich: sequence % 3 === 0,
      origin: 'graph',
      senderId: null,
    },
  }
}

/** All chat messages refused, and one person subscribed instead. */
function refusedSubscriptions(): Subscription[] {
  return [
    sampleSubscription('chats', '/chats', {}),
    sampleSubscription('chat-messages', '/chats/getAllMessages', {
      status: 'refused',
      subscriptionId: null,
      remedies: ['add-chat-read-all', 'per-user'],
      error: sampleError({
        code: 'subscription-forbidden',
        message:
          'Microsoft refused the subscription to all chat messages: Chat.ReadWrite.All does not cover it.',
        nextStep: 'Choose one of the two ways below.',
        details: 'Graph 403 Forbidden',
      }),
    }),
    sampleSubscription(
      'user:adele.vance@acme.example',
      '/users/adele.vance@acme.example/chats/getAllMessages',
      {},
    ),
  ]
}

function quietLog(): LogEntry[] {
  return [
    logEntry(1),
    logEntry(2, { area: 'webhook', message: 'Listening on 127.0.0.1:8730.' }),
    logEntry(3, {
      area: 'subscription',
      message: 'Renewed 3 subscriptions.',
      facts: { count: 3, durationMs: 412 },
    }),
    deliveryEntry(
      4,
      "chats('19:8ea0e38b@thread.v2')/messages('1615971548136')",
      'New chat message',
    ),
    logEntry(5, {
      area: 'tunnel',
      level: 'warning',
      message: 'The gateway cannot be reached: connection refused.',
    }),
  ]
}

function busyLog(): LogEntry[] {
  return Array.from({ length: 1_200 }, (_, index) => {
    const sequence = index + 1
    if (sequence % 41 === 0) {
      return logEntry(sequence, {
        area: 'webhook',
        level: 'error',
        message: 'A post was refused: its clientState is not ours.',
        facts: { remote: '203.0.113.77', count: 1 },
      })
    }
    if (sequence % 17 === 0) {
      return logEntry(sequence, {
        area: 'subscription',
        level: 'warning',
        message: 'Graph asked to wait before the next renewal.',
        facts: { retryAfterSeconds: 2 },
      })
    }
    if (sequence % 11 === 0) {
      return logEntry(sequence, {
        area: 'subscription',
        message: 'Renewed the subscription to /chats.',
      })
    }
    const chat = `19:8ea0e38b${sequence % 7}a@thread.v2`
    return sequence % 4 === 0
      ? deliveryEntry(sequence, `chats('${chat}')`, 'Chat changed')
      : deliveryEntry(
          sequence,
          `chats('${chat}')/messages('16159715${sequence}')`,
          'New chat message',
        )
  })
}
