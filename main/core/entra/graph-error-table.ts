// The table of Graph's refusals: what each means and what to do, by its codes, and by its texts where a code says too little.

export interface GraphErrorText {
  message: string
  nextStep: string
  /** Where Microsoft, or somebody who met it, describes it. */
  source: string
}

const ERRORS = 'https://learn.microsoft.com/graph/errors'
const DIRECTORY_ERRORS = 'https://learn.microsoft.com/graph/resolve-auth-errors'
const THROTTLING = 'https://learn.microsoft.com/graph/throttling'
const POLICIES = 'https://learn.microsoft.com/graph/api/resources/tenantappmanagementpolicy'
const SUBSCRIBING = 'https://learn.microsoft.com/graph/change-notifications-delivery-webhooks'
const TERRAFORM = 'https://github.com/hashicorp/terraform-provider-azuread'

const EXEMPT =
  'Ask your identity team to exempt this application from the app management policy, then apply the plan again.'
const WAIT = 'Wait a few minutes, then try again.'
const IN_A_MINUTE = 'This passes by itself. Try again in a minute.'

/** By Graph's own codes, in lower case. */
export const textsByCode: Record<string, GraphErrorText> = {
  // ---- who asks ----
  invalidauthenticationtoken: {
    message: 'Microsoft Graph does not accept the token of the sign-in.',
    nextStep: 'Sign in again, then repeat the step. Check the clock of this computer, too.',
    source: DIRECTORY_ERRORS,
  },
  authentication_expiredtoken: {
    message: 'The token of the sign-in has expired.',
    nextStep: 'Sign in again, then repeat the step.',
    source: DIRECTORY_ERRORS,
  },
  authentication_missingormalformed: {
    message: 'The token of the sign-in got lost or was damaged on the way to Microsoft Graph.',
    nextStep:
      'Sign in again. If it stays so, ask your network team whether the proxy changes requests.',
    source: DIRECTORY_ERRORS,
  },
  authorization_identitynotfound: {
    message: 'Microsoft Graph does not find the account or application of the token in the tenant.',
    nextStep:
      'If it was made a moment ago, wait a minute. Otherwise sign in with an account of the tenant.',
    source: DIRECTORY_ERRORS,
  },
  authorization_identitydisabled: {
    message: 'The account or application was disabled in the tenant.',
    nextStep: 'Ask your identity team to enable it.',
    source: DIRECTORY_ERRORS,
  },
  insufficient_claims: {
    message: 'A Conditional Access policy of your organization wants more than this sign-in shows.',
    nextStep: 'Sign in again and do what Microsoft’s page asks, such as a second factor.',
    source: 'https://learn.microsoft.com/entra/identity-platform/claims-challenge',
  },
  authorization_requestdenied: {
    message:
      'Entra refused the request: the account’s roles, or the consent given, do not allow it.',
    nextStep:
      'Check the roles of the account, activate them in Privileged Identity Management if need be, then press Check again.',
    source: DIRECTORY_ERRORS,
  },
  accessdenied: {
    message: 'Microsoft Graph denied access to this object.',
    nextStep: 'Check the roles of the account and the consent of the application, then try again.',
    source: ERRORS,
  },
  forbidden: {
    message: 'Microsoft Graph forbids this request: a permission is missing in the token.',
    nextStep: 'Check the consent of the application. After a change, get a new token: try again.',
    source: ERRORS,
  },

  // ---- policies ----
  credentialinvalidlifetimeasperapppolicy: {
    message: 'A policy of your organization does not allow client secrets to live that long.',
    nextStep: `Choose a shorter lifetime in Settings. Or: ${EXEMPT}`,
    source: POLICIES,
  },
  credentialtypenotallowedasperapppolicy: {
    message: 'A policy of your organization forbids client secrets.',
    nextStep: EXEMPT,
    source: POLICIES,
  },
  signinaudiencenotallowedasperapppolicy: {
    message: 'A policy of your organization does not allow the application’s supported accounts.',
    nextStep:
      'Ask your identity team to allow single-tenant applications (AzureADMyOrg), then apply the plan again.',
    source: POLICIES,
  },
  directory_quotaexceeded: {
    message: 'The account or the tenant holds as many directory objects as it may.',
    nextStep:
      'Ask your identity team to remove applications that nobody needs, also deleted ones, or use another administrator.',
    source:
      'https://learn.microsoft.com/entra/identity/users/directory-service-limits-restrictions',
  },

  // ---- what is there ----
  request_resourcenotfound: {
    message: 'The directory does not know the object that was asked for.',
    nextStep: 'It may have been deleted, or it is not everywhere yet. Try again in a minute.',
    source: ERRORS,
  },
  itemnotfound: {
    message: 'What was asked for does not exist at Microsoft Graph.',
    nextStep: 'It may have been deleted. Look for it in the portal, then try again.',
    source: ERRORS,
  },
  resourcenotfound: {
    message: 'Microsoft Graph does not know that subscription or resource any more.',
    nextStep: 'It has probably expired. Make it again.',
    source: ERRORS,
  },
  request_multipleobjectswithsamekeyvalue: {
    message: 'The directory holds such an object already.',
    nextStep: 'Make the plan again: what is there is found and used.',
    source: `${TERRAFORM}/issues/690`,
  },
  directory_concurrencyviolation: {
    message: 'Somebody else changed the same object at the same moment.',
    nextStep: IN_A_MINUTE,
    source: ERRORS,
  },
  directory_expiredpagetoken: {
    message: 'The list took so long to read that its pages have expired.',
    nextStep: 'Try again: it is read from the start.',
    source: ERRORS,
  },
  resourcemodified: {
    message: 'The object was changed after EMI Tray had read it.',
    nextStep: 'Try again: it is read anew.',
    source: ERRORS,
  },
  namealreadyexists: {
    message: 'The name is taken already.',
    nextStep: 'Choose another name in Settings, then make the plan again.',
    source: ERRORS,
  },

  // ---- the request ----
  request_badrequest: {
    message: 'The directory does not accept the request as it is.',
    nextStep:
      'Make the plan again and look it over. If it happens again, give the details to whoever supports you.',
    source: ERRORS,
  },
  request_unsupportedquery: {
    message: 'The directory of this cloud does not support the query.',
    nextStep: 'Look for a newer version of EMI Tray, and give the details to whoever supports you.',
    source: 'https://learn.microsoft.com/graph/aad-advanced-queries',
  },
  invalidrequest: {
    message: 'Microsoft Graph found a mistake in the request.',
    nextStep: 'Look at the details: they name the value. Then try again.',
    source: ERRORS,
  },
  notsupported: {
    message: 'Microsoft Graph does not offer this in the tenant’s cloud.',
    nextStep: 'Check the cloud in Settings. Some features are missing in national clouds.',
    source: 'https://learn.microsoft.com/graph/deployments',
  },
  quotalimitreached: {
    message: 'A limit of the tenant or of the application has been reached.',
    nextStep: 'Remove what nobody needs any more, or ask Microsoft for more.',
    source: ERRORS,
  },

  // ---- Graph's own problems ----
  toomanyrequests: {
    message: 'Microsoft Graph gets too many requests of this application or tenant.',
    nextStep: WAIT,
    source: THROTTLING,
  },
  activitylimitreached: {
    message: 'This application has sent more requests than Microsoft allows for now.',
    nextStep: WAIT,
    source: THROTTLING,
  },
  request_throttledtemporarily: {
    message: 'The directory slows down requests to this tenant for a while.',
    nextStep: WAIT,
    source: THROTTLING,
  },
  servicenotavailable: {
    message: 'Microsoft Graph is not available at the moment.',
    nextStep: `${WAIT} See status.cloud.microsoft for outages.`,
    source: ERRORS,
  },
  serviceunavailable: {
    message: 'The service behind Microsoft Graph is busy or being maintained.',
    nextStep: `${WAIT} See status.cloud.microsoft for outages.`,
    source: ERRORS,
  },
  service_internalservererror: {
    message: 'The directory behind Microsoft Graph stumbled over the request.',
    nextStep: WAIT,
    source: ERRORS,
  },
  generalexception: {
    message: 'Microsoft Graph failed for a reason that it does not tell.',
    nextStep: `${WAIT} If it happens again, give the details to whoever supports you.`,
    source: ERRORS,
  },
  unknownerror: {
    message: 'Something went wrong inside Microsoft Graph that it has no name for.',
    nextStep: `${WAIT} If it happens again, give the details to whoever supports you.`,
    source: ERRORS,
  },
}

/** By Graph's text, for the few cases whose code says too little; looked at first. */
export const textsByMessage: { pattern: RegExp; text: GraphErrorText }[] = [
  {
    pattern: /does not reference a valid application object/i,
    text: {
      message: 'The application is not known everywhere in the directory yet.',
      nextStep: IN_A_MINUTE,
      source: TERRAFORM,
    },
  },
  {
    pattern: /backing application of the service principal being created must/i,
    text: {
      message:
        'The directory does not see yet that the application belongs to this tenant. It sounds like a missing right, and is only a delay.',
      nextStep: IN_A_MINUTE,
      source: TERRAFORM,
    },
  },
  {
    pattern: /Not a valid reference update/i,
    text: {
      message: 'The enterprise application is not known everywhere in the directory yet.',
      nextStep: IN_A_MINUTE,
      source: 'https://github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/1407',
    },
  },
  {
    pattern: /queried reference-property objects are not present/i,
    text: {
      message:
        'One of the objects is not known everywhere in the directory yet, or it was deleted.',
      nextStep: 'Try again in a minute. If it stays so, make the plan again.',
      source: TERRAFORM,
    },
  },
  {
    pattern: /Permission being assigned already exists|EntitlementGrant entry already exists/i,
    text: {
      message: 'The application permission was granted already.',
      nextStep: 'Nothing need be done. Make the plan again to see what is there.',
      source: 'https://github.com/microsoftgraph/msgraph-bicep-types/issues/161',
    },
  },
  {
    pattern: /Permission entry already exists/i,
    text: {
      message: 'The consent to the delegated permissions is there already.',
      nextStep: 'Make the plan again: the consent is found, and what is missing is added to it.',
      source: `${TERRAFORM}/issues/690`,
    },
  },
  {
    pattern: /uniqueName already exists/i,
    text: {
      message: 'An application with this unique name exists already, perhaps a deleted one.',
      nextStep:
        'Look under “Deleted applications” in App registrations: restore it, or delete it permanently. Then check again.',
      source: 'https://github.com/microsoftgraph/msgraph-bicep-types/issues/137',
    },
  },
  {
    pattern: /already exists for the requested combination|A subscripton already exists/i,
    text: {
      message: 'A subscription to the same resource exists already for this application.',
      nextStep:
        'Look for a second installation that uses the same application, or take the subscription over.',
      source: SUBSCRIBING,
    },
  },
  {
    pattern: /Subscription validation request failed/i,
    text: {
      message: 'Microsoft Graph could not reach the webhook, or got a wrong answer from it.',
      nextStep: 'Test the public address on the Webhook page, then try again.',
      source: SUBSCRIBING,
    },
  },
  {
    pattern: /lifecycleNotificationUrl is a required property/i,
    text: {
      message: 'A subscription of more than an hour needs an address for lifecycle notifications.',
      nextStep: 'Start the webhook with its public address, then try again.',
      source: 'https://learn.microsoft.com/graph/teams-changenotifications-chat',
    },
  },
  {
    pattern: /API required one of/i,
    text: {
      message: 'The application lacks a permission that this request takes; the details name it.',
      nextStep:
        'Add the permission in Setup and let an administrator consent to it. It counts with the next token.',
      source: 'https://github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/3379',
    },
  },
]
