// Graph's client secrets: addPassword shows the text once, removePassword ends it; policies may forbid.
import { secretJson } from './application-json.ts'
import { POLICY_MAX_SECRET_DAYS } from './faults.ts'
import { findByKey, WRITE_APPLICATIONS } from './graph-applications.ts'
import {
  badRequest,
  type GraphAnswer,
  type GraphCall,
  GraphError,
  type Route,
} from './graph-call.ts'
import { checkMayManage } from './graph-rights.ts'
import { isObject, type JsonObject, stringOf } from './json.ts'
import { contextUrl } from './odata.ts'
import { newSecret } from './secrets.ts'
import { visibleFrom } from './tenant.ts'

const DAY_MS = 86_400_000
const DEFAULT_SECRET_YEARS = 2
const POLICY_ID = 'db9d2f58-3a1e-4f44-9c1c-0b6d1f7a52e0'

export const clientSecretRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: 'applications/:key/addPassword',
    access: WRITE_APPLICATIONS,
    handle: addPassword,
  },
  {
    method: 'POST',
    path: 'applications/:key/removePassword',
    access: WRITE_APPLICATIONS,
    handle: removePassword,
  },
]

function addPassword(call: GraphCall): GraphAnswer {
  const { tenant } = call
  const record = findByKey(call)
  checkMayManage(call, record)
  const asked = isObject(call.body['passwordCredential']) ? call.body['passwordCredential'] : {}
  const start = readDate(asked, 'startDateTime') ?? new Date(tenant.now())
  const defaultEnd = new Date(start)
  defaultEnd.setUTCFullYear(start.getUTCFullYear() + DEFAULT_SECRET_YEARS)
  const end = readDate(asked, 'endDateTime') ?? defaultEnd
  if (end <= start) throw badRequest('Key credential end date is invalid.')
  if (tenant.faults.isOn('secret-forbidden-by-policy')) {
    throw new GraphError(
      400,
      'CredentialTypeNotAllowedAsPerAppPolicy',
      `Credential type not allowed as per assigned policy '${POLICY_ID}'.`,
    )
  }
  const lifetimeMs = end.getTime() - start.getTime()
  if (
    tenant.faults.isOn('secret-lifetime-limited') &&
    lifetimeMs > POLICY_MAX_SECRET_DAYS * DAY_MS
  ) {
    throw new GraphError(
      400,
      'CredentialInvalidLifetimeAsPerAppPolicy',
      `Credential lifetime exceeds the max value allowed as per assigned policy '${POLICY_ID}'.`,
    )
  }
  const { secret, text } = newSecret({
    displayName: stringOf(asked, 'displayName') ?? null,
    start,
    end,
    visibleAt: visibleFrom(tenant),
  })
  record.secrets.push(secret)
  tenant.changed()
  return {
    status: 200,
    body: {
      '@odata.context': contextUrl(call, 'microsoft.graph.passwordCredential'),
      ...secretJson(secret, text),
    },
  }
}

function removePassword(call: GraphCall): GraphAnswer {
  const record = findByKey(call)
  checkMayManage(call, record)
  const keyId = stringOf(call.body, 'keyId')?.toLowerCase()
  const kept = record.secrets.filter((secret) => secret.keyId !== keyId)
  if (kept.length === record.secrets.length) {
    throw badRequest(`No password credential found with keyId '${keyId ?? ''}'.`)
  }
  record.secrets = kept
  call.tenant.changed()
  return { status: 204 }
}

function readDate(object: JsonObject, name: string): Date | undefined {
  const text = stringOf(object, name)
  if (text === undefined) return undefined
  const date = new Date(text)
  if (Number.isNaN(date.getTime()))
    throw badRequest(`Cannot convert the value of '${name}' to a date.`)
  return date
}
