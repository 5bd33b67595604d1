// Graph's /subscriptions: create with handshake, list, renew, reauthorize, delete.
import { randomUUID } from 'node:crypto'
import {
  type Caller,
  type GraphAnswer,
  type GraphCall,
  GraphError,
  missingPermission,
  param,
  type Route,
} from './graph-call.ts'
import { type JsonObject, stringOf } from './json.ts'
import { contextUrl } from './odata.ts'
import { validateEndpoints } from './subscription-handshake.ts'
import {
  invalid,
  limited,
  readCertificate,
  readChangeType,
  readExpiration,
  readUrl,
  required,
} from './subscription-request.ts'
import { PRESENCE_MINUTES, readResource, type ResourceRules } from './subscription-resources.ts'
import type { LiveSubscription, SubscriptionRecord, Subscriptions } from './subscriptions.ts'
import type { WebhookPoster } from './webhook-post.ts'

export interface SubscriptionParts {
  subscriptions: Subscriptions
  poster: WebhookPoster
  /** Delivery may go on: the token was renewed. */
  onReauthorized: (subscription: LiveSubscription) => void
}

const MAX_PER_PERSON = 10
const PATCHABLE = [
  'expirationDateTime',
  'notificationUrl',
  'encryptionCertificate',
  'encryptionCertificateId',
]

/** The routes over one tenant's subscriptions. */
export function subscriptionRoutes(parts: SubscriptionParts): Route[] {
  const { subscriptions } = parts
  const own = (call: GraphCall): LiveSubscription => {
    const id = param(call, 'id')
    const found = subscriptions.find(id)
    if (!found || !isOwner(call.caller, found.record)) {
      throw new GraphError(404, 'ResourceNotFound', `The object '${id}' was not found.`)
    }
    return found
  }
  return [
    {
      method: 'GET',
      path: 'subscriptions',
      access: null,
      handle: (call) => {
        const seen = subscriptions.list().filter(({ record }) => maySee(call.caller, record))
        return {
          status: 200,
          body: {
            '@odata.context': contextUrl(call, 'subscriptions'),
            value: seen.map(({ record }) => subscriptionJson(record, false)),
          },
        }
      },
    },
    { method: 'POST', path: 'subscriptions', access: null, handle: (call) => create(call, parts) },
    {
      method: 'GET',
      path: 'subscriptions/:id',
      access: null,
      handle: (call) => answer(call, own(call).record, { status: 200, withState: false }),
    },
    {
      method: 'PATCH',
      path: 'subscriptions/:id',
      access: null,
      handle: (call) => renew(call, own(call), parts),
    },
    {
      method: 'DELETE',
      path: 'subscriptions/:id',
      access: null,
      handle: (call) => {
        subscriptions.remove(own(call).record.id)
        return { status: 204 }
      },
    },
    {
      method: 'POST',
      path: 'subscriptions/:id/reauthorize',
      access: null,
      handle: (call) => {
        const found = own(call)
        checkPermission(call.caller, found.resource.rules)
        reauthorize(call, found, parts)
        return { status: 204 }
      },
    },
  ]
}

async function create(call: GraphCall, parts: SubscriptionParts): Promise<GraphAnswer> {
  const { tenant, caller, body } = call
  const changeType = readChangeType(body)
  const notificationUrl = readUrl(body, 'notificationUrl')
  const resourceText = required(body, 'resource')
  const lifecycleNotificationUrl =
    body['lifecycleNotificationUrl'] == null ? null : readUrl(body, 'lifecycleNotificationUrl')
  const resource = readResource(resourceText, caller)
  const { rules } = resource
  checkPermission(caller, rules)
  const unsupported = changeType.find((one) => !rules.changeTypes.includes(one))
  if (unsupported !== undefined) {
    throw invalid(
      `The changeType '${unsupported}' is not supported for the resource '${resourceText}'.`,
    )
  }
  const expiresAt = readExpiration(call, rules, lifecycleNotificationUrl)
  const certificate = readCertificate(body, rules)
  const clientState = limited(body, 'clientState')
  checkDuplicates(parts.subscriptions, { caller, key: resource.key, changeType, rules })

  const urls =
    lifecycleNotificationUrl === null
      ? [notificationUrl]
      : [notificationUrl, lifecycleNotificationUrl]
  await validateEndpoints(call, parts.poster, urls)
  // Another request may have made the same one while this one was waiting for the handshake.
  checkDuplicates(parts.subscriptions, { caller, key: resource.key, changeType, rules })

  const record: SubscriptionRecord = {
    id: randomUUID(),
    applicationId: caller.appId,
    creatorId: caller.kind === 'delegated' ? caller.person.id : caller.servicePrincipalId,
    personId: caller.kind === 'delegated' ? caller.person.id : null,
    resource: resourceText,
    changeType: changeType.join(','),
    notificationUrl,
    lifecycleNotificationUrl,
    notificationUrlAppId: stringOf(body, 'notificationUrlAppId') ?? null,
    latestSupportedTlsVersion: stringOf(body, 'latestSupportedTlsVersion') ?? 'v1_2',
    ...certificate,
    expiresAt,
    tokenExpiresAt: caller.tokenExpiresAt,
    wasAskedToReauthorize: false,
    clientState,
    hasClientState: clientState !== null,
    sealed: null,
  }
  parts.subscriptions.add({ record, resource })
  tenant.changed()
  return answer(call, record, { status: 201, withState: true })
}

async function renew(
  call: GraphCall,
  found: LiveSubscription,
  parts: SubscriptionParts,
): Promise<GraphAnswer> {
  const { body } = call
  const { record, resource } = found
  checkPermission(call.caller, resource.rules)
  const other = Object.keys(body).find((name) => !name.startsWith('@') && !PATCHABLE.includes(name))
  if (other !== undefined) throw invalid(`Property '${other}' cannot be changed in a subscription.`)
  const expiresAt =
    body['expirationDateTime'] === undefined
      ? record.expiresAt
      : readExpiration(call, resource.rules, record.lifecycleNotificationUrl)
  const hasNewCertificate = body['encryptionCertificate'] !== undefined
  const certificate = hasNewCertificate
    ? readCertificate({ ...body, includeResourceData: record.includeResourceData }, resource.rules)
    : undefined
  if (body['notificationUrl'] !== undefined) {
    const url = readUrl(body, 'notificationUrl')
    if (url !== record.notificationUrl) await validateEndpoints(call, parts.poster, [url])
    record.notificationUrl = url
  }
  if (certificate) {
    record.encryptionCertificate = certificate.encryptionCertificate
    record.encryptionCertificateId = certificate.encryptionCertificateId
  }
  record.expiresAt = expiresAt
  reauthorize(call, found, parts)
  return answer(call, record, { status: 200, withState: false })
}

function reauthorize(call: GraphCall, found: LiveSubscription, parts: SubscriptionParts): void {
  found.record.tokenExpiresAt = call.caller.tokenExpiresAt
  found.record.wasAskedToReauthorize = false
  call.tenant.changed()
  parts.onReauthorized(found)
}

function checkDuplicates(
  subscriptions: Subscriptions,
  wanted: { caller: Caller; key: string; changeType: readonly string[]; rules: ResourceRules },
): void {
  const { caller, key, changeType, rules } = wanted
  const mine = subscriptions.list().filter(({ record }) => isOwner(caller, record))
  const same = mine.filter(({ resource }) => resource.key === key)
  const wantedTypes = [...changeType].sort().join(',')
  const twin = same.find(
    ({ record }) => record.changeType.split(',').sort().join(',') === wantedTypes,
  )
  if (twin) {
    throw new GraphError(
      409,
      'Conflict',
      `Subscription Id ${twin.record.id} already exists for the requested combination`,
    )
  }
  if (
    rules.maxMinutes === PRESENCE_MINUTES &&
    mine.some(({ resource }) => resource.rules === rules)
  ) {
    // One for each application and person. The spelling is Microsoft's.
    throw new GraphError(
      409,
      'Conflict',
      'A subscripton already exists. It must be deleted before a another can be made',
    )
  }
  const [first] = same
  if (rules.single && first) {
    throw new GraphError(
      403,
      'Forbidden',
      `The limit of 1 subscription per application for the resource '${first.record.resource}' has been reached.`,
    )
  }
  const perPerson = mine.filter(({ resource }) => resource.rules === rules && isUserLevel(rules))
  if (perPerson.length >= MAX_PER_PERSON) {
    throw new GraphError(
      403,
      'Forbidden',
      `The limit of ${MAX_PER_PERSON} subscriptions per user has been reached.`,
    )
  }
}

function isUserLevel(rules: ResourceRules): boolean {
  return rules.isTeams && !rules.single
}

function checkPermission(caller: Caller, rules: ResourceRules): void {
  const needed = caller.kind === 'delegated' ? rules.delegated : rules.application
  if (!needed.some((name) => caller.permissions.includes(name)))
    throw missingPermission(caller, needed)
}

function isOwner(caller: Caller, record: SubscriptionRecord): boolean {
  if (record.applicationId !== caller.appId) return false
  return caller.kind === 'application' || record.personId === caller.person.id
}

// https://learn.microsoft.com/graph/api/subscription-list: what a caller sees depends on who it is.
function maySee(caller: Caller, record: SubscriptionRecord): boolean {
  if (caller.kind === 'application') return record.applicationId === caller.appId
  if (!caller.permissions.includes('Subscription.Read.All')) return isOwner(caller, record)
  return caller.role !== 'user' || record.personId === caller.person.id
}

function answer(
  call: GraphCall,
  record: SubscriptionRecord,
  about: { status: number; withState: boolean },
): GraphAnswer {
  return {
    status: about.status,
    body: {
      '@odata.context': contextUrl(call, 'subscriptions/$entity'),
      ...subscriptionJson(record, about.withState),
    },
  }
}

/** A subscription as Graph shows it: clientState only to whoever just created it, the certificate never. */
function subscriptionJson(record: SubscriptionRecord, withState: boolean): JsonObject {
  return {
    id: record.id,
    resource: record.resource,
    applicationId: record.applicationId,
    changeType: record.changeType,
    clientState: withState ? record.clientState : null,
    notificationUrl: record.notificationUrl,
    notificationQueryOptions: null,
    lifecycleNotificationUrl: record.lifecycleNotificationUrl,
    expirationDateTime: new Date(record.expiresAt).toISOString(),
    creatorId: record.creatorId,
    includeResourceData: record.includeResourceData,
    latestSupportedTlsVersion: record.latestSupportedTlsVersion,
    encryptionCertificate: null,
    encryptionCertificateId: record.encryptionCertificateId,
    notificationUrlAppId: record.notificationUrlAppId,
  }
}
