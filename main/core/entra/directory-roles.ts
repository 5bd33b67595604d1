// Directory roles: the names behind the template ids in a token, and which of them may do what we need.
import { AppError } from '../app-error.ts'

/** May consent to Microsoft Graph application permissions. */
export const CONSENT_ROLES = ['Global Administrator', 'Privileged Role Administrator']

/** May create and configure applications, and consent to everything but Graph application permissions. */
export const APPLICATION_ROLES = ['Application Administrator', 'Cloud Application Administrator']

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
}

/** The names of the roles we know, the most useful first. Ids of other roles, and of plain users, are left out. */
export function roleNames(templateIds: string[]): string[] {
  const held = new Set(templateIds.map((id) => id.toLowerCase()))
  return Object.entries(ROLE_NAMES)
    .filter(([id]) => held.has(id))
    .map(([, name]) => name)
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
      message: `${username} may not consent to Microsoft Graph application permissions for the organization.`,
      nextStep:
        'Ask a Privileged Role Administrator or Global Administrator to sign in here and apply the plan again: what is done stays, and only the rest is made. If you hold such a role in Privileged Identity Management, activate it and sign in again.',
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
