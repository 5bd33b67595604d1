// The PowerShell script of the package, for the Microsoft Graph PowerShell SDK.
import type { PackagePlan } from './package-plan.ts'
import { powerShellText } from './quote.ts'

/** The script as text: ASCII, lines end with LF. It has only been checked by a parser, and says so. */
export function powerShellScript(plan: PackagePlan): string {
  return [header(plan), parameters(plan), values(plan), FUNCTIONS, work(plan)].join('\n')
}

function header({ appId, madeOn, cloudNames }: PackagePlan): string {
  const does = appId
    ? 'Completes the Microsoft Entra application that connects Teams to a Bright Pattern contact center.'
    : 'Creates the Microsoft Entra application that connects Teams to a Bright Pattern contact center.'
  const byHand = cloudNames.graphPowerShell
    ? ''
    : `
  This is a custom cloud. Make its environment known by hand first, with Add-MgEnvironment, and give its
  name as -Environment.`
  return `#Requires -Version 5.1
#Requires -Modules Microsoft.Graph.Authentication, Microsoft.Graph.Applications, Microsoft.Graph.Identity.SignIns
<#
.SYNOPSIS
  ${does}

.DESCRIPTION
  Written by EMI Tray on ${madeOn}. It was checked by a PowerShell parser, not run against a tenant.
  Needs the Microsoft Graph PowerShell SDK, version 2 or later: Install-Module Microsoft.Graph

  It makes what permissions.md explains: a single-tenant application with its redirect URI, its service
  principal, the consent for the organization, and one client secret.
  It is safe to run twice: it looks first, adds only what is missing, and takes nothing away.

  Who may run it: a Privileged Role Administrator or Global Administrator. An Application Administrator or
  Cloud Application Administrator may run it too; it then stops at the consent to application permissions,
  and an administrator with one of the two other roles runs it again to finish.${byHand}

.PARAMETER NewSecret
  Makes a client secret even if an earlier run made one. The earlier one stays valid.

.PARAMETER SecretMonths
  The lifetime of the secret. Give less where a policy of your organization allows less.
#>`
}

function parameters({ tenant, cloudNames, secretMonths }: PackagePlan): string {
  const environment = cloudNames.graphPowerShell
  return `[CmdletBinding()]
param(
  ${parameter('TenantId', tenant?.id ?? null)},
  ${parameter('Environment', environment)},
  [ValidateRange(1, 24)] [int] $SecretMonths = ${secretMonths},
  [switch] $NewSecret
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
`
}

function parameter(name: string, value: string | null): string {
  return value === null
    ? `[Parameter(Mandatory = $true)] [string] $${name}`
    : `[string] $${name} = ${powerShellText(value)}`
}

function values(plan: PackagePlan): string {
  return `# ---- What is made ----

$displayName = ${powerShellText(plan.displayName)}
$uniqueName = ${powerShellText(plan.uniqueName)}
$redirectUri = ${powerShellText(plan.redirectUri)}
$signInAudience = ${powerShellText(plan.signInAudience)}
$delegated = ${list(plan.delegated)}
$application = ${list(plan.application)}
$consentType = ${powerShellText(plan.consentType)}
$secretName = ${powerShellText(plan.secretName)}
$graphAppId = ${powerShellText(plan.graphAppId)}
`
}

function list(items: string[]): string {
  if (items.length === 0) return '@()'
  return ['@(', ...items.map((item) => `  ${powerShellText(item)}`), ')'].join('\n')
}

const FUNCTIONS = `# ---- How ----

# True for what Microsoft's servers answer while they do not know a new object yet.
function Test-Replicating {
  param($Problem)
  $text = "$($Problem.Exception.Message) $($Problem.ErrorDetails)"
  return $text -match 'ResourceNotFound|does not exist|does not reference a valid application object|backing application|Not a valid reference update|reference-property'
}

# Tries again for about two minutes, until Microsoft's servers know what was made a moment ago.
function Wait-UntilReplicated {
  param([scriptblock] $Work)
  for ($attempt = 1; ; $attempt++) {
    try {
      return (& $Work)
    }
    catch {
      if ($attempt -ge 8) { throw }
      if (-not (Test-Replicating $_)) { throw }
      Write-Host 'Waiting for Microsoft Entra ...'
      Start-Sleep -Seconds ([Math]::Min(30, [Math]::Pow(2, $attempt)))
    }
  }
}
`

function work(plan: PackagePlan): string {
  return `Connect-MgGraph -TenantId $TenantId -Environment $Environment -ContextScope Process -NoWelcome -Scopes @(
  'Application.ReadWrite.All'
  'AppRoleAssignment.ReadWrite.All'
  'DelegatedPermissionGrant.ReadWrite.All'
)
try {
  # The ids of the permissions, from this tenant's own Microsoft Graph.
  $graph = Get-MgServicePrincipal -Filter "appId eq '$graphAppId'"
  $wanted = @()
  foreach ($value in $delegated) {
    $scope = $graph.Oauth2PermissionScopes | Where-Object { $_.Value -ceq $value }
    if (-not $scope) { throw "Microsoft Graph of this cloud does not offer the delegated permission $value." }
    $wanted += @{ id = $scope.Id; type = 'Scope' }
  }
  $roleIds = @()
  foreach ($value in $application) {
    $role = $graph.AppRoles | Where-Object { $_.Value -ceq $value }
    if (-not $role) { throw "Microsoft Graph of this cloud does not offer the application permission $value." }
    $roleIds += $role.Id
    $wanted += @{ id = $role.Id; type = 'Role' }
  }

${findApplication(plan)}

  # Its audience, redirect URI and list of permissions. What else is there stays.
  $change = @{}
  if ($app.SignInAudience -ne $signInAudience) { $change['signInAudience'] = $signInAudience }
  $redirectUris = @($app.Web.RedirectUris | Where-Object { $_ })
  if ($redirectUris -cnotcontains $redirectUri) {
    $change['web'] = @{ redirectUris = $redirectUris + $redirectUri }
  }
  $access = @($app.RequiredResourceAccess | Where-Object { $_ } | ForEach-Object {
    @{
      resourceAppId = $_.ResourceAppId
      resourceAccess = @($_.ResourceAccess | ForEach-Object { @{ id = $_.Id; type = $_.Type } })
    }
  })
  $listed = @($access | Where-Object { $_.resourceAppId -eq $graphAppId } | ForEach-Object { $_.resourceAccess })
  $keys = @($listed | ForEach-Object { "$($_.type) $($_.id)" })
  $missing = @($wanted | Where-Object { $keys -notcontains "$($_.type) $($_.id)" })
  if ($missing.Count -gt 0) {
    $others = @($access | Where-Object { $_.resourceAppId -ne $graphAppId })
    $change['requiredResourceAccess'] = $others + @{
      resourceAppId = $graphAppId
      resourceAccess = $listed + $missing
    }
  }
  if ($change.Count -gt 0) {
    Wait-UntilReplicated { Update-MgApplication -ApplicationId $app.Id -BodyParameter $change } | Out-Null
  }

  # Its service principal, which permissions are granted to.
  $principal = Get-MgServicePrincipal -Filter "appId eq '$($app.AppId)'"
  if (-not $principal) {
    $principal = Wait-UntilReplicated { New-MgServicePrincipal -BodyParameter @{ appId = $app.AppId } }
  }

  # The consent to delegated permissions, for the whole organization.
  $grants = Wait-UntilReplicated {
    Get-MgOauth2PermissionGrant -All -Filter "clientId eq '$($principal.Id)' and consentType eq '$consentType'"
  }
  $grant = $grants | Where-Object { $_.ResourceId -eq $graph.Id } | Select-Object -First 1
  if (-not $grant) {
    Wait-UntilReplicated {
      New-MgOauth2PermissionGrant -BodyParameter @{
        clientId = $principal.Id
        consentType = $consentType
        resourceId = $graph.Id
        scope = $delegated -join ' '
      }
    } | Out-Null
  }
  else {
    $granted = @($grant.Scope -split ' ' | Where-Object { $_ })
    $lacking = @($delegated | Where-Object { $granted -notcontains $_ })
    if ($lacking.Count -gt 0) {
      $update = @{
        OAuth2PermissionGrantId = $grant.Id
        BodyParameter = @{ scope = ($granted + $lacking) -join ' ' }
      }
      Update-MgOauth2PermissionGrant @update | Out-Null
    }
  }

  # The consent to application permissions.
  $assignments = Wait-UntilReplicated {
    Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $principal.Id -All
  }
  $assigned = @($assignments | Where-Object { $_.ResourceId -eq $graph.Id } | ForEach-Object { $_.AppRoleId })
  foreach ($roleId in $roleIds) {
    if ($assigned -contains $roleId) { continue }
    Wait-UntilReplicated {
      New-MgServicePrincipalAppRoleAssignedTo -ServicePrincipalId $graph.Id -BodyParameter @{
        principalId = $principal.Id
        resourceId = $graph.Id
        appRoleId = $roleId
      }
    } | Out-Null
  }

  # The secret comes last: its value is seen only once, here.
  $app = Wait-UntilReplicated { Get-MgApplication -ApplicationId $app.Id }
  $kept = $app.PasswordCredentials | Where-Object { $_.DisplayName -ceq $secretName -and $_.EndDateTime -gt (Get-Date) }
  $secret = $null
  if ($NewSecret -or -not $kept) {
    $secret = Wait-UntilReplicated {
      Add-MgApplicationPassword -ApplicationId $app.Id -BodyParameter @{
        passwordCredential = @{
          displayName = $secretName
          endDateTime = (Get-Date).ToUniversalTime().Date.AddMonths($SecretMonths)
        }
      }
    }
  }

  Write-Host ''
  Write-Host 'Done. Give these values back, as step-by-step.md says:'
  Write-Host "  Object ID              $($app.Id)"
  Write-Host "  Directory (tenant) ID  $((Get-MgContext).TenantId)"
  Write-Host "  Client ID              $($app.AppId)"
  if ($secret) {
    Write-Host "  Client secret (value)  $($secret.SecretText)"
    Write-Host "  It expires at          $($secret.EndDateTime.ToUniversalTime().ToString('yyyy-MM-dd'))"
    Write-Host 'The secret is not shown again. It can take some minutes until it works everywhere.'
  }
  else {
    Write-Host 'An earlier run made a client secret that is still valid, so none was made now.'
    Write-Host 'If its value is lost, run this script again with -NewSecret.'
  }
}
finally {
  Disconnect-MgGraph | Out-Null
}
`
}

function findApplication({ appId }: PackagePlan): string {
  if (appId !== null) {
    return `  # The application that exists already. Its name stays.
  $appId = ${powerShellText(appId)}
  $app = Get-MgApplication -Filter "appId eq '$appId'"
  if (-not $app) { throw "There is no application with Client ID $appId in this tenant." }`
  }
  return `  # The application. Its unique name keeps a second one from being made.
  $app = Get-MgApplicationByUniqueName -UniqueName $uniqueName -ErrorAction SilentlyContinue
  if (-not $app) {
    Invoke-MgGraphRequest -Method PATCH -Uri "/v1.0/applications(uniqueName='$uniqueName')" -ContentType 'application/json; charset=utf-8' -Headers @{ Prefer = 'create-if-missing' } -Body @{
      displayName = $displayName
      signInAudience = $signInAudience
    } | Out-Null
    $app = Wait-UntilReplicated { Get-MgApplicationByUniqueName -UniqueName $uniqueName }
  }`
}
