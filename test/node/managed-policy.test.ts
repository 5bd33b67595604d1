// The policy of an organization, as each system keeps it.
import { describe, expect, it } from 'vitest'
import { type PolicySources, readManagedPolicy } from '../../main/node/managed-policy.ts'

const missing = () => Promise.reject(Object.assign(new Error('no such file'), { code: 'ENOENT' }))

/** A computer on which only what is given is there. */
function computer(platform: NodeJS.Platform, more: Partial<PolicySources> = {}): PolicySources {
  return { platform, env: {}, run: missing, readFile: missing, ...more }
}

/** What reg.exe prints for values of the key. */
function registry(...values: string[]): string {
  return ['', String.raw`HKEY_LOCAL_MACHINE\SOFTWARE\Policies\EMI Tray`, ...values, ''].join('\r\n')
}

describe('without a policy', () => {
  it.each(['linux', 'darwin'] as const)('everything is as the app has it on %s', async (system) => {
    expect(await readManagedPolicy(computer(system))).toEqual({
      ok: true,
      policy: { updates: true, updateChannel: null },
    })
  })

  it('everything is as the app has it on Windows, where reg.exe then fails with 1', async () => {
    const run = () => Promise.reject(Object.assign(new Error('not found'), { code: 1 }))
    expect(await readManagedPolicy(computer('win32', { run }))).toMatchObject({ ok: true })
  })
})

describe('a policy', () => {
  it('is read from the registry, by reg.exe of the system and of no other place', async () => {
    const ran: string[][] = []
    const run = (program: string, args: string[]) => {
      ran.push([program, ...args])
      return Promise.resolve(
        registry('    UpdatesEnabled    REG_DWORD    0x0', '    UpdateChannel    REG_SZ    beta'),
      )
    }
    const sources = computer('win32', { run, env: { SystemRoot: String.raw`D:\Windows` } })
    expect(await readManagedPolicy(sources)).toEqual({
      ok: true,
      policy: { updates: false, updateChannel: 'beta' },
    })
    expect(ran).toEqual([
      [
        String.raw`D:\Windows\System32\reg.exe`,
        ...['query', String.raw`HKLM\SOFTWARE\Policies\EMI Tray`, '/reg:64'],
      ],
    ])
  })

  it('is read from managed preferences, whatever form they are kept in', async () => {
    const sources = computer('darwin', {
      readFile: () => Promise.resolve('bplist00'),
      run: (program) =>
        program === '/usr/bin/plutil' ? Promise.resolve('{"UpdatesEnabled":false}') : missing(),
    })
    expect(await readManagedPolicy(sources)).toMatchObject({ policy: { updates: false } })
  })

  it('is read from /etc on Linux', async () => {
    const sources = computer('linux', {
      readFile: (file) =>
        file === '/etc/emi-tray/policy.json'
          ? Promise.resolve('{"UpdatesEnabled":true,"UpdateChannel":"beta"}')
          : missing(),
    })
    expect(await readManagedPolicy(sources)).toEqual({
      ok: true,
      policy: { updates: true, updateChannel: 'beta' },
    })
  })

  it.each([
    ['no JSON', 'linux', { readFile: () => Promise.resolve('{') }],
    ['another value', 'linux', { readFile: () => Promise.resolve('{"UpdatesEnabled":"no"}') }],
    [
      'an unknown channel',
      'win32',
      {
        run: () => Promise.resolve(registry('    UpdateChannel    REG_SZ    nightly')),
      },
    ],
    ['a registry that cannot be read', 'win32', {}],
    ['preferences that cannot be read', 'darwin', { readFile: () => Promise.resolve('bplist00') }],
    [
      'a file that may not be read',
      'linux',
      {
        readFile: () => Promise.reject(Object.assign(new Error('denied'), { code: 'EACCES' })),
      },
    ],
  ] as const)('with %s does not count as none', async (_what, system, more) => {
    const read = await readManagedPolicy(computer(system, more))
    expect(read.ok ? '' : read.reason).toContain('cannot be understood')
  })
})
