// Finding and installing the system programs, on machines that a test plays.
import { describe, expect, it } from 'vitest'
import { findProgram } from '../../build/child.ts'
import {
  ensureSystemPrograms,
  pathOf,
  systemPrograms,
  type Machine,
} from '../../build/system-programs.ts'

const all = systemPrograms.map(({ name }) => name)

describe('ensureSystemPrograms', () => {
  it('does nothing where everything is there', async () => {
    const machine = playMachine({ programs: all })
    expect(await ensureSystemPrograms(machine)).toBe(true)
    expect(machine.commands).toEqual([])
    expect(machine.lines).toEqual([])
  })

  it('installs only the packages of what is missing, as root', async () => {
    const machine = playMachine({
      programs: [...without('nginx', 'sshd'), 'apt-get'],
      isRoot: true,
    })
    machine.onRun = (command) => {
      if (command.includes('install')) machine.programs.push('nginx', 'sshd')
      return 0
    }
    expect(await ensureSystemPrograms(machine)).toBe(true)
    expect(machine.commands).toEqual([
      'apt-get -q update',
      'apt-get -q install -y --no-install-recommends openssh-server nginx-light',
    ])
  })

  it('uses sudo where that asks for no password', async () => {
    const machine = playMachine({ programs: [...without('openssl'), 'apt-get', 'sudo'] })
    machine.onRun = (command) => {
      if (command.includes('install')) machine.programs.push('openssl')
      return 0
    }
    expect(await ensureSystemPrograms(machine)).toBe(true)
    expect(machine.commands.at(-1)).toMatch(/^sudo -n .*apt-get .*install .* openssl$/)
  })

  it('names the missing programs and the exact line to type where it may not install', async () => {
    const machine = playMachine({ programs: [...without('chromium'), 'apt-get', 'sudo'] })
    machine.onRun = () => 1
    expect(await ensureSystemPrograms(machine)).toBe(false)
    expect(machine.commands).toEqual(['sudo -n true'])
    expect(machine.lines.join('\n')).toContain('missing here: chromium.')
    expect(machine.lines.at(-1)).toContain(
      'sudo apt-get update && sudo apt-get install -y --no-install-recommends chromium',
    )
  })

  it('stops where there is no apt-get', async () => {
    const machine = playMachine({ programs: without('secret-tool'), isRoot: true })
    expect(await ensureSystemPrograms(machine)).toBe(false)
    expect(machine.commands).toEqual([])
    expect(machine.lines.join('\n')).toContain('secret-tool')
  })

  it('goes on without what is optional, after having tried to install it', async () => {
    const machine = playMachine({ programs: [...without('caddy'), 'apt-get'], isRoot: true })
    machine.onRun = () => 100
    expect(await ensureSystemPrograms(machine)).toBe(true)
    expect(machine.commands).toEqual(['apt-get -q install -y --no-install-recommends caddy'])
    const unable = playMachine({ programs: without('caddy') })
    expect(await ensureSystemPrograms(unable)).toBe(true)
    expect(unable.commands).toEqual([])
  })

  it('stops when the installation did not bring everything', async () => {
    const machine = playMachine({ programs: [...without('nginx'), 'apt-get'], isRoot: true })
    machine.onRun = () => 100
    expect(await ensureSystemPrograms(machine)).toBe(false)
    expect(machine.lines.join('\n')).toContain('Still missing: nginx.')
  })
})

describe('pathOf', () => {
  const chromium = systemPrograms.find(({ name }) => name === 'chromium') ?? {
    name: '',
    packages: [],
  }

  it('prefers the path in the environment, then the first name that is there', () => {
    expect(pathOf(chromium, playMachine({ env: { CHROMIUM_PATH: '/opt/chrome' } }))).toBe(
      '/opt/chrome',
    )
    expect(pathOf(chromium, playMachine({ programs: ['google-chrome'] }))).toBe(
      '/bin/google-chrome',
    )
    expect(pathOf(chromium, playMachine({}))).toBeUndefined()
  })
})

describe('findProgram', () => {
  it('looks on the PATH and finds nothing that is not there', () => {
    expect(findProgram('node')).toMatch(/node$/)
    expect(findProgram('no-such-program-anywhere')).toBeUndefined()
  })
})

function without(...names: string[]): string[] {
  return all.filter((name) => !names.includes(name))
}

function playMachine(options: {
  programs?: string[]
  isRoot?: boolean
  env?: NodeJS.ProcessEnv
}): Machine & {
  programs: string[]
  commands: string[]
  lines: string[]
  onRun: (command: string) => number
} {
  const programs = [...(options.programs ?? [])]
  const commands: string[] = []
  const lines: string[] = []
  return {
    programs,
    commands,
    lines,
    onRun: () => 0,
    env: options.env ?? {},
    isRoot: options.isRoot ?? false,
    find: (name) => (programs.includes(name) ? `/bin/${name}` : undefined),
    run(program, args) {
      const command = [program, ...args].join(' ')
      commands.push(command)
      return Promise.resolve(this.onRun(command))
    },
    print: (line) => lines.push(line),
  }
}
