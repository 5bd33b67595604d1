// What the tenant keeps over a restart, and reading it back. Secrets only as hashes, clientStates only sealed.
import * as v from 'valibot'
import { createDirectory, type Directory } from './tenant.ts'
import type { SubscriptionRecord } from './subscriptions.ts'

export interface Snapshot {
  version: 1
  startedAt: number
  sealSalt: string
  directory: Directory
  subscriptions: SubscriptionRecord[]
  traffic: { on: boolean; perMinute: number }
}

const replicated = { visibleAt: v.number() }
const nullableText = v.nullable(v.string())

const assignment = v.object({
  ...replicated,
  id: v.string(),
  appRoleId: v.string(),
  principalId: v.string(),
  resourceId: v.string(),
  createdDateTime: v.string(),
})
const grant = v.object({
  ...replicated,
  id: v.string(),
  clientId: v.string(),
  consentType: v.picklist(['AllPrincipals', 'Principal']),
  principalId: nullableText,
  resourceId: v.string(),
  scope: v.string(),
})
const servicePrincipal = v.object({
  ...replicated,
  id: v.string(),
  appId: v.string(),
  createdDateTime: v.string(),
  properties: v.record(v.string(), v.unknown()),
})
const application = v.object({
  ...replicated,
  id: v.string(),
  appId: v.string(),
  uniqueName: nullableText,
  createdDateTime: v.string(),
  createdByAppId: v.string(),
  // Snapshots of earlier versions know no owners and nothing deleted.
  ownerIds: v.optional(v.array(v.string()), []),
  properties: v.record(v.string(), v.unknown()),
  secrets: v.array(
    v.object({
      ...replicated,
      keyId: v.string(),
      displayName: nullableText,
      hint: v.string(),
      startDateTime: v.string(),
      endDateTime: v.string(),
      salt: v.string(),
      hash: v.string(),
    }),
  ),
})

const schema = v.object({
  version: v.literal(1),
  startedAt: v.number(),
  sealSalt: v.string(),
  directory: v.object({
    applications: v.array(application),
    servicePrincipals: v.array(servicePrincipal),
    grants: v.array(grant),
    assignments: v.array(assignment),
    deletedApplications: v.optional(
      v.array(v.object({ ...application.entries, deletedAt: v.number() })),
      [],
    ),
    deletedServicePrincipals: v.optional(
      v.array(
        v.object({
          ...servicePrincipal.entries,
          deletedAt: v.number(),
          grants: v.array(grant),
          assignments: v.array(assignment),
        }),
      ),
      [],
    ),
    refreshTokens: v.array(
      v.object({
        hash: v.string(),
        clientId: v.string(),
        personId: v.string(),
        expiresAt: v.number(),
      }),
    ),
  }),
  subscriptions: v.array(
    v.object({
      id: v.string(),
      applicationId: v.string(),
      creatorId: v.string(),
      personId: nullableText,
      resource: v.string(),
      changeType: v.string(),
      notificationUrl: v.string(),
      lifecycleNotificationUrl: nullableText,
      notificationUrlAppId: nullableText,
      latestSupportedTlsVersion: v.string(),
      includeResourceData: v.boolean(),
      encryptionCertificate: nullableText,
      encryptionCertificateId: nullableText,
      expiresAt: v.number(),
      tokenExpiresAt: v.number(),
      wasAskedToReauthorize: v.boolean(),
      clientState: v.null(),
      hasClientState: v.boolean(),
      sealed: v.nullable(v.object({ keyId: v.string(), iv: v.string(), data: v.string() })),
    }),
  ),
  traffic: v.object({ on: v.boolean(), perMinute: v.number() }),
})

/** Reads a snapshot. @throws Error in plain words when it is damaged or of another version. */
export function readSnapshot(value: unknown): Snapshot {
  const result = v.safeParse(schema, value)
  if (result.success) return result.output
  const place = v.getDotPath(result.issues[0]) ?? 'the whole'
  throw new Error(
    `The practice tenant’s saved state cannot be read (${place}). ` +
      'Start the practice tenant anew, without the saved state.',
  )
}

/** The directory as a snapshot holds it: Graph's own servicePrincipal is not part of it. */
export function directoryToKeep(directory: Directory): Directory {
  const builtIn = new Set(createDirectory().servicePrincipals.map((one) => one.id))
  return structuredClone({
    ...directory,
    servicePrincipals: directory.servicePrincipals.filter((one) => !builtIn.has(one.id)),
  })
}

/** The directory that a snapshot continues. */
export function directoryFrom(kept: Directory): Directory {
  const { servicePrincipals, ...rest } = structuredClone(kept)
  return {
    ...rest,
    servicePrincipals: [...createDirectory().servicePrincipals, ...servicePrincipals],
  }
}
