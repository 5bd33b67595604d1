// Who may import whom: reads the import lines of all sources against the table of ARCHITECTURE.
import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { importsOf, readImports, type ImportLine } from './import-lines.ts'

const root = join(import.meta.dirname, '..')

interface Rule {
  /** The files it is for: a folder or one file. The longest that fits counts. */
  of: string
  /** Own folders and files that may be imported, besides those of `of` itself. */
  own: string[]
  /** Own folders of which only types may be imported. */
  ownTypes?: string[]
  node: boolean
  /** Packages that may be imported, by name; `any` for all but electron. */
  npm: 'any' | string[]
  npmTypes?: string[]
}

const adapter: Omit<Rule, 'of' | 'own'> = { node: true, npm: 'any' }
const portsOnly = [
  'main/contract',
  'main/core/ports',
  'main/core/app-error.ts',
  'main/core/network-error.ts',
]
const host = ['main/contract', 'main/core', 'main/node']

const rules: Rule[] = [
  { of: 'main/contract', own: [], node: false, npm: ['valibot'] },
  {
    of: 'main/core',
    own: ['main/contract'],
    node: false,
    npm: [
      'valibot',
      '@microsoft/microsoft-graph-client',
      'age-encryption',
      // Reads EXIF out of bytes, and HTML into a tree that is cleaned and written again; no document, no Node.
      'exifreader',
      'hast-util-from-html',
      'hast-util-sanitize',
      'hast-util-to-html',
      'hast-util-to-text',
      'ical-generator',
      'jose',
      // Standard Webhooks signatures; nothing but HMAC on typed arrays.
      'standardwebhooks',
    ],
    npmTypes: ['@microsoft/microsoft-graph-types', 'hast'],
  },
  { of: 'main/node', own: portsOnly, ...adapter },
  // Puts the adapters together, with the two parts of the core that it has to hand in.
  {
    of: 'main/node/connection.ts',
    own: [...portsOnly, 'main/node', 'main/core/clouds.ts', 'main/core/tunnel/static-url.ts'],
    ...adapter,
  },
  // The only door to the practice tenant.
  {
    of: 'main/node/practice-host.ts',
    own: [...portsOnly, 'main/node', 'main/practice'],
    ...adapter,
  },
  { of: 'main/electron', own: host, node: true, npm: 'any', npmTypes: [] },
  { of: 'main/headless', own: host, ...adapter },
  { of: 'main/practice', own: [], ...adapter },
  { of: 'preload', own: [], ownTypes: ['main/contract'], node: false, npm: ['electron'] },
  {
    of: 'renderer',
    own: ['main/contract'],
    node: false,
    npm: ['svelte', '@lucide/svelte', 'bits-ui', 'virtua'],
  },
]

/** The areas of the core meet at its top level only: across them go types, and what all use to speak to Graph. */
const coreAreas = ['entra', 'subscription', 'webhook', 'tunnel']
const usedAcross = ['main/core/entra/graph-client.ts']

describe('who may import whom', () => {
  const imports = readImports(root, ['main', 'preload', 'renderer'])

  it('is kept by every source', () => {
    expect(imports.flatMap(breachesOf)).toEqual([])
  })

  it('reads real imports of every folder of the table', () => {
    for (const { of } of rules) {
      expect(
        imports.some(({ file }) => file === of || file.startsWith(`${of}/`)),
        of,
      ).toBe(true)
    }
  })

  it('gives every source a rule', () => {
    expect(imports.filter(({ file }) => !ruleOf(file)).map(({ file }) => file)).toEqual([])
  })
})

describe('the reader of imports', () => {
  it.each([
    ['main/core/app.ts', "import { readFile } from 'node:fs/promises'"],
    ['main/core/app.ts', "import fs from 'fs'"],
    ['main/core/app.ts', "import { app } from 'electron'"],
    ['main/core/app.ts', "import { startWebHost } from '../headless/web-host.ts'"],
    ['main/core/app.ts', "import { openVault } from '../node/vault.ts'"],
    ['main/core/app.ts', "export * from '../practice/people.ts'"],
    ['main/core/app.ts', "import type { Foo } from 'undici'"],
    ['main/core/app.ts', "import { User } from '@microsoft/microsoft-graph-types'"],
    ['main/core/app.ts', "const x = await import('../node/vault.ts')"],
    ['main/core/app.ts', "type X = import('../node/vault.ts').Vault"],
    ['main/core/webhook/endpoint.ts', "import { makePlan } from '../entra/plan.ts'"],
    ['main/contract/calls.ts', "import { AppError } from '../core/app-error.ts'"],
    ['main/node/vault.ts', "import { EmiApp } from '../core/app.ts'"],
    ['main/node/vault.ts', "import { people } from '../practice/people.ts'"],
    ['main/headless/program.ts', "import { app } from 'electron'"],
    ['main/headless/program.ts', "import { createTray } from '../electron/tray.ts'"],
    ['main/headless/program.ts', "import { people } from '../practice/people.ts'"],
    ['main/practice/people.ts', "import { AppError } from '../core/app-error.ts'"],
    ['preload/index.ts', "import { parseInput } from '../main/contract/calls.ts'"],
    ['preload/index.ts', "import fs from 'node:fs'"],
    ['renderer/main.ts', "import { EmiApp } from '../main/core/app.ts'"],
    ['renderer/App.svelte', "<p/>\n<script>\nimport { app } from 'electron'\n</script>"],
  ])('finds the breach planted in %s: %s', (file, text) => {
    const breaches = importsOf(file, text).flatMap(breachesOf)
    expect(breaches).toHaveLength(1)
    expect(breaches[0]).toContain(`${file}:${file.endsWith('.svelte') ? 3 : 1}`)
  })

  it.each([
    ['main/core/app.ts', "import type { User } from '@microsoft/microsoft-graph-types'"],
    ['main/core/webhook/endpoint.ts', "import type { Log } from '../log.ts'"],
    ['main/core/subscription/x.ts', "import type { Inbox } from '../webhook/inbox.ts'"],
    ['main/core/subscription/x.ts', "import { graph } from '../entra/graph-client.ts'"],
    ['main/node/vault.ts', "import { AppError } from '../core/app-error.ts'"],
    ['main/node/practice-host.ts', "import { people } from '../practice/people.ts'"],
    ['preload/index.ts', "import type { Push } from '../main/contract/protocol.ts'"],
    ['renderer/App.svelte', '<script lang="ts">\nimport { X } from \'@lucide/svelte\'\n</script>'],
  ])('lets %s have %s', (file, text) => {
    expect(importsOf(file, text)).toHaveLength(1)
    expect(importsOf(file, text).flatMap(breachesOf)).toEqual([])
  })
})

describe('the compiler as a second guard', () => {
  it('gives the core neither Node nor a document', () => {
    const file = join(root, 'main/core/tsconfig.json')
    const { config } = ts.parseConfigFileTextToJson(file, readFileSync(file, 'utf8')) as {
      config: { compilerOptions: Record<string, unknown>; include: string[] }
    }
    expect(config.compilerOptions.types).toEqual([])
    expect(config.compilerOptions.lib).toEqual(['ES2024', 'WebWorker'])
    expect(config.include).toEqual(['.', '../contract'])
  })
})

/** `file:line rule` for an import that breaks one. */
function breachesOf(line: ImportLine): string[] {
  const rule = ruleOf(line.file)
  const problem = rule ? problemOf(line, rule) : 'lies in a folder without a rule'
  return problem === null ? [] : [`${line.file}:${line.line} ${problem} (${line.specifier})`]
}

function ruleOf(file: string): Rule | undefined {
  return rules
    .filter(({ of }) => isIn(file, of))
    .sort((a, b) => b.of.length - a.of.length)
    .at(0)
}

function problemOf({ file, specifier, typeOnly }: ImportLine, rule: Rule): string | null {
  if (specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(file), specifier)
    if (!typeOnly && isAcrossCore(file, target))
      return 'areas of the core meet only at its top level'
    if (isIn(target, rule.of) || rule.own.some((own) => isIn(target, own))) return null
    if (typeOnly && rule.ownTypes?.some((own) => isIn(target, own))) return null
    return `${rule.of} may not import ${target}`
  }
  if (specifier.startsWith('node:')) {
    return rule.node ? null : `${rule.of} may not import Node's modules`
  }
  const name = packageOf(specifier)
  if (name === 'electron') {
    return rule.of === 'main/electron' || rule.of === 'preload'
      ? null
      : `${rule.of} may not import electron`
  }
  if (rule.npm === 'any' || rule.npm.includes(name)) return null
  if (typeOnly && rule.npmTypes?.includes(name)) return null
  return `${rule.of} may not import the package ${name}`
}

function isAcrossCore(file: string, target: string): boolean {
  const [from, to] = [areaOf(file), areaOf(target)]
  return from !== undefined && to !== undefined && from !== to && !usedAcross.includes(target)
}

function areaOf(file: string): string | undefined {
  return coreAreas.find((area) => file.startsWith(`main/core/${area}/`))
}

function isIn(file: string, place: string): boolean {
  return file === place || file.startsWith(`${place}/`)
}

function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}
