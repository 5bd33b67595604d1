// The Terraform file of the package. Terraform is not there to apply it: a parser reads it, and what it would make is read from the tree.
import { beforeAll, describe, expect, it } from 'vitest'
import type { PackageFacts } from '../../../main/core/identity-package/package-plan.ts'
import { openParser, problemsOf } from './parsers.ts'
import { clouds, EXISTING_APP_ID, factsOf, fileOf, nastyNames, TENANT_ID } from './samples.ts'
import { type Block, blockOf, readTerraform } from './terraform-reader.ts'

const SCOPES = 'data.azuread_service_principal.graph.oauth2_permission_scope_ids'
const ROLES = 'data.azuread_service_principal.graph.app_role_ids'

let parse: Awaited<ReturnType<typeof openParser>>
beforeAll(async () => {
  parse = await openParser('terraform')
})

describe('the Terraform file, read by a parser', () => {
  it.each(clouds)('has no syntax error whatever the name is, for $displayName', (cloud) => {
    for (const name of nastyNames) {
      for (const appId of [null, EXISTING_APP_ID]) {
        const { text } = fileOf('create-application.tf', factsOf({ cloud, name, appId }))
        expect(problemsOf(parse(text)), name).toEqual([])
        expect(text).toMatch(/^[\n -~]*$/)
      }
    }
  })

  it.each(nastyNames)(
    'keeps the name %j as it is, and lets nothing in it be a template',
    (name) => {
      const { text } = fileOf('create-application.tf', factsOf({ name }))
      const application = blockOf(readTerraform(parse(text)), 'resource', 'azuread_application')
      expect(application.attributes.display_name).toBe(name)
    },
  )

  it.each(clouds)('would make the objects of the plan, for $displayName', (cloud) => {
    const { blocks, plan } = open(factsOf({ cloud }))
    const application = blockOf(blocks, 'resource', 'azuread_application')
    expect(application.attributes).toMatchObject({
      display_name: plan.displayName,
      sign_in_audience: 'AzureADMyOrg',
    })
    expect(blockOf(application.blocks, 'web').attributes.redirect_uris).toEqual([plan.redirectUri])
    const access = blockOf(application.blocks, 'required_resource_access')
    expect(access.attributes.resource_app_id).toBe('00000003-0000-0000-c000-000000000000')
    expect(access.blocks.map(({ attributes }) => attributes)).toEqual([
      ...plan.delegated.map((value) => ({ id: { code: `${SCOPES}["${value}"]` }, type: 'Scope' })),
      ...plan.application.map((value) => ({ id: { code: `${ROLES}["${value}"]` }, type: 'Role' })),
    ])
    const uniqueName = blockOf(blocks, 'resource', 'msgraph_update_resource')
    expect(uniqueName.attributes.body).toEqual({ uniqueName: plan.uniqueName })
    expectConsentAndSecret(blocks, plan)
  })

  it('names the cloud and the tenant', () => {
    const names = clouds.map((cloud) => {
      const { blocks } = open(factsOf({ cloud }))
      const [azuread, msgraph] = ['azuread', 'msgraph'].map((name) =>
        blockOf(blocks, 'provider', name),
      )
      expect(azuread?.attributes).toEqual(msgraph?.attributes)
      expect(azuread?.attributes.tenant_id).toBe(TENANT_ID)
      return azuread?.attributes.environment
    })
    expect(names).toEqual(['global', 'usgovernmentl4', 'usgovernmentl5', 'china', undefined])
  })

  it('asks for the tenant where it is not known', () => {
    const { blocks, text } = open(factsOf({ tenant: null }))
    expect(blockOf(blocks, 'variable', 'tenant_id').attributes).not.toHaveProperty('default')
    expect(blockOf(blocks, 'provider', 'azuread').attributes.tenant_id).toEqual({
      code: 'var.tenant_id',
    })
    expect(text).not.toContain(TENANT_ID)
  })

  it('marks the output of the secret as sensitive', () => {
    const { blocks } = open(factsOf())
    expect(blockOf(blocks, 'output', 'client_secret').attributes.sensitive).toBe(true)
  })

  it('completes the application that exists, and keeps what is on its lists', () => {
    const { blocks, plan } = open(factsOf({ appId: EXISTING_APP_ID }))
    expect(blocks.filter(({ labels }) => labels[0] === 'azuread_application')).toEqual([
      expect.objectContaining({ type: 'data', attributes: { client_id: EXISTING_APP_ID } }),
    ])
    const locals = blockOf(blocks, 'locals').attributes
    expect(locals.wanted_access).toEqual([
      ...plan.delegated.map((value) => ({ id: { code: `${SCOPES}["${value}"]` }, type: 'Scope' })),
      ...plan.application.map((value) => ({ id: { code: `${ROLES}["${value}"]` }, type: 'Role' })),
    ])
    const { body } = blockOf(blocks, 'resource', 'msgraph_update_resource').attributes
    expect(body).toEqual({
      signInAudience: 'AzureADMyOrg',
      web: {
        redirectUris: {
          code: `distinct(concat(flatten(local.application.web[*].redirect_uris), ["${plan.redirectUri}"]))`,
        },
      },
      requiredResourceAccess: {
        code: expect.stringMatching(
          /local\.other_access.*distinct\(concat\(local\.present_access, local\.wanted_access\)\)/,
        ) as string,
      },
    })
    expectConsentAndSecret(blocks, plan)
  })
})

function expectConsentAndSecret(blocks: Block[], plan: ReturnType<typeof open>['plan']): void {
  const grant = blockOf(blocks, 'resource', 'azuread_service_principal_delegated_permission_grant')
  expect(grant.attributes.claim_values).toEqual(plan.delegated)
  // Without a user the grant is for all: consentType AllPrincipals.
  expect(grant.attributes).not.toHaveProperty('user_object_id')
  const assignment = blockOf(blocks, 'resource', 'azuread_app_role_assignment')
  expect(assignment.attributes).toMatchObject({
    for_each: plan.application,
    app_role_id: { code: `${ROLES}[each.value]` },
    principal_object_id: { code: 'azuread_service_principal.emi.object_id' },
    resource_object_id: { code: 'data.azuread_service_principal.graph.object_id' },
  })
  const secret = blockOf(blocks, 'resource', 'azuread_application_password')
  expect(secret.attributes).toMatchObject({
    display_name: plan.secretName,
    end_date: '2028-11-23T09:15:00.000Z',
  })
  expect(plan.secretMonths).toBe(24)
}

function open(facts: PackageFacts) {
  const { text, plan } = fileOf('create-application.tf', facts)
  return { blocks: readTerraform(parse(text)), plan, text }
}
