// The properties of an application that a caller may set, and the checks Graph makes on them.
import { badRequest } from './graph-call.ts'
import { isGuid, isObject, type JsonObject, stringOf, stringsOf } from './json.ts'

const SETTABLE = new Set([
  'api',
  'appRoles',
  'defaultRedirectUri',
  'description',
  'displayName',
  'groupMembershipClaims',
  'identifierUris',
  'info',
  'isDeviceOnlyAuthSupported',
  'isFallbackPublicClient',
  'notes',
  'optionalClaims',
  'parentalControlSettings',
  'publicClient',
  'requiredResourceAccess',
  'serviceManagementReference',
  'servicePrincipalLockConfiguration',
  'signInAudience',
  'spa',
  'tags',
  'uniqueName',
  'web',
])
const AUDIENCES = [
  'AzureADMyOrg',
  'AzureADMultipleOrgs',
  'AzureADandPersonalMicrosoftAccount',
  'PersonalMicrosoftAccount',
]
/** Reads what a caller sets. @throws GraphError 400 for unknown names and invalid values. */
export function readProperties(body: JsonObject): JsonObject {
  const properties: JsonObject = {}
  for (const [name, value] of Object.entries(body)) {
    if (name.startsWith('@')) continue
    if (name === 'passwordCredentials' || name === 'keyCredentials') {
      throw badRequest(`Property '${name}' cannot be set in this request.`)
    }
    if (!SETTABLE.has(name)) throw badRequest(`Invalid property '${name}'.`)
    if (name !== 'uniqueName') properties[name] = value
  }
  const audience = properties['signInAudience']
  if (audience !== undefined && !AUDIENCES.some((one) => one === audience)) {
    throw badRequest(
      "Invalid value specified for property 'signInAudience' of resource 'Application'.",
    )
  }
  checkRedirects(properties)
  checkResourceAccess(properties['requiredResourceAccess'])
  return properties
}

function checkRedirects(properties: JsonObject): void {
  const web = properties['web']
  const uris = isObject(web) ? stringsOf(web, 'redirectUris') : []
  for (const uri of uris) {
    const url = URL.canParse(uri) ? new URL(uri) : undefined
    const isSafe = url?.protocol === 'https:' || url?.hostname === 'localhost'
    if (!isSafe)
      throw badRequest(
        "Invalid value specified for property 'redirectUris' of resource 'Application'.",
      )
  }
}

function checkResourceAccess(value: unknown): void {
  if (value === undefined) return
  const resources: unknown[] = Array.isArray(value) ? value : [value]
  for (const resource of resources) {
    const accesses: unknown = isObject(resource) ? resource['resourceAccess'] : undefined
    const isWellFormed =
      Array.isArray(accesses) &&
      accesses.every(
        (access) =>
          isObject(access) &&
          isGuid(stringOf(access, 'id') ?? '') &&
          ['Scope', 'Role'].includes(stringOf(access, 'type') ?? ''),
      )
    if (!isWellFormed) {
      throw badRequest(
        "Invalid value specified for property 'requiredResourceAccess' of resource 'Application'.",
      )
    }
  }
}
