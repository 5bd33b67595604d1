// What single steps of applying the plan write: to the application, and to its roles; each notes what it adds.
import {
  applicationChange,
  createApplication,
  getApplication,
  patchApplication,
  redirectUrisOf,
  redirectUrisWith,
} from './application.ts'
import { assignRoles, type Parties } from './consent.ts'
import type { EntraContext } from './context.ts'
import type { Application, RequiredResourceAccess, ServicePrincipal } from './graph-objects.ts'
import type { Notes } from './provisioning-notes.ts'
import { untilReplicated } from './replication.ts'
import {
  accessInWords,
  missingAccess,
  requiredAccessWith,
  type ResolvedPermission,
} from './required-access.ts'
import type { TenantObjects } from './tenant-objects.ts'

/** The application, and what was done to it. */
export type Taken = { application: Application; done: 'created' | 'changed' | 'found' }

/** Goes on with an application that is there. */
export async function takeApplication(
  context: EntraContext,
  { notes, application }: { notes: Notes; application: Application },
): Promise<Taken> {
  const { applicationName: name } = context.settings
  await notes.noteApplication(application)
  const { origin, displayName: lastName } = notes.record
  const given = { name, lastName: lastName === '' ? null : lastName }
  // What somebody else made, or handed over, keeps its name and its audience.
  const change = origin === 'made' ? applicationChange(application, given) : null
  if (change) {
    const before = Object.fromEntries(
      Object.keys(change).map((field) => [field, application[field as keyof typeof change]]),
    )
    await patchApplication(context, application, { change, before, after: change })
  }
  await notes.save({ displayName: origin === 'made' ? name : application.displayName })
  return { application: { ...application, ...change }, done: change ? 'changed' : 'found' }
}

/** Makes the application with everything that it should have. */
export async function makeApplication(
  context: EntraContext,
  {
    notes,
    objects,
    permissions,
    redirectUri,
  }: {
    notes: Notes
    objects: TenantObjects
    permissions: ResolvedPermission[]
    redirectUri: string
  },
): Promise<Taken> {
  const access = requiredAccessWith([], permissions) ?? []
  const inWords = accessInWords(access, objects.graphPrincipal)
  const made = await notes.creating(inWords, () =>
    createApplication(context, { redirectUri, access, permissions: inWords }, (application) =>
      notes.noteApplication(application, inWords),
    ),
  )
  if (made.done === 'found') return takeApplication(context, { notes, ...made })
  await notes.save({ displayName: context.settings.applicationName })
  return made
}

/** Adds the redirect URI to those that are there; false when it was among them. */
export async function addRedirectUri(
  context: EntraContext,
  {
    notes,
    application,
    redirectUri,
  }: { notes: Notes; application: Application; redirectUri: string },
): Promise<boolean> {
  // What was noted as added is about another address.
  if (notes.record.redirectUri !== redirectUri && notes.record.redirectUri !== '') {
    await notes.save({ added: { ...notes.record.added, redirectUri: false }, redirectUri })
  }
  if (!redirectUrisWith(application, redirectUri)) return false
  return notes.adding({ redirectUri: true }, async (really) => {
    const present = await readAgain(context, application)
    const redirectUris = redirectUrisWith(present, redirectUri)
    if (!redirectUris) return false
    await patchApplication(context, application, {
      change: { web: { redirectUris } },
      before: { redirectUris: redirectUrisOf(present) },
      after: { redirectUris },
    })
    really({ redirectUri: true })
    return true
  })
}

/** Completes the application’s own list of permissions; false when it was complete. */
export async function listPermissions(
  context: EntraContext,
  {
    notes,
    application,
    permissions,
    graphPrincipal,
  }: {
    notes: Notes
    application: Application
    permissions: ResolvedPermission[]
    graphPrincipal: ServicePrincipal
  },
): Promise<boolean> {
  const lacking = (list: RequiredResourceAccess[]) =>
    missingAccess(list, permissions).map(({ kind, value }) => `${kind} ${value}`)
  const intended = lacking(application.requiredResourceAccess)
  if (intended.length === 0) return false
  return notes.adding({ configured: intended }, async (really) => {
    const { requiredResourceAccess: existing } = await readAgain(context, application)
    const access = requiredAccessWith(existing, permissions)
    if (!access) return false
    await patchApplication(context, application, {
      change: { requiredResourceAccess: access },
      before: { permissions: accessInWords(existing, graphPrincipal) },
      after: { permissions: accessInWords(access, graphPrincipal) },
    })
    really({ configured: lacking(existing) })
    return true
  })
}

/** A change replaces the whole list, and somebody may have added to it since this run looked. */
function readAgain(context: EntraContext, { id }: Application): Promise<Application> {
  const { graph, signal } = context
  return untilReplicated(() => getApplication(graph, { id, signal }), context)
}

/** Assigns the missing roles, and notes which of them this run has added. */
export async function assignMissing(
  context: EntraContext,
  {
    notes,
    parties,
    missing,
  }: { notes: Notes; parties: Parties & { name: string }; missing: ResolvedPermission[] },
): Promise<void> {
  const roles = missing.map((one) => one.value)
  await notes.adding({ roles }, (really) =>
    assignRoles(context, parties, { missing, onAdded: (value) => really({ roles: [value] }) }),
  )
}
