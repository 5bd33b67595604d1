// What we read of Graph's objects: applications, servicePrincipals, grants and assignments, parsed at the edge.
import * as v from 'valibot'
import { AppError } from '../app-error.ts'

const resourceAccess = v.object({ id: v.string(), type: v.string() })
const requiredResourceAccess = v.object({
  resourceAppId: v.string(),
  resourceAccess: v.array(resourceAccess),
})
export type RequiredResourceAccess = v.InferOutput<typeof requiredResourceAccess>

const passwordCredential = v.object({
  keyId: v.string(),
  displayName: v.nullish(v.string(), null),
  hint: v.nullish(v.string(), null),
  startDateTime: v.nullish(v.string(), null),
  endDateTime: v.nullish(v.string(), null),
})
export type PasswordCredential = v.InferOutput<typeof passwordCredential>

const application = v.object({
  id: v.string(),
  appId: v.string(),
  displayName: v.nullish(v.string(), ''),
  uniqueName: v.nullish(v.string(), null),
  signInAudience: v.nullish(v.string(), null),
  web: v.nullish(v.object({ redirectUris: v.nullish(v.array(v.string()), []) }), {
    redirectUris: [],
  }),
  requiredResourceAccess: v.nullish(v.array(requiredResourceAccess), []),
  passwordCredentials: v.nullish(v.array(passwordCredential), []),
})
export type Application = v.InferOutput<typeof application>

/** The properties of an application that we read. */
export const APPLICATION_SELECT =
  'id,appId,displayName,uniqueName,signInAudience,web,requiredResourceAccess,passwordCredentials'

const servicePrincipal = v.object({
  id: v.string(),
  appId: v.string(),
  appRoles: v.nullish(
    v.array(v.object({ id: v.string(), value: v.nullish(v.string(), null) })),
    [],
  ),
  oauth2PermissionScopes: v.nullish(
    v.array(v.object({ id: v.string(), value: v.nullish(v.string(), null) })),
    [],
  ),
})
export type ServicePrincipal = v.InferOutput<typeof servicePrincipal>

const grant = v.object({
  id: v.string(),
  clientId: v.string(),
  consentType: v.nullish(v.string(), null),
  resourceId: v.string(),
  scope: v.nullish(v.string(), ''),
})
export type Grant = v.InferOutput<typeof grant>

const assignment = v.object({
  appRoleId: v.string(),
  principalId: v.nullish(v.string(), null),
  resourceId: v.nullish(v.string(), null),
})
export type Assignment = v.InferOutput<typeof assignment>

const secret = v.object({ ...passwordCredential.entries, secretText: v.string() })

const organization = v.object({
  id: v.string(),
  displayName: v.nullish(v.string(), ''),
  verifiedDomains: v.nullish(
    v.array(
      v.object({
        name: v.nullish(v.string(), ''),
        isDefault: v.nullish(v.boolean(), false),
        isInitial: v.nullish(v.boolean(), false),
      }),
    ),
    [],
  ),
})

const me = v.object({
  displayName: v.nullish(v.string(), ''),
  userPrincipalName: v.nullish(v.string(), ''),
  userType: v.nullish(v.string(), null),
})

export const readApplication = reader('application', application)
export const readServicePrincipal = reader('servicePrincipal', servicePrincipal)
export const readGrants = reader('oauth2PermissionGrants', v.array(grant))
export const readAssignments = reader('appRoleAssignments', v.array(assignment))
export const readNewSecret = reader('passwordCredential', secret)
export const readOrganizations = reader('organization', v.array(organization))
export const readMe = reader('me', me)

/** The items of a collection's page, and where it goes on. */
export function readPage(answer: unknown): { value: unknown[]; nextLink: string | undefined } {
  if (typeof answer !== 'object' || answer === null) return { value: [], nextLink: undefined }
  const value: unknown = 'value' in answer ? answer.value : undefined
  const nextLink: unknown = '@odata.nextLink' in answer ? answer['@odata.nextLink'] : undefined
  return {
    value: Array.isArray(value) ? (value as unknown[]) : [],
    nextLink: typeof nextLink === 'string' ? nextLink : undefined,
  }
}

/** A value inside a quoted OData literal or key. */
export function quoted(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}

/** A parser whose failure names the object, and never its content: a passwordCredential holds a secret. */
function reader<S extends v.GenericSchema>(
  name: string,
  schema: S,
): (value: unknown) => v.InferOutput<S> {
  return (value) => {
    const parsed = v.safeParse(schema, value)
    if (parsed.success) return parsed.output
    const where = v.getDotPath(parsed.issues[0]) ?? 'the answer'
    throw new AppError('graph-rejected', {
      message: 'Microsoft Graph sent an answer that EMI Tray does not understand.',
      nextStep: 'Try again. If it happens again, look for a newer version of EMI Tray.',
      details: `${name}: ${where} is missing or of another type`,
    })
  }
}
