// The Terraform file of the package, for the providers hashicorp/azuread and microsoft/msgraph.
import type { PackagePlan } from './package-plan.ts'
import { hclText } from './quote.ts'

/** The file as text: ASCII, lines end with LF. It has only been checked by a parser, and says so. */
export function terraformFile(plan: PackagePlan): string {
  return [
    header(plan),
    providers(plan),
    GRAPH_PRINCIPAL.replace('GRAPH_APP_ID', () => hclText(plan.graphAppId)),
    plan.appId === null ? newApplication(plan) : existingApplication(plan, plan.appId),
    consent(plan),
    secret(plan),
    outputs(plan),
  ].join('\n')
}

function header({ appId, madeOn, cloudNames }: PackagePlan): string {
  const twice = appId
    ? [
        '# It only adds: other redirect URIs, permissions and secrets of the application stay.',
        '# If a grant or a service principal is refused because it exists already, import it into the state',
        '# (terraform import), or use one of the two scripts instead, which look first.',
      ]
    : [
        '# Keep its state: with it a second run changes nothing. Without it, Terraform refuses to make a second',
        '# application of the same name.',
      ]
  const byHand = cloudNames.terraform
    ? []
    : [
        '#',
        '# This is a custom cloud. Set it by hand in the environment, with ARM_ENVIRONMENT or ARM_METADATA_HOSTNAME.',
      ]
  return [
    `# ${appId ? 'Completes' : 'Creates'} the Microsoft Entra application that connects Teams to a Bright Pattern contact center.`,
    `# Written by EMI Tray on ${madeOn}. It was checked by a Terraform parser, not applied to a tenant.`,
    '# Needs Terraform 1.5 or later; it signs in as the Azure CLI does (az login --tenant ... --allow-no-subscriptions).',
    '#',
    '# It makes what permissions.md explains: a single-tenant application with its redirect URI, its service',
    '# principal, the consent for the organization, and one client secret.',
    ...twice,
    '#',
    '# Who may apply it: a Privileged Role Administrator or Global Administrator. An Application Administrator or',
    '# Cloud Application Administrator gets as far as the consent to application permissions.',
    '#',
    '# The value of the secret is in the state. Keep the state where only those may read it who may know the secret.',
    '# To see it: terraform output -raw client_secret',
    ...byHand,
    '',
  ].join('\n')
}

function providers({ tenant, cloudNames }: PackagePlan): string {
  const tenantId = tenant ? hclText(tenant.id) : 'var.tenant_id'
  const environment = cloudNames.terraform
    ? `\n  environment = ${hclText(cloudNames.terraform)}`
    : ''
  const variable = tenant
    ? ''
    : `variable "tenant_id" {
  type        = string
  description = "The Directory (tenant) ID."
}

`
  return `terraform {
  required_version = ">= 1.5"
  required_providers {
    azuread = {
      source  = "hashicorp/azuread"
      version = "~> 3.0"
    }
    msgraph = {
      source  = "microsoft/msgraph"
      version = ">= 0.1.0"
    }
  }
}

${variable}provider "azuread" {
  tenant_id   = ${tenantId}${environment}
}

provider "msgraph" {
  tenant_id   = ${tenantId}${environment}
}
`
}

const GRAPH_PRINCIPAL = `# Microsoft Graph in this tenant; it knows the ids of its permissions.
data "azuread_service_principal" "graph" {
  client_id = GRAPH_APP_ID
}
`

function newApplication(plan: PackagePlan): string {
  return `resource "azuread_application" "emi" {
  display_name            = ${hclText(plan.displayName)}
  sign_in_audience        = ${hclText(plan.signInAudience)}
  prevent_duplicate_names = true

  web {
    redirect_uris = [${hclText(plan.redirectUri)}]
  }

  required_resource_access {
    resource_app_id = ${hclText(plan.graphAppId)}
${[
  ...plan.delegated.map((value) => resourceAccess(scopeId(value), 'Scope')),
  ...plan.application.map((value) => resourceAccess(roleId(value), 'Role')),
].join('')}  }
}

# By this name EMI Tray finds the application. Microsoft never lets it change.
resource "msgraph_update_resource" "unique_name" {
  url = "applications/\${azuread_application.emi.object_id}"
  body = {
    uniqueName = ${hclText(plan.uniqueName)}
  }
}

resource "azuread_service_principal" "emi" {
  client_id = azuread_application.emi.client_id
}

locals {
  application = azuread_application.emi
}
`
}

function resourceAccess(id: string, type: 'Scope' | 'Role'): string {
  return `
    resource_access {
      id   = ${id}
      type = "${type}"
    }
`
}

function existingApplication(plan: PackagePlan, appId: string): string {
  return `# The application that exists already. Its name stays.
data "azuread_application" "emi" {
  client_id = ${hclText(appId)}
}

locals {
  application = data.azuread_application.emi
  wanted_access = [
${[
  ...plan.delegated.map((value) => `    { id = ${scopeId(value)}, type = "Scope" },\n`),
  ...plan.application.map((value) => `    { id = ${roleId(value)}, type = "Role" },\n`),
].join('')}  ]
  present_access = flatten([
    for resource in local.application.required_resource_access : [
      for access in resource.resource_access : { id = access.id, type = access.type }
    ] if resource.resource_app_id == ${hclText(plan.graphAppId)}
  ])
  other_access = [
    for resource in local.application.required_resource_access : {
      resourceAppId  = resource.resource_app_id
      resourceAccess = [for access in resource.resource_access : { id = access.id, type = access.type }]
    } if resource.resource_app_id != ${hclText(plan.graphAppId)}
  ]
}

# Adds to its lists, and keeps what is on them.
resource "msgraph_update_resource" "application" {
  url = "applications/\${local.application.object_id}"
  body = {
    signInAudience = ${hclText(plan.signInAudience)}
    web = {
      redirectUris = distinct(concat(flatten(local.application.web[*].redirect_uris), [${hclText(plan.redirectUri)}]))
    }
    requiredResourceAccess = concat(local.other_access, [{
      resourceAppId  = ${hclText(plan.graphAppId)}
      resourceAccess = distinct(concat(local.present_access, local.wanted_access))
    }])
  }
}

# Made where it is missing, taken over where it is there; never deleted by this file.
resource "azuread_service_principal" "emi" {
  client_id    = local.application.client_id
  use_existing = true

  lifecycle {
    prevent_destroy = true
  }
}
`
}

function consent({ delegated, application }: PackagePlan): string {
  return `# The consent to delegated permissions; without a user it is for the whole organization (AllPrincipals).
resource "azuread_service_principal_delegated_permission_grant" "emi" {
  service_principal_object_id          = azuread_service_principal.emi.object_id
  resource_service_principal_object_id = data.azuread_service_principal.graph.object_id
  claim_values = [
${delegated.map((value) => `    ${hclText(value)},\n`).join('')}  ]
}

# The consent to application permissions.
resource "azuread_app_role_assignment" "emi" {
  for_each = toset([
${application.map((value) => `    ${hclText(value)},\n`).join('')}  ])
  app_role_id         = data.azuread_service_principal.graph.app_role_ids[each.value]
  principal_object_id = azuread_service_principal.emi.object_id
  resource_object_id  = data.azuread_service_principal.graph.object_id
}
`
}

function secret({ secretName, secretMonths, secretEndsAt }: PackagePlan): string {
  return `# ${secretMonths} months from the day this file was written. Change the date before the first run if a policy of your
# organization allows less; after it, another date makes another secret.
resource "azuread_application_password" "emi" {
  application_id = local.application.id
  display_name   = ${hclText(secretName)}
  end_date       = ${hclText(secretEndsAt)}
}
`
}

function outputs({ tenant }: PackagePlan): string {
  return `output "object_id" {
  value = local.application.object_id
}

output "tenant_id" {
  value = ${tenant ? hclText(tenant.id) : 'var.tenant_id'}
}

output "client_id" {
  value = local.application.client_id
}

output "client_secret" {
  value     = azuread_application_password.emi.value
  sensitive = true
}

output "client_secret_expires_at" {
  value = azuread_application_password.emi.end_date
}
`
}

function scopeId(value: string): string {
  return `data.azuread_service_principal.graph.oauth2_permission_scope_ids[${hclText(value)}]`
}

function roleId(value: string): string {
  return `data.azuread_service_principal.graph.app_role_ids[${hclText(value)}]`
}
