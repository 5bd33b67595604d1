// Verifying the integration with a real token: works with the application's own secret, without an administrator.
import type { VerifyResult } from '../../contract/models/setup.ts'
import { AppError } from '../app-error.ts'
import { wait } from '../backoff.ts'
import type { Log } from '../log.ts'
import type { AppAuth, AppToken } from '../ports/auth.ts'
import type { Clock, Random } from '../ports/clock.ts'
import type { SecretStore } from '../ports/secret-store.ts'
import { grantOf, grantRead, missingScopes } from './consent.ts'
import { type GraphClient, hasStatus } from './graph-client.ts'
import { readServicePrincipal } from './graph-objects.ts'
import type { WantedPermissions } from './permissions.ts'
import { CLIENT_SECRET_NAME, type ProvisioningRecord } from './provisioning-record.ts'
import { missingIn } from './ready.ts'
import { graphPrincipalRead, servicePrincipalRead } from './service-principal.ts'
import { bodyOf, readAll } from './tenant-objects.ts'

/** Entra's replicas may disagree for a moment: one look more or less. */
const WAITS_MS = [1_000, 3_000]

export interface VerifyOptions {
  record: ProvisioningRecord | null
  secrets: SecretStore
  appAuth: AppAuth
  wanted: WantedPermissions
  /** The administrator's client, where one is signed in; null otherwise. */
  graph: GraphClient | null
  clock: Clock
  random: Random
  signal: AbortSignal
  log: Log
}

/**
 * Asks for a token with the stored secret and looks at its roles; with an administrator, also at the delegated
 * grant. Throws AppError not-set-up, secret-unknown, consent-missing, client-secret-wrong and others.
 */
export async function verifyIntegration(options: VerifyOptions): Promise<VerifyResult> {
  const { record, secrets, wanted, graph, clock, signal, log } = options
  if (!record?.appId) {
    throw new AppError('not-set-up', {
      message: 'There is nothing to verify yet: the application has not been set up.',
      nextStep: 'Make the plan and apply it first.',
    })
  }
  const clientSecret = await secrets.get(CLIENT_SECRET_NAME)
  if (clientSecret === undefined) {
    throw new AppError('secret-unknown', {
      message: 'EMI Tray does not hold the value of a client secret.',
      nextStep: 'Apply the plan in Setup: it makes a new secret and keeps its value.',
    })
  }
  const token = await acquire({ ...options, record, clientSecret })
  const missingRoles = missingIn(token, wanted.application)
  if (missingRoles.length > 0) throw consentMissing(record, missingRoles)
  const scopes = graph ? await lackingScopes(graph, { record, wanted, clock, signal }) : null
  if (scopes && scopes.length > 0) throw consentMissing(record, scopes)
  log.info('setup', 'Verified: a real token carries every application permission.', {
    roles: token.roles.join(' '),
  })
  return {
    at: clock.now().toISOString(),
    roles: token.roles,
    missingRoles,
    // Without an administrator the grant cannot be read: the record says whether it was made.
    delegatedGranted: scopes !== null || record.completedAt !== null,
    delegatedSeen: scopes !== null,
  }
}

async function acquire({
  record,
  clientSecret,
  appAuth,
  wanted,
  clock,
  signal,
}: VerifyOptions & { record: ProvisioningRecord; clientSecret: string }): Promise<AppToken> {
  const { tenantId, appId: clientId } = record
  for (let attempt = 0; ; attempt += 1) {
    signal.throwIfAborted()
    const waitMs = WAITS_MS[attempt]
    try {
      const token = await appAuth.acquire({ tenantId, clientId, clientSecret, signal })
      if (waitMs === undefined || missingIn(token, wanted.application).length === 0) return token
    } catch (error) {
      if (waitMs === undefined || !mayPass(error)) throw error
    }
    await wait(clock, waitMs, signal)
  }
}

function mayPass(error: unknown): boolean {
  return error instanceof AppError && error.code === 'client-secret-wrong'
}

/** The delegated permissions that are not granted; null where this account may not see that. */
async function lackingScopes(
  graph: GraphClient,
  {
    record,
    wanted,
    clock,
    signal,
  }: Pick<VerifyOptions, 'wanted' | 'clock' | 'signal'> & { record: ProvisioningRecord },
): Promise<string[] | null> {
  try {
    // A record that was received need not name it.
    const servicePrincipalId =
      record.servicePrincipalId || (await principalIdOf(graph, { appId: record.appId, signal }))
    for (let attempt = 0; ; attempt += 1) {
      const [ofGraph, grants] = await graph.batch(
        [{ ...graphPrincipalRead, query: { $select: 'id,appId' } }, grantRead(servicePrincipalId)],
        { signal },
      )
      const { id: graphPrincipalId } = readServicePrincipal(bodyOf(ofGraph))
      const parties = { servicePrincipalId, graphPrincipalId }
      const grant = grantOf(await readAll(graph, grants, signal), parties)
      const missing = missingScopes(grant, wanted.delegated)
      const waitMs = WAITS_MS[attempt]
      if (missing.length === 0 || waitMs === undefined) return missing
      await wait(clock, waitMs, signal)
    }
  } catch (error) {
    if (hasStatus(error, 403)) return null
    throw error
  }
}

async function principalIdOf(
  graph: GraphClient,
  { appId, signal }: { appId: string; signal: AbortSignal },
): Promise<string> {
  const { path, query = {} } = servicePrincipalRead(appId)
  return readServicePrincipal(await graph.get(path, { query, signal })).id
}

function consentMissing(record: ProvisioningRecord, values: string[]): AppError {
  return new AppError('consent-missing', {
    message: `An administrator of ${record.tenantDisplayName} has not granted ${values.join(', ')} to ${record.displayName}, or took it back.`,
    nextStep:
      'Sign in as a Privileged Role Administrator or Global Administrator, then apply the plan again: it grants what is missing.',
    details: `Client ID ${record.appId}`,
  })
}
