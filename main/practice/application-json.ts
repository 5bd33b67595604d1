// Applications and their client secrets as Graph writes them.
import { isObject, type JsonObject } from './json.ts'
import { type ApplicationRecord, isVisible, type SecretRecord, type Tenant } from './tenant.ts'

/** An application as Graph shows it. */
export function applicationJson(tenant: Tenant, record: ApplicationRecord): JsonObject {
  return {
    id: record.id,
    deletedDateTime: null,
    appId: record.appId,
    applicationTemplateId: null,
    createdDateTime: record.createdDateTime,
    description: null,
    uniqueName: record.uniqueName,
    isFallbackPublicClient: null,
    identifierUris: [],
    isDeviceOnlyAuthSupported: null,
    groupMembershipClaims: null,
    notes: null,
    optionalClaims: null,
    addIns: [],
    publisherDomain: tenant.domain,
    serviceManagementReference: null,
    tags: [],
    tokenEncryptionKeyId: null,
    api: {
      requestedAccessTokenVersion: null,
      acceptMappedClaims: null,
      knownClientApplications: [],
      oauth2PermissionScopes: [],
      preAuthorizedApplications: [],
    },
    appRoles: [],
    info: {
      termsOfServiceUrl: null,
      supportUrl: null,
      privacyStatementUrl: null,
      marketingUrl: null,
      logoUrl: null,
    },
    keyCredentials: [],
    parentalControlSettings: { countriesBlockedForMinors: [], legalAgeGroupRule: 'Allow' },
    requiredResourceAccess: [],
    ...record.properties,
    publicClient: { redirectUris: [], ...part(record, 'publicClient') },
    spa: { redirectUris: [], ...part(record, 'spa') },
    web: {
      redirectUris: [],
      homePageUrl: null,
      logoutUrl: null,
      implicitGrantSettings: { enableIdTokenIssuance: false, enableAccessTokenIssuance: false },
      ...part(record, 'web'),
    },
    passwordCredentials: record.secrets
      .filter((secret) => isVisible(tenant, secret))
      .map((secret) => secretJson(secret, null)),
  }
}

/** A client secret; its text is known only in the answer to addPassword. */
export function secretJson(secret: SecretRecord, secretText: string | null): JsonObject {
  return {
    customKeyIdentifier: null,
    displayName: secret.displayName,
    endDateTime: secret.endDateTime,
    hint: secret.hint,
    keyId: secret.keyId,
    secretText,
    startDateTime: secret.startDateTime,
  }
}

function part(record: ApplicationRecord, name: string): JsonObject {
  const value = record.properties[name]
  return isObject(value) ? value : {}
}
