// AppAuth on MSAL Node: the application's own token by its client secret.
import { ConfidentialClientApplication } from '@azure/msal-node'
import type { AppAuth, AppToken } from '../core/ports/auth.ts'
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
import { systemClock } from './system-clock.ts'

/** Asks Entra each time; whoever calls keeps the token. */
export function createAppAuth(options: MsalAuthOptions): AppAuth {
  const { cloud, clock = systemClock } = options
  return {
    acquire: async ({ tenantId, clientId, clientSecret, resource, signal }): Promise<AppToken> => {
      signal?.throwIfAborted()
      const network = createMsalNetwork({ fetch: options.fetch ?? fetch, signal })
      // Without a cache plugin: this token stays in memory, and its keeper decides how long.
      const client = new ConfidentialClientApplication({
        ...configuration(cloud, {
          clientId,
          clientSecret,
          authority: `${cloud.loginHost}/${tenantId}`,
        }),
        system: { networkClient: network, loggerOptions: SILENT },
      })
      try {
        const result = await client.acquireTokenByClientCredential({
          scopes: [`${resource ?? cloud.graphHost}/.default`],
          skipCache: true,
        })
        if (!result) throw noToken()
        return {
          accessToken: result.accessToken,
          expiresAt: result.expiresOn ?? clock.now(),
          roles: textsOf(readClaims(result.accessToken)['roles']),
        }
      } catch (error) {
        signal?.throwIfAborted()
        throw errorOf(error, { findings: network.findings, asker: 'application' })
      }
    },
  }
}
