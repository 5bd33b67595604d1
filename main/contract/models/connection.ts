// What the app is connected to, and the links that it may open in a browser.

/** What the app is connected to. `null` before the first choice. */
export type Mode = 'microsoft' | 'practice'

/** The national clouds of Microsoft, and a custom one. */
export type CloudId = 'global' | 'us-gov-l4' | 'us-gov-l5' | 'china' | 'custom'

/** Where sign-in and Graph are, without a trailing slash. */
export interface Cloud {
  id: CloudId
  displayName: string
  loginHost: string
  graphHost: string
}

/** A link the app may open in the system browser. Pages name it; the address is the core's. */
export type LinkName =
  | 'sign-in'
  | 'device-code'
  | 'graph-permissions'
  | 'entra-application'
  | 'entra-app-registrations'
  | 'entra-deleted-applications'
  | 'entra-user-settings'
  | 'entra-app-management-policies'
  | 'entra-permission-grants'
  | 'pim-my-roles'
  | 'admin-consent'
  | 'integration-account-help'
