// Who may register and manage applications: administrators, a custom role, and people for their own.
import { type GraphCall, insufficientPrivileges } from './graph-call.ts'
import { type ApplicationRecord, mayUsersRegister } from './tenant.ts'

/**
 * People without a role may register applications unless the tenant's policy says otherwise.
 * https://learn.microsoft.com/graph/api/resources/authorizationpolicy
 * @throws GraphError 403.
 */
export function checkMayRegister(call: GraphCall): void {
  if (!holdsRole(call) && !mayUsersRegister(call.tenant)) throw insufficientPrivileges()
}

/**
 * Whoever owns an application manages it and its servicePrincipal without any role; the policy
 * against registering does not take that away.
 * https://learn.microsoft.com/entra/fundamentals/users-default-permissions
 * @throws GraphError 403.
 */
export function checkMayManage(call: GraphCall, record: ApplicationRecord | undefined): void {
  const { caller } = call
  const isOwner = caller.kind === 'delegated' && record?.ownerIds.includes(caller.person.id)
  if (!holdsRole(call) && isOwner !== true) throw insufficientPrivileges()
}

/** Whether the caller holds any administrator role. */
function holdsRole(call: GraphCall): boolean {
  return call.caller.kind === 'delegated' && call.caller.role !== 'user'
}
