// The PowerShell script of the package. PowerShell is not there to run it: a parser reads it, and what it would make is read from the tree.
import { beforeAll, describe, expect, it } from 'vitest'
import { permissionTable } from '../../../main/core/entra/permissions.ts'
import type { PackageFacts } from '../../../main/core/identity-package/package-plan.ts'
import { openParser, problemsOf } from './parsers.ts'
import { type PowerShellScript, readPowerShell } from './powershell-reader.ts'
import { clouds, EXISTING_APP_ID, factsOf, fileOf, nastyNames, TENANT_ID } from './samples.ts'

let parse: Awaited<ReturnType<typeof openParser>>
beforeAll(async () => {
  parse = await openParser('powershell')
})

describe('the PowerShell script, read by a parser', () => {
  it.each(clouds)('has no syntax error whatever the name is, for $displayName', (cloud) => {
    for (const name of nastyNames) {
      for (const appId of [null, EXISTING_APP_ID]) {
        const { text } = fileOf('create-application.ps1', factsOf({ cloud, name, appId }))
        expect(problemsOf(parse(text)), name).toEqual([])
        // Windows PowerShell reads a file without a byte order mark in the machine's code page.
        expect(text).toMatch(/^[\n -~]*$/)
      }
    }
  })

  it.each(nastyNames)('keeps the name %j as it is', (name) => {
    const { script } = open(factsOf({ name }))
    expect(script.variables.displayName).toBe(name)
  })

  it('takes other names for other names', () => {
    const [one, two] = ['a', 'b'].map(
      (name) => open(factsOf({ name })).script.variables.displayName,
    )
    expect(one).not.toBe(two)
  })

  it.each(clouds)('would make the objects of the plan, for $displayName', (cloud) => {
    const { script, plan } = open(factsOf({ cloud, settings: withExtras() }))
    expect(parametersOf(script, 'Invoke-MgGraphRequest')).toMatchObject({
      Method: 'PATCH',
      Uri: `/v1.0/applications(uniqueName='${plan.uniqueName}')`,
      Headers: { Prefer: 'create-if-missing' },
      Body: { displayName: plan.displayName, signInAudience: 'AzureADMyOrg' },
    })
    expect(script.variables.redirectUri).toBe(plan.redirectUri)
    expect(script.changes["$change['web']"]).toEqual({
      redirectUris: { code: '$redirectUris + $redirectUri' },
    })
    expect(script.changes["$change['signInAudience']"]).toBe('AzureADMyOrg')
    expect(parametersOf(script, 'New-MgServicePrincipal').BodyParameter).toEqual({
      appId: { code: '$app.AppId' },
    })
    expect(parametersOf(script, 'New-MgOauth2PermissionGrant').BodyParameter).toEqual({
      clientId: { code: '$principal.Id' },
      consentType: 'AllPrincipals',
      resourceId: { code: '$graph.Id' },
      scope: plan.delegated.join(' '),
    })
    expect(parametersOf(script, 'New-MgServicePrincipalAppRoleAssignedTo').BodyParameter).toEqual({
      principalId: { code: '$principal.Id' },
      resourceId: { code: '$graph.Id' },
      appRoleId: { code: '$roleId' },
    })
    expect(parametersOf(script, 'Add-MgApplicationPassword').BodyParameter).toEqual({
      passwordCredential: {
        displayName: plan.secretName,
        endDateTime: { code: '(Get-Date).ToUniversalTime().Date.AddMonths($SecretMonths)' },
      },
    })
    expect(script.variables.SecretMonths).toBe(plan.secretMonths)
  })

  it('declares each delegated permission as a scope and each application permission as a role', () => {
    const { script, plan } = open(factsOf({ settings: withExtras() }))
    expect(plan.delegated.length + plan.application.length).toBe(permissionTable.length)
    expect(script.loops).toContainEqual({
      over: plan.delegated,
      tables: [{ id: { code: '$scope.Id' }, type: 'Scope' }],
    })
    expect(script.loops).toContainEqual({
      over: plan.application,
      tables: [{ id: { code: '$role.Id' }, type: 'Role' }],
    })
    expect(script.changes["$change['requiredResourceAccess']"]).toMatchObject({
      code: expect.stringContaining('$listed + $missing') as string,
    })
  })

  it('signs in to the right tenant and cloud, with no more rights than it needs', () => {
    const names = clouds.map((cloud) => open(factsOf({ cloud })).script.variables.Environment)
    expect(names).toEqual(['Global', 'USGov', 'USGovDoD', 'China', undefined])
    const { script } = open(factsOf())
    expect(script.variables.TenantId).toBe(TENANT_ID)
    expect(parametersOf(script, 'Connect-MgGraph').Scopes).toEqual([
      'Application.ReadWrite.All',
      'AppRoleAssignment.ReadWrite.All',
      'DelegatedPermissionGrant.ReadWrite.All',
    ])
  })

  it('asks for the tenant and the environment where they are not known', () => {
    const custom = clouds.filter(({ id }) => id === 'custom')
    for (const cloud of custom) {
      const { script, text } = open(factsOf({ cloud, tenant: null }))
      expect(script.variables.TenantId).toBeUndefined()
      expect(text).toContain('[Parameter(Mandatory = $true)] [string] $TenantId')
      expect(text).toContain('[Parameter(Mandatory = $true)] [string] $Environment')
      expect(text).toContain('Add-MgEnvironment')
    }
  })

  it('completes the application that exists instead of making one', () => {
    const { script } = open(factsOf({ appId: EXISTING_APP_ID }))
    expect(script.variables.appId).toBe(EXISTING_APP_ID)
    const names = script.commands.map(({ name }) => name)
    expect(names).not.toContain('Invoke-MgGraphRequest')
    expect(names).toContain('Update-MgApplication')
  })
})

function withExtras() {
  const { settings } = factsOf()
  const extras = permissionTable.filter((one) => one.optional).map((one) => one.value)
  return { ...settings, optionalPermissions: extras as typeof settings.optionalPermissions }
}

function open(facts: PackageFacts) {
  const { text, plan } = fileOf('create-application.ps1', facts)
  return { script: readPowerShell(parse(text)), plan, text }
}

function parametersOf({ commands }: PowerShellScript, name: string) {
  const found = commands.filter((one) => one.name === name)
  expect(found, name).toHaveLength(1)
  return found[0]?.parameters ?? {}
}
