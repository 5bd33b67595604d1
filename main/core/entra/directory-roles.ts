// Directory roles: the names behind the template ids in a token, and which of them may do what we need.
import { AppError } from '../app-error.ts'

/** May consent to Microsoft Graph application permissions. */
export const CONSENT_ROLES = ['Global Administrator', 'Privileged Role Administrator']

/** May create and configure applications, and consent to everything but Graph application permissions. */
export const APPLICATION_ROLES = ['Application Administrator', 'Cloud Application Administrator']

/** May register applications of their own even where other users may not. */
export const REGISTRATION_ROLES = ['Application Developer']

// https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference
const ROLE_NAMES: Record<string, string> = {
  '62e90394-69f5-4237-9190-012177145e10': 'Global Administrator',
  'e8611ab8-c189-46e8-94e1-60213ab1f814': 'Privileged Role Administrator',
  '9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3': 'Application Administrator',
  '158c047a-c907-4556-b7ef-446551a6b5f7': 'Cloud Application Administrator',
  'cf1c38e5-3621-4004-a7cb-879624dced7c': 'Application Developer',
  'f2ef992c-3afb-46b9-b7cf-a126ee74c451': 'Global Reader',
  '194ae4cb-b126-40b2-bd5b-6091b380977d': 'Security Administrator',
  '5d6b6bb7-de71-4623-b4af-96380a352509': 'Security Reader',
  '69091246-20e8-4a56-aa4d-066075b2a7a8': 'Teams Administrator',
  'baf37b3a-610e-45da-9e62-d9d1e5e8914b': 'Teams Communications Administrator',
  'fe930be7-5e62-47db-91af-98c3a49a38b1': 'User Administrator',
  'fdd7a751-b60b-444a-984c-02652fe8fa1c': 'Groups Administrator',
  '29232cdf-9323-42fd-ade2-1d097af3e4de': 'Exchange Administrator',
  'f28a1f50-f6e7-4571-818b-6a12f2af6b6c': 'SharePoint Administrator',
  '3a2c62db-5318-420d-8d74-23affee5d9d5': 'Intune Administrator',
  '7be44c8a-adaf-4e2a-84d6-ab2649e08a13': 'Privileged Authentication Administrator',
  'b1be1c3e-b65d-4f19-8427-f6fa0d97feb9': 'Conditional Access Administrator',
  '8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2': 'Hybrid Identity Administrator',
  '729827e3-9c14-49f7-bb1b-9608f156bbb8': 'Helpdesk Administrator',
  '966707d0-3269-4727-9be2-8c3a10f19b9d': 'Password Administrator',
  'b0f54661-2d74-4c50-afa3-1ec803f12efe': 'Billing Administrator',
  '4d6ac14f-3453-41d0-bef9-a3e0c569773a': 'License Administrator',
  '4a5d8f65-41da-4de4-8968-e035b65339cf': 'Reports Reader',
  '88d8e3e3-8f55-4a1e-953a-9b9898b8876b': 'Directory Readers',
  '9360feb5-f418-4baa-8175-e2a00bac4301': 'Directory Writers',
  'c4e39bd9-1100-46d3-8c65-fb160da0071f': 'Authentication Administrator',
  '0526716b-113d-4c15-b2c8-68e3c22b9f80': 'Authentication Policy Administrator',
  '7698a772-787b-4ac8-901f-60d6b08affd2': 'Cloud Device Administrator',
  '17315797-102d-40b4-93e0-432062caca18': 'Compliance Administrator',
  'e6d1a23a-da11-4be4-9570-befc86d067a7': 'Compliance Data Administrator',
  '8329153b-31d0-4727-b945-745eb3bc5f31': 'Domain Name Administrator',
  'be2f45a1-457d-42af-a067-6ec1fa63bc45': 'External Identity Provider Administrator',
  '45d8d3c5-c802-45c6-b32a-1d70b5e1e86e': 'Identity Governance Administrator',
  '95e79109-95c0-4d8e-aee3-d01accf2d47b': 'Guest Inviter',
  '790c1fb9-7f7d-4f88-86a1-ef1f95c05c1b': 'Message Center Reader',
  '5f2222b1-57c3-48ba-8ad5-d4759f1fde6f': 'Security Operator',
  'f023fd81-a637-4b56-95fd-791ac0226033': 'Service Support Administrator',
  '11648597-926c-4cf3-9c36-bcebb0ba8dcc': 'Power Platform Administrator',
}

/** What every account carries in `wids` without holding a role: members, guests and restricted guests. */
const NO_ROLE = new Set([
  'b79fbf4d-3ef9-4689-8143-76b194e85509',
  'a0b1b346-4d3e-4e8b-98f8-753987be4970',
  '10dae51f-b6af-4016-8d66-8c2a99b929b3',
  '2af84b1e-32c8-42b7-82bc-daa82404023b',
])
const KNOWN_NAMES = new Set(Object.values(ROLE_NAMES))

/** The names of these roles, the most useful first. A role we do not know is named by its id; plain users have none. */
export function roleNames(templateIds: string[]): string[] {
  const held = new Set(templateIds.map((id) => id.toLowerCase()))
  const known = Object.entries(ROLE_NAMES)
    .filter(([id]) => held.has(id))
    .map(([, name]) => name)
  const others = [...held].filter((id) => !(id in ROLE_NAMES) && !NO_ROLE.has(id))
  return [...known, ...others.map((id) => `Role ${id}`)]
}

/** The roles of which we cannot say what they allow: custom ones, and built-in ones that are newer than this list. */
export function unknownRoles(roles: string[]): string[] {
  return roles.filter((role) => !KNOWN_NAMES.has(role))
}

/** True when one of these roles may consent to Graph application permissions. */
export function mayConsent(roles: string[]): boolean {
  return roles.some((role) => CONSENT_ROLES.includes(role))
}

/** True when one of these roles may create applications. */
export function mayCreateApplications(roles: string[]): boolean {
  return mayConsent(roles) || roles.some((role) => APPLICATION_ROLES.includes(role))
}

/** The error for a write that Entra refused to this account. */
export function adminRoleMissing(
  what: 'application' | 'consent',
  { username, details, cause }: { username: string; details?: string | undefined; cause?: unknown },
): AppError {
  if (what === 'consent') {
    return new AppError('admin-role-missing', {
      message: `${username} may not consent to Microsoft Graph permissions for the whole organization.`,
      nextStep:
        'Send the consent link (in Setup, under “When somebody else has the rights”) to a Privileged Role Administrator or Global Administrator, or ask one to sign in here and apply the plan again: what is done stays, and only the rest is made. If you hold such a role in Privileged Identity Management, activate it and sign in again.',
      details,
      cause,
    })
  }
  return new AppError('admin-role-missing', {
    message: `${username} may not create or change applications in this tenant.`,
    nextStep:
      'Sign in with an Application Administrator, Cloud Application Administrator, Privileged Role Administrator or Global Administrator. If you hold such a role in Privileged Identity Management, activate it and sign in again.',
    details,
    cause,
  })
}
