// AdminAuth on MSAL Node: browser, device code, silent renewal; its tokens are kept in the vault.
import { request } from 'node:http'
import {
  AuthError,
  type AuthenticationResult,
  type ICachePlugin,
  InteractionRequiredAuthError,
  PublicClientApplication,
} from '@azure/msal-node'
import type { AdminAuth, AdminToken, AppAuth } from '../core/ports/auth.ts'
import type { Clock } from '../core/ports/clock.ts'
import type { SecretStore } from '../core/ports/secret-store.ts'
import { createAppAuth } from './msal-app-auth.ts'
import {
  configuration,
  errorOf,
  type MsalAuthOptions,
  noToken,
  readClaims,
  SILENT,
  textsOf,
} from './msal-client.ts'
import { createMsalNetwork } from './msal-network.ts'
import { errorPage, successPage } from './sign-in-page.ts'
import { systemClock } from './system-clock.ts'

/** Where MSAL's token cache is kept in the SecretStore. */
const CACHE_NAME = 'msalCache'

/** Sign-in and tokens for one cloud. Nothing is asked of Microsoft before the first use. */
export function createMsalAuth(options: MsalAuthOptions): { admin: AdminAuth; app: AppAuth } {
  return { admin: createAdminAuth(options), app: createAppAuth(options) }
}

function createAdminAuth(options: MsalAuthOptions): AdminAuth {
  const { cloud, bootstrapClientId, secrets, clock = systemClock } = options
  const cachePlugin = vaultCache(secrets)
  // One client per operation, so that each has its own signal; what they share is the cache in the vault.
  const open = (signal?: AbortSignal) => {
    const network = createMsalNetwork({ fetch: options.fetch ?? fetch, signal })
    const client = new PublicClientApplication({
      ...configuration(cloud, {
        clientId: bootstrapClientId,
        authority: `${cloud.loginHost}/organizations`,
        // Continuous access evaluation: Graph may then ask for a token with other claims.
        clientCapabilities: ['CP1'],
      }),
      cache: { cachePlugin },
      system: { networkClient: network, loggerOptions: SILENT },
    })
    return { client, findings: network.findings }
  }

  return {
    signInWithBrowser: async ({ scopes, onUrl, claims, signal }) => {
      const { client, findings } = open(signal)
      let stopListening = () => {}
      const abandon = () => stopListening()
      signal.addEventListener('abort', abandon, { once: true })
      try {
        signal.throwIfAborted()
        const result = await client.acquireTokenInteractive({
          scopes,
          ...(claims === undefined ? {} : { claims }),
          prompt: 'select_account',
          openBrowser: async (url) => {
            // MSAL waits for ever; an answer of our own makes it close its listener.
            stopListening = () => answerOurselves(url)
            signal.throwIfAborted()
            await onUrl(url)
          },
          successTemplate: successPage,
          errorTemplate: errorPage,
        })
        await forgetOthers(client, result)
        return adminToken(result, clock)
      } catch (error) {
        signal.throwIfAborted()
        throw errorOf(error, { findings, asker: 'person' })
      } finally {
        signal.removeEventListener('abort', abandon)
      }
    },

    signInWithDeviceCode: async ({ scopes, onCode, claims, signal }) => {
      signal.throwIfAborted()
      const { client, findings } = open(signal)
      const asked: Parameters<typeof client.acquireTokenByDeviceCode>[0] = {
        scopes,
        ...(claims === undefined ? {} : { claims }),
        deviceCodeCallback: ({ userCode, verificationUri, expiresIn }) =>
          onCode({
            userCode,
            verificationUri,
            expiresAt: new Date(clock.now().getTime() + expiresIn * 1_000),
          }),
      }
      const abandon = () => {
        asked.cancel = true
      }
      signal.addEventListener('abort', abandon, { once: true })
      try {
        const result = await client.acquireTokenByDeviceCode(asked)
        if (!result) throw noToken()
        await forgetOthers(client, result)
        return adminToken(result, clock)
      } catch (error) {
        signal.throwIfAborted()
        throw errorOf(error, { findings, asker: 'person' })
      } finally {
        signal.removeEventListener('abort', abandon)
      }
    },

    acquireSilently: async ({ scopes, forceRefresh, claims }) => {
      const { client, findings } = open()
      try {
        const account = (await client.getAllAccounts())[0]
        if (!account) return null
        const result = await client.acquireTokenSilent({
          account,
          scopes,
          authority: `${cloud.loginHost}/${account.tenantId}`,
          ...(forceRefresh ? { forceRefresh } : {}),
          ...(claims === undefined ? {} : { claims }),
        })
        return adminToken(result, clock)
      } catch (error) {
        if (findings.unreachable) throw findings.unreachable
        if (wantsPerson(error)) return null
        throw errorOf(error, { findings, asker: 'person' })
      }
    },

    signOut: async () => {
      const { client } = open()
      for (const account of await client.getAllAccounts()) await client.signOut({ account })
      await secrets.delete(CACHE_NAME)
    },
  }
}

/** The token cache lives in the vault, and nowhere else. */
function vaultCache(secrets: SecretStore): ICachePlugin {
  return {
    beforeCacheAccess: async ({ tokenCache }) => {
      const kept = await secrets.get(CACHE_NAME)
      if (kept !== undefined) tokenCache.deserialize(kept)
    },
    afterCacheAccess: async ({ tokenCache, cacheHasChanged }) => {
      if (cacheHasChanged) await secrets.set(CACHE_NAME, tokenCache.serialize())
    },
  }
}

/** One administrator at a time: the one who signed in last. */
async function forgetOthers(
  client: PublicClientApplication,
  { account: current }: AuthenticationResult,
): Promise<void> {
  for (const account of await client.getAllAccounts()) {
    // The same person of another sign-in host is another account, and would be found first.
    const isCurrent =
      account.homeAccountId === current?.homeAccountId &&
      account.environment === current.environment
    if (!isCurrent) await client.signOut({ account })
  }
}

/** Brings MSAL's listener the answer “cancelled”, so that it ends and its port is free. */
function answerOurselves(authorizeUrl: string): void {
  const { searchParams } = new URL(authorizeUrl)
  const redirectUri = searchParams.get('redirect_uri')
  const state = searchParams.get('state')
  if (redirectUri === null || state === null) return
  const body = new URLSearchParams({ error: 'access_denied', state }).toString()
  const post = request({
    // MSAL listens on 127.0.0.1 whatever localhost means here, and no proxy may come between.
    host: '127.0.0.1',
    port: new URL(redirectUri).port,
    method: 'POST',
    path: '/',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    agent: false,
  })
  // Nobody listens any more: then there is nothing to end.
  post.on('error', () => {})
  post.on('response', (response) => response.resume())
  post.end(body)
}

function adminToken(result: AuthenticationResult, clock: Clock): AdminToken {
  const claims = readClaims(result.accessToken)
  return {
    accessToken: result.accessToken,
    expiresAt: result.expiresOn ?? clock.now(),
    tenantId: result.tenantId,
    username: result.account?.username ?? '',
    displayName: result.account?.name ?? '',
    roleTemplateIds: textsOf(claims['wids']),
  }
}

/** True where only a person at the sign-in page can help. */
function wantsPerson(error: unknown): boolean {
  if (error instanceof InteractionRequiredAuthError) return true
  return error instanceof AuthError && error.errorCode === 'invalid_grant'
}
