// The shell script of the package: read by parsers, and run for real against a stand-in of the Azure CLI.
import type { Node } from 'web-tree-sitter'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ConnectionSettings } from '../../../main/contract/models/settings.ts'
import { permissionTable } from '../../../main/core/entra/permissions.ts'
import type { PackagePlan } from '../../../main/core/identity-package/package-plan.ts'
import { bashProblems, runScript } from './az-sandbox.ts'
import { FAKE_SECRET, GRAPH_ID, newTenant, permissionId, type Tenant } from './fake-tenant.ts'
import { openParser, problemsOf } from './parsers.ts'
import { clouds, EXISTING_APP_ID, factsOf, fileOf, nastyNames, TENANT_ID } from './samples.ts'

const GRAPH_APP_ID = '00000003-0000-0000-c000-000000000000'
const RUN_TIMEOUT_MS = 60_000

let parse: Awaited<ReturnType<typeof openParser>>
beforeAll(async () => {
  parse = await openParser('bash')
})

describe('the shell script, read by parsers', () => {
  it.each(clouds)('has no syntax error whatever the name is, for $displayName', async (cloud) => {
    for (const name of nastyNames) {
      const { text } = fileOf('create-application.sh', factsOf({ cloud, name }))
      expect(problemsOf(parse(text)), name).toEqual([])
      expect(await bashProblems(text), name).toBe('')
      expect(text).toMatch(/^[\n -~]*$/)
    }
  })

  it('has no syntax error where it completes an application, or asks for the tenant', async () => {
    for (const change of [{ appId: EXISTING_APP_ID }, { tenant: null }]) {
      const { text } = fileOf('create-application.sh', factsOf(change))
      expect(problemsOf(parse(text))).toEqual([])
      expect(await bashProblems(text)).toBe('')
    }
  })

  it.each(nastyNames)('keeps the name %j as it is', (name) => {
    const { text, plan } = fileOf('create-application.sh', factsOf({ name }))
    const values = assignmentsOf(parse(text))
    expect(JSON.parse(values.application_json ?? '')).toEqual({
      displayName: name,
      signInAudience: 'AzureADMyOrg',
    })
    expect(values).toMatchObject({
      unique_name: plan.uniqueName,
      redirect_uri: plan.redirectUri,
      tenant_id: TENANT_ID,
      secret_months: '24',
    })
  })
})

describe('the shell script, run against a stand-in of the Azure CLI', () => {
  it.each(clouds)(
    'makes the objects of the plan, for $displayName',
    async (cloud) => {
      const name = nastyNames.join(' ')
      const settings = { ...factsOf({ name }).settings, ...withExtras() }
      const { text, plan } = fileOf('create-application.sh', factsOf({ cloud, settings }))
      const byHand = cloud.id === 'custom' ? 'export EMI_AZ_CLOUD=OurOwn\n' : ''
      const start = newTenant({ graphHost: cloud.graphHost, cloud: 'AnotherCloud' })
      const { code, errors, output, tenant } = await runScript(byHand + text, { tenant: start })
      expect(errors).toBe('')
      expect(code).toBe(0)
      expect(tenant.cloud).toBe(plan.cloudNames.azureCli ?? 'OurOwn')
      expect(tenant.signedIn).toBe(TENANT_ID)
      expect(plan.permissions).toHaveLength(permissionTable.length)
      expectObjectsOf(plan, tenant)
      expect(tenant.applications[0]?.displayName).toBe(name)
      for (const value of [tenant.applications[0]?.id, TENANT_ID, tenant.applications[0]?.appId]) {
        expect(output).toContain(value)
      }
      expect(output).toContain(`Client secret (value)  ${FAKE_SECRET}`)
    },
    RUN_TIMEOUT_MS,
  )

  it(
    'only reads when it is run again, and makes another secret only when told to',
    async () => {
      const { text, plan } = fileOf('create-application.sh', factsOf())
      const first = await runScript(text, { tenant: newTenant() })
      const again = await runScript(text, { tenant: first.tenant })
      expect(writesOf(again.tenant)).toEqual([])
      expectObjectsOf(plan, again.tenant)
      expect(again.output).toContain('--new-secret')
      const args = ['--new-secret', '--secret-months', '6']
      const third = await runScript(text, { tenant: again.tenant, args })
      expect(writesOf(third.tenant)).toEqual(['post addPassword'])
      expect(third.output).toContain(FAKE_SECRET)
      const [, shorter] = third.tenant.applications[0]?.passwordCredentials ?? []
      expect(monthsUntil(shorter?.endDateTime)).toBe(6)
    },
    RUN_TIMEOUT_MS,
  )

  it(
    'never puts the secret on a command line, in a file or among the errors',
    async () => {
      const { text } = fileOf('create-application.sh', factsOf())
      const { tenant, errors, leftovers } = await runScript(text, { tenant: newTenant() })
      expect(JSON.stringify(tenant.calls)).not.toContain(FAKE_SECRET)
      expect(errors).not.toContain(FAKE_SECRET)
      expect(leftovers).toEqual([])
    },
    RUN_TIMEOUT_MS,
  )

  it(
    'completes the application that exists, and takes nothing away',
    async () => {
      const { text, plan } = fileOf('create-application.sh', factsOf({ appId: EXISTING_APP_ID }))
      const { code, tenant } = await runScript(text, { tenant: tenantWithHandMade() })
      expect(code).toBe(0)
      expect(tenant.applications).toHaveLength(1)
      expect(tenant.servicePrincipals).toHaveLength(1)
      const [application] = tenant.applications
      expect(application).toMatchObject({
        displayName: 'Made by hand',
        signInAudience: 'AzureADMyOrg',
        web: {
          homePageUrl: 'https://kept.example.test',
          redirectUris: ['https://kept.example.test/a', plan.redirectUri],
        },
      })
      const [other, ofGraph] = application?.requiredResourceAccess ?? []
      expect(other).toEqual(handMadeAccess)
      expect(ofGraph?.resourceAccess).toHaveLength(plan.permissions.length + 1)
      expect(tenant.grants).toHaveLength(1)
      expect(tenant.grants[0]?.scope.split(' ')).toEqual([
        'Mail.Read',
        'Chat.ReadWrite',
        ...plan.delegated.filter((one) => one !== 'Chat.ReadWrite'),
      ])
      expect(tenant.assignments).toHaveLength(plan.application.length)
    },
    RUN_TIMEOUT_MS,
  )

  it(
    'waits while Microsoft’s servers do not know the new application yet, but not for ever',
    async () => {
      const { text, plan } = fileOf('create-application.sh', factsOf())
      const patient = await runScript(text, { tenant: newTenant({ delays: 4 }) })
      expect(patient.code).toBe(0)
      expectObjectsOf(plan, patient.tenant)
      const hopeless = await runScript(text, { tenant: newTenant({ delays: 100 }) })
      expect(hopeless.code).not.toBe(0)
      expect(hopeless.errors).toContain('does not reference a valid application object')
      expect(hopeless.tenant.delays).toBe(92)
    },
    RUN_TIMEOUT_MS,
  )

  it(
    'stops where the account may not consent, without a secret; another account finishes',
    async () => {
      const { text, plan } = fileOf('create-application.sh', factsOf())
      const refused = await runScript(text, { tenant: newTenant({ mayConsent: false }) })
      expect(refused.code).not.toBe(0)
      expect(refused.errors).toContain('Who may run it')
      expect(refused.tenant.applications[0]?.passwordCredentials).toEqual([])
      const finished = await runScript(text, {
        tenant: { ...refused.tenant, mayConsent: true },
      })
      expect(finished.code).toBe(0)
      expectObjectsOf(plan, finished.tenant)
    },
    RUN_TIMEOUT_MS,
  )

  it.each([['--secret-months'], ['--secret-months', '25'], ['--surprise']])(
    'refuses options it does not know: %s %s',
    async (...args) => {
      const { text } = fileOf('create-application.sh', factsOf())
      const { code, tenant } = await runScript(text, { tenant: newTenant(), args })
      expect(code).toBe(2)
      expect(tenant.calls).toEqual([])
    },
  )

  it('says what to set where the tenant or the cloud is not known', async () => {
    const custom = clouds.find(({ id }) => id === 'custom')
    const changes = {
      EMI_AZ_CLOUD: { ...(custom && { cloud: custom }) },
      EMI_TENANT_ID: { tenant: null },
    }
    for (const [name, change] of Object.entries(changes)) {
      const { text } = fileOf('create-application.sh', factsOf(change))
      const { code, errors, tenant } = await runScript(text, { tenant: newTenant() })
      expect(code).not.toBe(0)
      expect(errors).toContain(name)
      expect(tenant.calls).toEqual([])
    }
  })
})

const handMadeAccess = {
  resourceAppId: '00000002-0000-0ff1-ce00-000000000000',
  resourceAccess: [{ id: 'ffffffff-0000-4000-8000-000000000001', type: 'Role' }],
}

function tenantWithHandMade(): Tenant {
  const servicePrincipal = { id: 'ffffffff-0000-4000-8000-000000000003', appId: EXISTING_APP_ID }
  return newTenant({
    signedIn: TENANT_ID,
    applications: [
      {
        id: 'ffffffff-0000-4000-8000-000000000002',
        appId: EXISTING_APP_ID,
        uniqueName: null,
        displayName: 'Made by hand',
        signInAudience: 'AzureADMultipleOrgs',
        web: {
          redirectUris: ['https://kept.example.test/a'],
          homePageUrl: 'https://kept.example.test',
        },
        requiredResourceAccess: [
          handMadeAccess,
          {
            resourceAppId: GRAPH_APP_ID,
            resourceAccess: [{ id: 'ffffffff-0000-4000-8000-000000000004', type: 'Scope' }],
          },
        ],
        passwordCredentials: [{ displayName: 'Old', endDateTime: '2099-01-01T00:00:00Z' }],
      },
    ],
    servicePrincipals: [servicePrincipal],
    grants: [
      {
        id: 'grant-1',
        clientId: servicePrincipal.id,
        consentType: 'AllPrincipals',
        resourceId: GRAPH_ID,
        scope: 'Mail.Read Chat.ReadWrite',
      },
    ],
  })
}

function withExtras(): Pick<ConnectionSettings, 'optionalPermissions'> {
  const extras = permissionTable.filter((one) => one.optional).map((one) => one.value)
  return { optionalPermissions: extras as ConnectionSettings['optionalPermissions'] }
}

/** Exactly one of each object, as the plan says. */
function expectObjectsOf(plan: PackagePlan, tenant: Tenant): void {
  expect(tenant.applications).toHaveLength(1)
  const [application] = tenant.applications
  expect(application).toMatchObject({
    displayName: plan.displayName,
    uniqueName: plan.uniqueName,
    signInAudience: plan.signInAudience,
    web: { redirectUris: [plan.redirectUri] },
    requiredResourceAccess: [
      {
        resourceAppId: GRAPH_APP_ID,
        resourceAccess: plan.permissions.map(({ kind, value }) => ({
          id: permissionId(kind, value),
          type: kind === 'delegated' ? 'Scope' : 'Role',
        })),
      },
    ],
  })
  expect(application?.passwordCredentials.map((one) => one.displayName)).toEqual([plan.secretName])
  const [secret] = application?.passwordCredentials ?? []
  expect(monthsUntil(secret?.endDateTime)).toBe(plan.secretMonths)
  expect(tenant.servicePrincipals).toEqual([
    { id: expect.any(String) as string, appId: application?.appId },
  ])
  const principalId = tenant.servicePrincipals[0]?.id
  expect(tenant.grants).toEqual([
    {
      id: 'grant-1',
      clientId: principalId,
      consentType: 'AllPrincipals',
      resourceId: GRAPH_ID,
      scope: plan.delegated.join(' '),
    },
  ])
  expect(tenant.assignments).toEqual(
    plan.application.map((value) => ({
      principalId,
      resourceId: GRAPH_ID,
      appRoleId: permissionId('application', value),
    })),
  )
}

/** Months from today to the day of this time; days that a shorter month lacks are forgiven. */
function monthsUntil(time: string | undefined): number {
  const [end, now] = [new Date(time ?? ''), new Date()]
  expect(now.getUTCDate() - end.getUTCDate()).toBeLessThanOrEqual(3)
  return (end.getUTCFullYear() - now.getUTCFullYear()) * 12 + end.getUTCMonth() - now.getUTCMonth()
}

function writesOf({ calls }: Tenant): string[] {
  return calls.flatMap(({ args }) => {
    const method = args[args.indexOf('--method') + 1] ?? ''
    const address = args[args.indexOf('--uri') + 1] ?? ''
    if (args[0] !== 'rest' || method === 'get') return []
    return [`${method} ${address.split('/').at(-1) ?? ''}`]
  })
}

/** The variables that the script sets to a literal, by bash's own rules for single quotes. */
function assignmentsOf(root: Node): Record<string, string> {
  return Object.fromEntries(
    root.namedChildren.flatMap((node) => {
      const [name, value] = node.namedChildren
      if (node.type !== 'variable_assignment' || !name || !value) return []
      const parts = value.type === 'concatenation' ? value.namedChildren : [value]
      const texts = parts.map((part) => {
        if (part.type === 'raw_string') return part.text.slice(1, -1)
        if (part.type === 'word') return part.text.replaceAll(/\\(.)/g, '$1')
        return part.type === 'number' ? part.text : null
      })
      return texts.includes(null) ? [] : [[name.text, texts.join('')]]
    }),
  )
}
