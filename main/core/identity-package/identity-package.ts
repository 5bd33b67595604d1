// The package for an identity team: scripts that make exactly what the plan would make, a table with reasons, the steps by hand.
import type { Cloud, ConnectionSettings, TextFile } from '../../contract/models.ts'

export interface PackageFacts {
  settings: ConnectionSettings
  cloud: Cloud
  /** Where the tenant is known; null before a sign-in. */
  tenant: { id: string; displayName: string } | null
  /** The application where it exists already; null otherwise. */
  appId: string | null
  now: Date
}

/** The files of the package. Throws AppError tenant-url-invalid. */
export function createIdentityPackage(facts: PackageFacts): TextFile[] {
  throw new Error(`package.create ${facts.now.toISOString()}`)
}
