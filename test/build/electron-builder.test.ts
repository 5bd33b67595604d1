// The packaging configuration against electron-builder's own schema.
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..', '..')

describe('electron-builder.yml', () => {
  it('is accepted by the schema of the pinned electron-builder', async () => {
    expect(await problemsOf(await readConfiguration())).toEqual([])
  })

  it('would be refused with a misspelled option', async () => {
    expect(await problemsOf({ ...(await readConfiguration()), appIdd: 'x' })).not.toEqual([])
  })

  it('packs what was built, leaves out the Node of development, and unpacks native modules', async () => {
    const configuration = await readConfiguration()
    expect(configuration).toMatchObject({ appId: 'app.emitray.desktop', asar: true })
    expect(configuration.files).toEqual(
      expect.arrayContaining([
        'out/**',
        'package.json',
        '!node_modules/node-{linux,darwin,win}-*/**',
      ]),
    )
    expect(configuration.asarUnpack).toContain('**/*.node')
  })

  it('switches off the ways to run other code inside the packed app', async () => {
    expect((await readConfiguration()).electronFuses).toMatchObject({
      runAsNode: false,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      onlyLoadAppFromAsar: true,
      grantFileProtocolExtraPrivileges: false,
    })
  })
})

async function problemsOf(configuration: unknown): Promise<unknown[]> {
  const schema: unknown = JSON.parse(
    await readFile(builderRequire().resolve('app-builder-lib/scheme.json'), 'utf8'),
  )
  // The schema has a keyword of its own, for functions, which YAML cannot hold.
  const ajv = new Ajv({ strict: false, allErrors: true })
  const validate = ajv.compile(schema as object)
  return validate(configuration) ? [] : (validate.errors ?? ['refused'])
}

async function readConfiguration(): Promise<Record<string, unknown>> {
  // Read with the very parser that electron-builder uses.
  const yaml = createRequire(builderRequire().resolve('app-builder-lib/package.json'))(
    'js-yaml',
  ) as {
    load: (text: string) => Record<string, unknown>
  }
  return yaml.load(await readFile(join(root, 'electron-builder.yml'), 'utf8'))
}

function builderRequire(): NodeJS.Require {
  return createRequire(createRequire(import.meta.url).resolve('electron-builder/package.json'))
}
