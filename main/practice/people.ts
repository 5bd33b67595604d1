// Who works in the practice organization: the people who sign in, chat and hold roles.

export type PracticeRole = 'global-admin' | 'application-admin' | 'user'
/** What a person holds at this moment; the custom role comes with a fault. */
export type HeldRole = PracticeRole | 'custom-role'

export interface PracticePerson {
  readonly id: string
  readonly displayName: string
  readonly userPrincipalName: string
  readonly role: PracticeRole
  readonly jobTitle: string
}

export const practiceOrganization = {
  tenantId: '5f1d3a70-6c0b-4b0e-9a3e-7e2c94d1b8a6',
  domain: 'contoso-practice.example',
  displayName: 'Contoso practice',
}

// https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference
export const ROLE_TEMPLATE_IDS: Record<PracticeRole, string> = {
  'global-admin': '62e90394-69f5-4237-9190-012177145e10',
  'application-admin': '9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3',
  user: 'b79fbf4d-3ef9-4689-8143-76b194e85509',
}

/** A role that the organization made itself: no built-in template stands behind it. */
export const CUSTOM_ROLE_ID = '6d0c1f94-5b3e-4d27-8f6a-0e9b7c2d4a13'

export const ROLE_NAMES: Record<HeldRole, string> = {
  'custom-role': 'Contact center app manager',
  'global-admin': 'Global Administrator',
  'application-admin': 'Application Administrator',
  user: 'User',
}

export const people: readonly PracticePerson[] = [
  person('8d0c2f3e-51b7-4c0d-8a55-0f5a1c9e7d01', 'Nora Lindqvist', 'Head of IT', 'global-admin'),
  person(
    '2b7e9a14-3c5d-4f86-9e21-6a0b8c4d7e02',
    'Samir Haddad',
    'Identity engineer',
    'application-admin',
  ),
  person('c41f7d68-0e9b-4a37-b6d2-93e5f1a80b03', 'Ella Brandt', 'Customer care lead', 'user'),
  person('7a936e25-d8f1-4b4c-a0c7-5e2d4b9f1c04', 'Tomás Rivera', 'Billing specialist', 'user'),
  person('e05b8c91-6f2a-4d13-8b7e-1c9a3f6d2d05', 'Grace Okafor', 'Network engineer', 'user'),
  person('19d4f7a3-b52e-48c6-9d08-7f3e6a1b5e06', 'Park Ji-woo', 'Warehouse planner', 'user'),
  person('a6e27b50-4c8d-4f9e-b1a3-2d7c9e0f3f07', 'Liam O’Connell', 'Field technician', 'user'),
  person('53c8d1f6-9a0e-4726-8fb4-e1a5b3c7d008', 'Priya Raman', 'Product manager', 'user'),
  person('f82a6b4d-7e13-4c59-a2d0-b9f4c6e81109', 'Marek Novák', 'Returns clerk', 'user'),
]

/** The person with this id or userPrincipalName (in any case), if there is one. */
export function findPerson(key: string): PracticePerson | undefined {
  const wanted = key.toLowerCase()
  return people.find((one) => one.id === wanted || one.userPrincipalName === wanted)
}

function person(
  id: string,
  displayName: string,
  jobTitle: string,
  role: PracticeRole,
): PracticePerson {
  const local = displayName
    .normalize('NFD')
    .replace(/[^A-Za-z ]/g, '')
    .toLowerCase()
    .replaceAll(' ', '.')
  const userPrincipalName = `${local}@${practiceOrganization.domain}`
  return { id, displayName, userPrincipalName, role, jobTitle }
}
