// The package for an identity team: scripts that make exactly what the plan would make, a table with reasons, the steps by hand.
import type { TextFile } from '../../contract/models/handover.ts'
import { bashScript } from './bash-script.ts'
import { type PackageFacts, packagePlan } from './package-plan.ts'
import { permissionsDocument } from './permissions-document.ts'
import { powerShellScript } from './powershell-script.ts'
import { startHere } from './start-here.ts'
import { stepByStep } from './step-by-step.ts'
import { terraformFile } from './terraform-file.ts'

export type { PackageFacts } from './package-plan.ts'

/** The files of the package. Throws AppError tenant-url-invalid. */
export function createIdentityPackage(facts: PackageFacts): TextFile[] {
  const plan = packagePlan(facts)
  return [
    { name: 'start-here.md', mediaType: 'text/markdown', text: startHere(plan) },
    { name: 'permissions.md', mediaType: 'text/markdown', text: permissionsDocument(plan) },
    { name: 'step-by-step.md', mediaType: 'text/markdown', text: stepByStep(plan) },
    { name: 'create-application.ps1', mediaType: 'text/plain', text: powerShellScript(plan) },
    { name: 'create-application.sh', mediaType: 'text/x-shellscript', text: bashScript(plan) },
    { name: 'create-application.tf', mediaType: 'text/plain', text: terraformFile(plan) },
  ]
}
