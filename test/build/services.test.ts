// What runs the headless host: the systemd unit, the Windows recipe and the Dockerfile, as far as they can be read.
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { SERVICE } from '../../bench/service.ts'
import { findProgram, projectRoot } from '../../build/child.ts'

const read = (path: string) => readFileSync(join(projectRoot, path), 'utf8')
const SERVE = 'serve --no-open --data'
/** Of 10; systemd's own examples of a hardened service are about 2. */
const LARGEST_EXPOSURE = 1.5

describe('the systemd unit', () => {
  const unit = read('deploy/emi-tray.service')
  const analyze = findProgram('systemd-analyze')

  it('starts the host that stays, and takes its passphrase from a credential alone', () => {
    expect(unit).toContain(`out/main/cli.js ${SERVE} /var/lib/emi-tray`)
    expect(unit).toMatch(/^LoadCredentialEncrypted=passphrase:/m)
    expect(unit).not.toMatch(/EMI_PASSPHRASE=|EMI_KEY_FILE=/)
  })

  it.skipIf(analyze === undefined)(
    'leaves a broken service little to do, by systemd’s count',
    () => {
      const threshold = String(LARGEST_EXPOSURE * 10)
      const args = ['security', '--offline=true', `--threshold=${threshold}`, '--no-pager']
      const result = spawnSync(analyze ?? '', [...args, 'deploy/emi-tray.service'], {
        cwd: projectRoot,
        encoding: 'utf8',
      })
      expect(result.status, result.stdout.split('\n').at(-2)).toBe(0)
    },
  )
})

it('unit, image and recipe start Node as the bench measures it', () => {
  const unit = read('deploy/emi-tray.service')
  const image = read('Dockerfile')
  for (const [name, value] of Object.entries(SERVICE.environment)) {
    expect(unit).toContain(`\nEnvironment=${name}=${value}\n`)
    expect(image).toMatch(new RegExp(`^ENV .*\\b${name}=${value}$`, 'm'))
  }
  expect(unit).toContain(`/node ${SERVICE.options.join(' ')} /opt/emi-tray/out/main/cli.js`)
  expect(image).toContain(`["node", "${SERVICE.options.join('", "')}", "out/main/cli.js"]`)
  expect(read('deploy/emi-tray-winsw.xml')).toContain(`<arguments>${SERVICE.options.join(' ')} `)
})

describe('the recipe of a Windows service', () => {
  it('starts the same host under an account of its own', () => {
    const recipe = read('deploy/emi-tray-winsw.xml')
    expect(recipe).toContain(`cli.js" ${SERVE}`)
    expect(recipe).toContain('<username>NT SERVICE\\emi-tray</username>')
    expect(recipe).not.toMatch(/EMI_PASSPHRASE"|<password>/)
  })
})

describe('the Dockerfile', () => {
  const text = read('Dockerfile')
  const [, build = '', run = ''] = text.split(/^FROM .*$/m)

  it('copies what is there, and only what its ignore file lets in', () => {
    const allowed = [...read('.dockerignore').matchAll(/^!(.*)$/gm)].map(([, path = '']) => path)
    expect(read('.dockerignore')).toMatch(/^\*$/m)
    expect(allowed.filter((path) => globSync(path, { cwd: projectRoot }).length === 0)).toEqual([])
    const copied = (/^COPY (package.*) \.\/$/m.exec(build)?.[1] ?? '').split(' ')
    expect(copied.filter((path) => !allowed.includes(path))).toEqual([])
  })

  it('runs the host as nobody in particular, in a stage without sources and tools', () => {
    expect(run).toMatch(/^USER node$/m)
    expect(run).toMatch(/^HEALTHCHECK /m)
    expect(run).not.toMatch(/npm|^COPY (?!--from=build)/m)
    expect(text).toMatch(/^ENTRYPOINT \["node", .*"out\/main\/cli\.js"\]$/m)
    expect(text).toContain('CMD ["serve", "--no-open", "--data", "/data"]')
  })

  it('holds no secret', () => {
    expect(text).not.toMatch(/EMI_|SECRET|TOKEN|PASSWORD|^ARG /m)
  })
})
