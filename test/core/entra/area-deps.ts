// What the areas beside the guided run are given, for tests against the practice tenant.
import { AppError } from '../../../main/core/app-error.ts'
import type { AreaDeps } from '../../../main/core/area.ts'
import type { EntraContext } from '../../../main/core/entra/context.ts'
import { createGraphClient } from '../../../main/core/entra/graph-client.ts'
import {
  CLIENT_SECRET_NAME,
  type ProvisioningRecord,
  readProvisioningRecord,
} from '../../../main/core/entra/provisioning-record.ts'
import { TenantGuard } from '../../../main/core/job.ts'

/** The deps of an area over one installation's context; `signedIn: false` as when nobody is. */
export async function areaDeps(
  context: EntraContext,
  { signedIn = true }: { signedIn?: boolean } = {},
): Promise<AreaDeps> {
  const { database, secrets, appAuth, cloud, clock, random, log } = context
  let record: ProvisioningRecord | null = await readProvisioningRecord(database)
  return {
    database,
    secrets,
    appAuth,
    cloud,
    clock,
    random,
    log,
    settings: () => context.settings,
    guard: new TenantGuard(),
    onChange: () => {},
    context: (signal) => {
      if (signedIn) return { ...context, signal }
      throw new AppError('sign-in-required', {
        message: 'Nobody is signed in to Microsoft.',
        nextStep: 'Sign in first.',
      })
    },
    appGraph: createGraphClient({
      ...{ cloud, clock, random, fetch },
      getToken: async () => {
        const clientSecret = await secrets.get(CLIENT_SECRET_NAME)
        if (!record || clientSecret === undefined) {
          throw new AppError('secret-unknown', {
            message: 'EMI Tray does not hold the value of a client secret.',
            nextStep: 'Apply the plan.',
          })
        }
        const { tenantId, appId: clientId } = record
        const token = await appAuth.acquire({ tenantId, clientId, clientSecret })
        return token.accessToken
      },
    }),
    record: () => record,
    reloadRecord: async () => {
      record = await readProvisioningRecord(database)
    },
  }
}
