// The properties of an application that a caller may set, and the checks Graph makes on them.
import { badRequest, type GraphError } from './graph-call.ts'
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
const TYPES: Record<string, (value: unknown) => boolean> = {
  displayName: (value) => typeof value === 'string' && value.trim() !== '',
  description: isTextOrNull,
  notes: isTextOrNull,
  serviceManagementReference: isTextOrNull,
  identifierUris: isTextList,
  tags: isTextList,
  requiredResourceAccess: Array.isArray,
  api: isObject,
  info: isObject,
  publicClient: isObject,
  spa: isObject,
  web: isObject,
}

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
    throw invalidValue('signInAudience')
  }
  checkTypes(properties)
  checkRedirects(properties)
  checkResourceAccess(properties['requiredResourceAccess'])
  return properties
}

function checkTypes(properties: JsonObject): void {
  for (const [name, value] of Object.entries(properties)) {
    const isRight = TYPES[name]?.(value) ?? true
    if (!isRight) throw invalidValue(name)
  }
  for (const platform of ['web', 'spa', 'publicClient']) {
    const settings = properties[platform]
    const uris = isObject(settings) ? settings['redirectUris'] : undefined
    if (uris !== undefined && !isTextList(uris)) throw invalidValue('redirectUris')
  }
}

function invalidValue(name: string): GraphError {
  return badRequest(`Invalid value specified for property '${name}' of resource 'Application'.`)
}

function isTextList(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === 'string'
}

function checkRedirects(properties: JsonObject): void {
  const web = properties['web']
  const uris = isObject(web) ? stringsOf(web, 'redirectUris') : []
  for (const uri of uris) {
    const url = URL.canParse(uri) ? new URL(uri) : undefined
    const isSafe = url?.protocol === 'https:' || url?.hostname === 'localhost'
    if (!isSafe) throw invalidValue('redirectUris')
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
      throw invalidValue('requiredResourceAccess')
    }
  }
}
