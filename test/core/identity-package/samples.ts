// What the tests of the package share: every cloud, names that try to break out of their quotes, and facts made of them.
import type { Cloud, CloudId } from '../../../main/contract/models/connection.ts'
import type { ConnectionSettings } from '../../../main/contract/models/settings.ts'
import { cloudOf } from '../../../main/core/clouds.ts'
import { createIdentityPackage } from '../../../main/core/identity-package/identity-package.ts'
import { type PackageFacts, packagePlan } from '../../../main/core/identity-package/package-plan.ts'
import { defaultSettings } from '../../../main/core/settings.ts'

export const TENANT_ID = '7f1c0de2-51a5-4c1e-9d0a-3c7e2b9a4d10'
export const EXISTING_APP_ID = '5b6de3f0-8a34-4c0e-8f6b-1f5f2f6f7a11'
export const NOW = new Date('2026-11-23T10:15:00Z')

const customHosts = {
  customLoginHost: 'https://login.example.test',
  customGraphHost: 'https://graph.example.test',
}

export const clouds: Cloud[] = (
  ['global', 'us-gov-l4', 'us-gov-l5', 'china', 'custom'] satisfies CloudId[]
).map((cloud) => cloudOf({ ...defaultSettings.connections.microsoft, ...customHosts, cloud }))

export const nastyNames = [
  `O'Neil's "EMI" server`,
  '$HOME $(touch /tmp/x) ${PATH} `id`',
  'a\nb\r\nc',
  'Störungsdienst 窓口 \u{1F600}',
  '${var.x} %{ if true } $${y} %%{z}',
  `'@\n"@\n@'`,
  '\u2018a\u2019b\u201Ac\u201B \u201Cd\u201D \u201Ee',
  'EOF\nEOF\n#> <# */ -- */',
  '--help -rf *',
  String.raw`\ \\ \n \" \u0041 \$`,
  '; rm -rf / & echo | tee > x < y',
  '\u202Ereversed\u2066 \u0000\u0007\u2028',
  '@{ a = 1 }; $env:PATH; $($x)',
  '!x ^y %PATH% ~ {a,b}',
  '',
]

export function factsOf(change: Partial<PackageFacts> & { name?: string } = {}): PackageFacts {
  const { name, ...facts } = change
  const settings: ConnectionSettings = {
    ...defaultSettings.connections.microsoft,
    tenantUrl: 'acme.brightpattern.com',
    ...(name === undefined ? {} : { applicationName: name }),
  }
  return {
    settings,
    cloud: cloudOf(settings),
    tenant: { id: TENANT_ID, displayName: 'Contoso' },
    appId: null,
    now: NOW,
    ...facts,
  }
}

/** One file of the package made of these facts, and the plan it is held against. */
export function fileOf(name: string, facts: PackageFacts) {
  const file = createIdentityPackage(facts).find((one) => one.name === name)
  if (!file) throw new Error(`The package has no ${name}.`)
  return { text: file.text, plan: packagePlan(facts) }
}
