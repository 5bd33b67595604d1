// Entra's error answers: AADSTS numbers, their texts and the JSON around them.
// https://learn.microsoft.com/entra/identity-platform/reference-error-codes
import { randomUUID } from 'node:crypto'
import type { PracticeResponse } from './listener.ts'
import type { Tenant } from './tenant.ts'

/** A refusal by Entra; becomes JSON at the token endpoint and form fields at a redirect. */
export class EntraError extends Error {
  readonly code: number
  readonly error: string
  readonly status: number
  readonly suberror: string | undefined

  constructor(
    code: number,
    error: string,
    about: { message: string; status?: number; suberror?: string },
  ) {
    super(about.message)
    this.code = code
    this.error = error
    this.status = about.status ?? 400
    this.suberror = about.suberror
  }
}

/** The fields every Entra error carries. */
export function errorFields(
  tenant: Tenant,
  refusal: EntraError,
  correlationId: string = randomUUID(),
): Record<string, string> {
  const traceId = randomUUID()
  const timestamp = `${new Date(tenant.now()).toISOString().slice(0, 19).replace('T', ' ')}Z`
  return {
    error: refusal.error,
    error_description:
      `AADSTS${refusal.code}: ${refusal.message} Trace ID: ${traceId} ` +
      `Correlation ID: ${correlationId} Timestamp: ${timestamp}`,
    timestamp,
    trace_id: traceId,
    correlation_id: correlationId,
    ...(refusal.suberror === undefined ? {} : { suberror: refusal.suberror }),
  }
}

/** The answer of the token endpoint to a refused request. */
export function errorResponse(
  tenant: Tenant,
  refusal: EntraError,
  correlationId?: string,
): PracticeResponse {
  const fields = errorFields(tenant, refusal, correlationId)
  return {
    status: refusal.status,
    body: {
      ...fields,
      error_codes: [refusal.code],
      error_uri: `${tenant.origin}/error?code=${refusal.code}`,
    },
  }
}

export const refusals = {
  missingParameter: (name: string) =>
    new EntraError(900144, 'invalid_request', {
      message: `The request body must contain the following parameter: '${name}'.`,
    }),
  malformed: () =>
    new EntraError(900561, 'invalid_request', {
      message: 'The request body could not be read as form fields.',
    }),
  unknownTenant: (name: string) =>
    new EntraError(90002, 'invalid_tenant', {
      message:
        `Tenant '${name}' not found. Check to make sure you have the correct tenant ID and are ` +
        'signing into the correct cloud. Check with your subscription administrator, this may ' +
        'happen if there are no active subscriptions for the tenant.',
    }),
  unknownApplication: (appId: string, tenantName: string) =>
    new EntraError(700016, 'unauthorized_client', {
      message:
        `Application with identifier '${appId}' was not found in the directory '${tenantName}'. ` +
        'This can happen if the application has not been installed by the administrator of the ' +
        'tenant or consented to by any user in the tenant. You may have sent your authentication ' +
        'request to the wrong tenant.',
    }),
  noServicePrincipal: (appId: string, tenantId: string) =>
    new EntraError(7000229, 'unauthorized_client', {
      message: `The client application ${appId} is missing service principal in the tenant ${tenantId}.`,
    }),
  applicationDisabled: (appId: string, name: string) =>
    new EntraError(7000112, 'unauthorized_client', {
      message: `Application '${appId}'(${name}) is disabled.`,
    }),
  badClaims: () =>
    new EntraError(50146, 'invalid_request', {
      message: 'The claims request parameter is invalid.',
    }),
  wrongSecret: (appId: string) =>
    new EntraError(7000215, 'invalid_client', {
      status: 401,
      message:
        'Invalid client secret provided. Ensure the secret being sent in the request is the client ' +
        `secret value, not the client secret ID, for a secret added to app '${appId}'.`,
    }),
  expiredSecret: (appId: string) =>
    new EntraError(7000222, 'invalid_client', {
      status: 401,
      message:
        `The provided client secret keys for app '${appId}' are expired. Visit the Azure portal to ` +
        'create new keys for your app, or consider using certificate credentials for added security.',
    }),
  secretMissing: () =>
    new EntraError(7000218, 'invalid_client', {
      status: 401,
      message:
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    }),
  clientIsPublic: (appId: string) =>
    new EntraError(700025, 'invalid_client', {
      status: 401,
      message: `Client is public so neither 'client_assertion' nor 'client_secret' should be presented for '${appId}'.`,
    }),
  redirectMismatch: (redirectUri: string, appId: string) =>
    new EntraError(50011, 'invalid_request', {
      message:
        `The redirect URI '${redirectUri}' specified in the request does not match the redirect ` +
        `URIs configured for the application '${appId}'.`,
    }),
  unsupportedResponse: (name: string) =>
    new EntraError(700054, 'unsupported_response_type', {
      message: `The response type or mode '${name}' is not enabled for the application.`,
    }),
  challengeMissing: () =>
    new EntraError(9002325, 'invalid_request', {
      message: 'Proof Key for Code Exchange is required: send code_challenge with method S256.',
    }),
  unknownScope: (appId: string, scope: string, resource: string) =>
    new EntraError(650053, 'invalid_client', {
      message:
        `The application '${appId}' asked for scope '${scope}' that doesn't exist on the resource ` +
        `'${resource}'. Contact the app vendor.`,
    }),
  invalidScope: (scope: string) =>
    new EntraError(70011, 'invalid_scope', {
      message: `The provided request must include a valid 'scope' input parameter. The provided value '${scope}' is not valid.`,
    }),
  unknownResource: (resource: string, tenantName: string) =>
    new EntraError(500011, 'invalid_resource', {
      message:
        `The resource principal named ${resource} was not found in the tenant named ${tenantName}. ` +
        'You might have sent your authentication request to the wrong tenant.',
    }),
  notDefaultScope: (scope: string) =>
    new EntraError(1002012, 'invalid_scope', {
      message:
        `The provided value for scope ${scope} is not valid. Client credential flows must have a ` +
        'scope value with /.default suffixed to the resource identifier (application ID URI).',
    }),
  declined: () =>
    new EntraError(65004, 'access_denied', {
      message: 'User declined to consent to access the app.',
    }),
  cancelled: () =>
    new EntraError(65004, 'access_denied', { message: 'The user has denied access to the scope.' }),
  adminNeeded: (appName: string) =>
    new EntraError(90094, 'access_denied', {
      message:
        `The grant requires admin permission. An administrator of the organization has to approve ` +
        `the application '${appName}'.`,
    }),
  consentMissing: (appId: string, appName: string) =>
    new EntraError(65001, 'invalid_grant', {
      suberror: 'consent_required',
      message:
        `The user or administrator has not consented to use the application with ID '${appId}' ` +
        `named '${appName}'. Send an interactive authorization request for this user and resource.`,
    }),
  loginRequired: () =>
    new EntraError(50058, 'login_required', {
      message: 'A silent sign-in request was sent but no user is signed in.',
    }),
  badCode: () =>
    new EntraError(70000, 'invalid_grant', {
      message: 'The provided authorization code is malformed, or not meant for this client.',
    }),
  codeUsed: () =>
    new EntraError(54005, 'invalid_grant', {
      message:
        'OAuth2 Authorization code was already redeemed, please retry with a new valid code or use ' +
        'an existing refresh token.',
    }),
  codeExpired: () =>
    new EntraError(70008, 'invalid_grant', {
      message: 'The provided authorization code has expired. Send a new interactive request.',
    }),
  codeVerifier: () =>
    new EntraError(501481, 'invalid_grant', {
      message:
        'The Code_Verifier does not match the code_challenge supplied in the authorization request.',
    }),
  refreshToken: () =>
    new EntraError(70000, 'invalid_grant', {
      suberror: 'bad_token',
      message:
        'The provided refresh token is malformed, expired, already used or meant for another client.',
    }),
  pending: () =>
    new EntraError(70016, 'authorization_pending', {
      message:
        'OAuth 2.0 device flow error. Authorization is pending. Continue polling until the user has ' +
        'signed in.',
    }),
  slowDown: () =>
    new EntraError(70016, 'slow_down', {
      message:
        'OAuth 2.0 device flow error. The client polls too often; wait longer between requests.',
    }),
  deviceExpired: () =>
    new EntraError(70020, 'expired_token', {
      message:
        "The provided value for the input parameter 'device_code' is not valid. This device code has expired.",
    }),
  badDeviceCode: () =>
    new EntraError(70018, 'bad_verification_code', {
      message: "The provided value for the input parameter 'device_code' is not valid.",
    }),
  unsupportedGrant: (name: string) =>
    new EntraError(70003, 'unsupported_grant_type', {
      message: `The app requested an unsupported grant type '${name}'.`,
    }),
  unavailable: () =>
    new EntraError(90033, 'temporarily_unavailable', {
      status: 503,
      message: 'A transient error has occurred. Please try again.',
    }),
}
