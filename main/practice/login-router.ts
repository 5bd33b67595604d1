// The addresses of the login host: discovery, keys, sign-in pages, device codes, tokens.
import { createAdminConsent } from './admin-consent.ts'
import { createDeviceCodes } from './device-code.ts'
import { EntraError, errorResponse, refusals } from './entra-errors.ts'
import { isObject } from './json.ts'
import type { PracticeRequest, PracticeResponse } from './listener.ts'
import { createSignIn } from './sign-in.ts'
import * as pages from './sign-in-pages.ts'
import { isThisTenant, type Tenant } from './tenant.ts'
import { createTokenEndpoint } from './token-endpoint.ts'
import { issuerV2, jwks } from './tokens.ts'

export type LoginRouter = (request: PracticeRequest) => Promise<PracticeResponse>

/** Answers everything outside /v1.0. `onSecretProved` hears of each secret that was right. */
export function createLoginRouter(
  tenant: Tenant,
  onSecretProved: (proof: { appId: string; keyId: string; secret: string }) => void,
): LoginRouter {
  const deviceCodes = createDeviceCodes(tenant)
  const adminConsent = createAdminConsent(tenant)
  const signIn = createSignIn(tenant, deviceCodes)
  const tokenEndpoint = createTokenEndpoint({ tenant, signIn, deviceCodes, onSecretProved })

  const pageFor = (request: PracticeRequest): PracticeResponse | undefined => {
    const { method, url } = request
    switch (`${method} ${url.pathname}`) {
      case 'POST /practice/account':
        return signIn.chooseAccount(formOf(request))
      case 'POST /practice/consent':
        return signIn.consent(formOf(request))
      case 'POST /practice/admin-consent':
        return adminConsent.answer(formOf(request))
      case 'GET /devicelogin':
        return pages.deviceCodePage({ code: url.searchParams.get('user_code') ?? '' })
      case 'POST /practice/device':
        return signIn.continueDevice(formOf(request)['user_code'] ?? '')
      case 'GET /common/discovery/instance':
        return instanceDiscovery(tenant)
      default:
        return undefined
    }
  }

  return async (request) => {
    const correlationId =
      request.headers['client-request-id'] ?? request.url.searchParams.get('client-request-id')
    try {
      const page = pageFor(request)
      if (page) return page
      const [, tenantName = '', ...rest] = request.url.pathname.split('/')
      const path = rest.join('/')
      const known = isThisTenant(tenantName, true)
      if (path !== '' && !known) {
        const refusal = refusals.unknownTenant(tenantName)
        if (path !== 'oauth2/v2.0/authorize') throw refusal
        return pages.errorPage(`AADSTS${refusal.code}: ${refusal.message}`)
      }
      switch (`${request.method} ${path}`) {
        case 'GET v2.0/.well-known/openid-configuration':
          return openIdConfiguration(tenant, tenantName)
        case 'GET discovery/v2.0/keys':
        case 'GET discovery/keys':
          return { status: 200, body: jwks(tenant) }
        case 'GET oauth2/v2.0/authorize':
          return signIn.authorize(request.url.searchParams)
        case 'GET v2.0/adminconsent':
          return adminConsent.open(request.url.searchParams, true)
        case 'GET adminconsent':
          return adminConsent.open(request.url.searchParams, false)
        case 'POST oauth2/v2.0/devicecode':
          return deviceCodes.start(formOf(request))
        case 'POST oauth2/v2.0/token':
          return await tokenEndpoint.answer(formOf(request), request.headers)
        case 'GET oauth2/v2.0/logout':
          return pages.donePage('You signed out', 'You can close this page.')
        default:
          return pages.errorPage(`There is no page at ${request.url.pathname}.`, 404)
      }
    } catch (error) {
      if (!(error instanceof EntraError)) throw error
      return errorResponse(tenant, error, correlationId ?? undefined)
    }
  }
}

function formOf(request: PracticeRequest): Record<string, string> {
  if (request.bodyProblem || !isObject(request.body)) throw refusals.malformed()
  const fields = Object.entries(request.body).filter(
    (field): field is [string, string] => typeof field[1] === 'string',
  )
  return Object.fromEntries(fields)
}

function openIdConfiguration(tenant: Tenant, tenantName: string): PracticeResponse {
  const shared = !isThisTenant(tenantName, false)
  const base = `${tenant.origin}/${tenantName}`
  return {
    status: 200,
    body: {
      token_endpoint: `${base}/oauth2/v2.0/token`,
      token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
      jwks_uri: `${base}/discovery/v2.0/keys`,
      response_modes_supported: ['query', 'form_post'],
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['RS256'],
      response_types_supported: ['code'],
      scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
      // For common and organizations Entra writes the placeholder {tenantid} into the issuer.
      issuer: shared ? `${tenant.origin}/{tenantid}/v2.0` : issuerV2(tenant),
      request_uri_parameter_supported: false,
      authorization_endpoint: `${tenant.pagesOrigin}/${tenantName}/oauth2/v2.0/authorize`,
      device_authorization_endpoint: `${tenant.pagesOrigin}/${tenantName}/oauth2/v2.0/devicecode`,
      end_session_endpoint: `${base}/oauth2/v2.0/logout`,
      claims_supported: [
        'sub',
        'iss',
        'aud',
        'exp',
        'iat',
        'nonce',
        'preferred_username',
        'name',
        'tid',
      ],
      tenant_region_scope: 'EU',
      cloud_instance_name: 'localhost',
      msgraph_host: new URL(tenant.origin).host,
    },
  }
}

function instanceDiscovery(tenant: Tenant): PracticeResponse {
  const { host } = new URL(tenant.origin)
  return {
    status: 200,
    body: {
      tenant_discovery_endpoint: `${tenant.origin}/common/v2.0/.well-known/openid-configuration`,
      'api-version': '1.1',
      metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
    },
  }
}
