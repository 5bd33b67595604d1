// The documents of the package: the table with reasons, the steps by hand, and what every file has in common.
import { describe, expect, it } from 'vitest'
import { AppError } from '../../../main/core/app-error.ts'
import { entraPortalOf } from '../../../main/core/clouds.ts'
import { permissionTable } from '../../../main/core/entra/permissions.ts'
import { createIdentityPackage } from '../../../main/core/identity-package/identity-package.ts'
import { markdownCode, markdownText } from '../../../main/core/identity-package/quote.ts'
import { clouds, EXISTING_APP_ID, factsOf, fileOf, nastyNames, TENANT_ID } from './samples.ts'

const PORTALS = /https:\/\/[\w.]*entra\.microsoft[\w.]*/g

describe('the package', () => {
  it('has the same six files for every cloud, with plain line ends and an end', () => {
    for (const cloud of clouds) {
      const files = createIdentityPackage(factsOf({ cloud }))
      expect(files.map(({ name }) => name)).toEqual([
        'start-here.md',
        'permissions.md',
        'step-by-step.md',
        'create-application.ps1',
        'create-application.sh',
        'create-application.tf',
      ])
      for (const { name, text } of files) {
        expect(text, name).toMatch(/[^\n]\n$/)
        expect(text, name).not.toMatch(/\r|undefined|\[object/)
      }
    }
  })

  it('leads to no cloud but its own', () => {
    for (const cloud of clouds.filter(({ id }) => id !== 'custom')) {
      const others = clouds.filter((one) => one.graphHost !== cloud.graphHost)
      for (const { name, text } of createIdentityPackage(factsOf({ cloud }))) {
        for (const portal of text.match(PORTALS) ?? []) {
          expect(portal, name).toBe(entraPortalOf(cloud.id))
        }
        for (const { graphHost } of others) expect(text, name).not.toContain(`${graphHost}/`)
      }
    }
  })

  it('tells in every script who may run it, that it may run twice, and that a parser checked it', () => {
    for (const { name, text } of createIdentityPackage(factsOf())) {
      if (!name.startsWith('create-')) continue
      expect(text, name).toMatch(/Who may (run|apply) it: a Privileged Role Administrator/)
      expect(text, name).toMatch(/safe to run twice|a second run changes nothing/)
      expect(text, name).toMatch(/checked by a .*parser/)
    }
  })

  it('is refused while the address of the contact center is not known', () => {
    const { settings } = factsOf()
    const facts = factsOf({ settings: { ...settings, tenantUrl: '' } })
    expect(() => createIdentityPackage(facts)).toThrow(AppError)
  })

  it('completes the application that was chosen in the settings, as it does one that EMI Tray knows', () => {
    const { settings } = factsOf()
    const chosen = factsOf({ settings: { ...settings, adoptedAppId: EXISTING_APP_ID } })
    expect(createIdentityPackage(chosen)).toEqual(
      createIdentityPackage(factsOf({ appId: EXISTING_APP_ID })),
    )
  })
})

describe('an application that was chosen after another was set up', () => {
  it('is the one that is completed', () => {
    const { settings } = factsOf()
    const chosen = { ...settings, adoptedAppId: EXISTING_APP_ID }
    const earlier = 'eeeeeeee-0000-4000-8000-00000000000e'
    const { plan } = fileOf('start-here.md', factsOf({ settings: chosen, appId: earlier }))
    expect(plan.appId).toBe(EXISTING_APP_ID)
  })
})

describe('the table of permissions', () => {
  it('gives each one its reason, its reference and who may consent', () => {
    const { text, plan } = fileOf('permissions.md', factsOf())
    const rows = rowsOf(text, '## What is asked for')
    expect(rows).toHaveLength(plan.permissions.length)
    for (const [index, { value, kind, link }] of plan.permissions.entries()) {
      const [name, ofKind, reason, who, reference] = rows[index] ?? []
      expect(name).toBe(`\`${value}\``)
      expect(ofKind).toBe(kind)
      expect(reason?.length).toBeGreaterThan(20)
      expect(who?.startsWith('Privileged Role Administrator')).toBe(kind === 'application')
      expect(reference).toContain(`(${link})`)
    }
  })

  it('shows every extra as chosen or not', () => {
    const extras = permissionTable.filter((one) => one.optional)
    const { settings } = factsOf()
    const facts = factsOf({ settings: { ...settings, optionalPermissions: ['Chat.Read.All'] } })
    const rows = rowsOf(fileOf('permissions.md', facts).text, '## Optional extras')
    expect(rows.map(([name, , chosen]) => [name, chosen])).toEqual(
      extras.map(({ value }) => [
        `\`${value}\``,
        value === 'Chat.Read.All' ? '**chosen**' : 'not chosen',
      ]),
    )
  })

  it('says that the application cannot send messages by itself', () => {
    expect(fileOf('permissions.md', factsOf()).text).toContain('It cannot send messages by itself')
  })
})

describe('the steps by hand', () => {
  it('names everything that has to be entered or ticked', () => {
    const { text, plan } = fileOf('step-by-step.md', factsOf({ name: 'EMI server' }))
    const wanted = [plan.redirectUri, 'EMI server', ...plan.delegated, ...plan.application]
    for (const value of wanted) expect(text).toContain(`\`${value}\``)
    expect(text).toContain('Grant admin consent')
    expect(text).toContain('Copy the secret’s **Value**, not its **Secret ID**')
    expect(text).toContain('24 months')
    expect(text).toContain('sealed hand-over')
  })

  it('leads straight to the pages of an application that exists', () => {
    const { text } = fileOf('step-by-step.md', factsOf({ appId: EXISTING_APP_ID }))
    for (const page of ['Overview', 'CallAnAPI', 'Credentials', 'Authentication']) {
      expect(text).toContain(`/ApplicationMenuBlade/~/${page}/appId/${EXISTING_APP_ID}`)
    }
    expect(text).not.toContain('New registration')
  })

  it('names the tenant to be in, whatever it is called', () => {
    const tenant = { id: TENANT_ID, displayName: '[Contoso](http://x) | <b>*' }
    const { text } = fileOf('step-by-step.md', factsOf({ tenant }))
    expect(text).toContain(TENANT_ID)
    expect(text).not.toContain('[Contoso](')
    expect(text).not.toContain('<b>')
  })
})

describe('a name in Markdown', () => {
  it.each(nastyNames)('breaks neither a line nor a table: %j', (name) => {
    const { text } = fileOf(
      'start-here.md',
      factsOf({ name, tenant: { id: TENANT_ID, displayName: name } }),
    )
    const rows = rowsOf(text, '## What is made')
    expect(rows.length).toBeGreaterThan(6)
    for (const row of rows) expect(row).toHaveLength(2)
    expect(text).not.toMatch(/[\u0000\u202e\u2028]/)
  })

  it('stays what it is in a code span', () => {
    expect(markdownCode('plain')).toBe('`plain`')
    expect(markdownCode('a`b')).toBe('``a`b``')
    expect(markdownCode('`a``b`')).toBe('``` `a``b` ```')
    expect(markdownCode('a|b')).toBe(String.raw`\`a\|b\``.replaceAll('\\`', '`'))
  })

  it('is neither link nor markup nor HTML in text', () => {
    expect(markdownText('[a](b) *c* _d_ `e` <f> & g|h')).toBe(
      '\\[a\\](b) \\*c\\* \\_d\\_ \\`e\\` &lt;f&gt; &amp; g\\|h',
    )
    expect(markdownText('https://x.test')).not.toContain('://')
    expect(markdownText('a\r\nb')).toBe('a b')
  })
})

/** The cells of the first table below a heading, without its head. */
function rowsOf(text: string, heading: string): string[][] {
  const lines = text.slice(text.indexOf(heading)).split('\n')
  const start = lines.findIndex((line) => line.startsWith('| ---'))
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'))
  return lines.slice(start + 1, end).map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}
