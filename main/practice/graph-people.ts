// Graph's people: /me, /users, photos, presence and directory roles.
import {
  type GraphAnswer,
  type GraphCall,
  GraphError,
  insufficientPrivileges,
  notFound,
  param,
  type Route,
} from './graph-call.ts'
import { stringsOf, type JsonObject } from './json.ts'
import { collection, contextUrl, entity } from './odata.ts'
import { findPerson, people, type PracticePerson, ROLE_NAMES, ROLE_TEMPLATE_IDS } from './people.ts'
import { drawPng } from './png.ts'
import { roleOf } from './tenant.ts'

const USER_DEFAULT = [
  'businessPhones',
  'displayName',
  'givenName',
  'jobTitle',
  'mail',
  'mobilePhone',
  'officeLocation',
  'preferredLanguage',
  'surname',
  'userPrincipalName',
  'id',
]
const READ_USERS = ['User.ReadBasic.All', 'User.Read.All', 'Directory.Read.All']
const READ_USERS_APP = ['User.ReadBasic.All', 'User.Read.All', 'Directory.Read.All']
const READ_ME = ['User.Read', ...READ_USERS]
const PHOTO_APP = ['ProfilePhoto.Read.All', ...READ_USERS_APP]
const PHOTO_SIZE = 48
const PRESENCES = ['Available', 'Busy', 'Away', 'Available', 'DoNotDisturb']

const directory = { wording: 'directory' } as const
const me = { ...directory, delegated: READ_ME, application: [] }
const users = { ...directory, delegated: READ_USERS, application: READ_USERS_APP }
const oneUser = { ...users, delegated: READ_ME }
const photo = {
  ...directory,
  delegated: [...READ_ME, 'ProfilePhoto.Read.All'],
  application: PHOTO_APP,
}
const presence = {
  wording: 'teams',
  delegated: ['Presence.Read.All'],
  application: ['Presence.Read.All'],
} as const

export const peopleRoutes: readonly Route[] = [
  { method: 'GET', path: 'me', access: me, handle: (call) => userAnswer(call, caller(call)) },
  {
    method: 'GET',
    path: 'me/photo/$value',
    access: photo,
    handle: (call) => photoAnswer(caller(call)),
  },
  {
    method: 'GET',
    path: 'me/transitiveMemberOf/microsoft.graph.directoryRole',
    access: me,
    handle: roles,
  },
  { method: 'GET', path: 'me/memberOf/microsoft.graph.directoryRole', access: me, handle: roles },
  { method: 'GET', path: 'me/transitiveMemberOf', access: me, handle: roles },
  { method: 'GET', path: 'me/memberOf', access: me, handle: roles },
  {
    method: 'GET',
    path: 'users',
    access: users,
    handle: (call) =>
      collection(
        call,
        people.map((person) => userJson(call, person)),
        {
          context: 'users',
          filterable: [
            'id',
            'displayName',
            'userPrincipalName',
            'mail',
            'jobTitle',
            'accountEnabled',
          ],
        },
      ),
  },
  {
    method: 'GET',
    path: 'users/:id',
    access: oneUser,
    handle: (call) => userAnswer(call, target(call)),
  },
  {
    method: 'GET',
    path: 'users/:id/photo',
    access: photo,
    handle: (call) => photoInfo(call, target(call)),
  },
  {
    method: 'GET',
    path: 'users/:id/photo/$value',
    access: photo,
    handle: (call) => photoAnswer(target(call)),
  },
  {
    method: 'GET',
    path: 'users/:id/photos/:size/$value',
    access: photo,
    handle: (call) => photoAnswer(target(call)),
  },
  {
    method: 'GET',
    path: 'communications/presences/:id',
    access: presence,
    handle: (call) =>
      entity(call, presenceJson(target(call)), { context: 'communications/presences' }),
  },
  {
    method: 'POST',
    path: 'communications/getPresencesByUserId',
    access: presence,
    handle: (call) => ({
      status: 200,
      body: {
        '@odata.context': contextUrl(call, 'Collection(microsoft.graph.presence)'),
        value: stringsOf(call.body, 'ids').flatMap((id) => {
          const person = findPerson(id)
          return person ? [presenceJson(person)] : []
        }),
      },
    }),
  },
]

function caller(call: GraphCall): PracticePerson {
  if (call.caller.kind !== 'delegated') {
    throw new GraphError(
      400,
      'BadRequest',
      '/me request is only valid with delegated authentication flow.',
    )
  }
  return call.caller.person
}

/** The person a path names; User.Read alone is enough for oneself only. */
function target(call: GraphCall): PracticePerson {
  const id = param(call, 'id')
  const found = findPerson(id)
  if (call.caller.kind === 'delegated') {
    const all = [...READ_USERS, 'ProfilePhoto.Read.All', 'Presence.Read.All']
    const mayReadAll = all.some((name) => call.caller.permissions.includes(name))
    if (!mayReadAll && found?.id !== call.caller.person.id) throw insufficientPrivileges()
  }
  if (!found) throw notFound(id)
  return found
}

function userAnswer(call: GraphCall, person: PracticePerson): GraphAnswer {
  return entity(call, userJson(call, person), { context: 'users' })
}

/** A person as Graph shows a user. */
export function userJson(call: GraphCall, person: PracticePerson): JsonObject {
  const [givenName = '', ...rest] = person.displayName.split(' ')
  const all: JsonObject = {
    businessPhones: [],
    displayName: person.displayName,
    givenName,
    jobTitle: person.jobTitle,
    mail: person.userPrincipalName,
    mobilePhone: null,
    officeLocation: 'Practice office',
    preferredLanguage: 'en-US',
    surname: rest.join(' '),
    userPrincipalName: person.userPrincipalName,
    id: person.id,
    accountEnabled: true,
    userType: 'Member',
    department: null,
  }
  const names = call.query.has('$select') ? Object.keys(all) : USER_DEFAULT
  return Object.fromEntries(names.map((name) => [name, all[name]]))
}

function photoIndex(person: PracticePerson): number {
  const index = people.indexOf(person)
  // Not everybody has a photo: every third person shows what an app does without one.
  if (index % 3 === 2) {
    throw new GraphError(
      404,
      'ImageNotFound',
      'Exception of type ImageNotFoundException was thrown.',
    )
  }
  return index
}

function photoAnswer(person: PracticePerson): GraphAnswer {
  return {
    status: 200,
    headers: { 'content-type': 'image/png' },
    body: drawPng(photoIndex(person) + 1, PHOTO_SIZE),
  }
}

function photoInfo(call: GraphCall, person: PracticePerson): GraphAnswer {
  photoIndex(person)
  const size = `${PHOTO_SIZE}x${PHOTO_SIZE}`
  return entity(
    call,
    { '@odata.mediaContentType': 'image/png', id: size, height: PHOTO_SIZE, width: PHOTO_SIZE },
    { context: `users('${person.id}')/photo` },
  )
}

function presenceJson(person: PracticePerson): JsonObject {
  const availability = PRESENCES[people.indexOf(person) % PRESENCES.length] ?? 'Available'
  return {
    id: person.id,
    availability,
    activity: availability === 'Busy' ? 'InAMeeting' : availability,
  }
}

function roles(call: GraphCall): GraphAnswer {
  const role = roleOf(call.tenant, caller(call))
  // A custom role is no directoryRole: it shows up in roleManagement only.
  const held = role === 'user' || role === 'custom-role' ? [] : [role]
  const value = held.map((name) => ({
    '@odata.type': '#microsoft.graph.directoryRole',
    id: ROLE_TEMPLATE_IDS[name],
    deletedDateTime: null,
    description: null,
    displayName: ROLE_NAMES[name],
    roleTemplateId: ROLE_TEMPLATE_IDS[name],
  }))
  return collection(call, value, {
    context: 'directoryRoles',
    filterable: ['roleTemplateId', 'displayName'],
  })
}
