// The system programs that tests need: finds them, installs the missing ones where it may, says what to type elsewhere.
import { findProgram, run } from './child.ts'

export interface SystemProgram {
  name: string
  /** Other names under which it will do. */
  otherNames?: string[]
  /** Environment variable with its path. */
  variable?: string
  /** Packages of Debian and Ubuntu. */
  packages: string[]
  /** Not every system has a package of it: its test says that it is missing and is skipped. */
  optional?: boolean
}

export const systemPrograms: SystemProgram[] = [
  {
    name: 'chromium',
    otherNames: ['google-chrome-stable', 'google-chrome', 'chromium-browser'],
    variable: 'CHROMIUM_PATH',
    packages: ['chromium'],
  },
  { name: 'dbus-run-session', packages: ['dbus'] },
  { name: 'gnome-keyring-daemon', packages: ['gnome-keyring'] },
  { name: 'secret-tool', packages: ['libsecret-1-0', 'libsecret-tools'] },
  { name: 'sshd', packages: ['openssh-server'] },
  { name: 'ssh-keygen', packages: ['openssh-client'] },
  { name: 'nginx', packages: ['nginx-light'] },
  { name: 'openssl', packages: ['openssl'] },
  { name: 'tinyproxy', packages: ['tinyproxy-bin'] },
  { name: 'caddy', packages: ['caddy'], optional: true },
]

/** What is asked of the machine; a test plays it. */
export interface Machine {
  env: NodeJS.ProcessEnv
  /** Full path of a program; undefined when there is none. */
  find: (name: string) => string | undefined
  isRoot: boolean
  /** Runs a program and returns its exit code. */
  run: (program: string, args: string[]) => Promise<number>
  print: (line: string) => void
}

/** Path of a program under any of its names. */
export function pathOf(program: SystemProgram, machine: Pick<Machine, 'env' | 'find'>) {
  const named = program.variable === undefined ? undefined : machine.env[program.variable]
  if (named) return named
  for (const name of [program.name, ...(program.otherNames ?? [])]) {
    const path = machine.find(name)
    if (path !== undefined) return path
  }
  return undefined
}

/** Makes sure that all programs are there. Returns false after having said what to type. */
export async function ensureSystemPrograms(
  machine: Machine,
  programs: SystemProgram[] = systemPrograms,
): Promise<boolean> {
  const missing = missingPrograms(machine, programs)
  if (missing.length === 0) {
    await tryOptional(machine, programs)
    return true
  }
  const names = missing.map(({ name }) => name).join(', ')
  const packages = [...new Set(missing.flatMap((program) => program.packages))]
  const install = ['install', '-y', '--no-install-recommends', ...packages]
  const byHand = `sudo apt-get update && sudo apt-get ${install.join(' ')}`
  const apt = await aptOf(machine)
  if (apt === null) {
    machine.print(`The tests need programs that are missing here: ${names}.`)
    machine.print(
      machine.find('apt-get')
        ? `Type this, then run the tests again: ${byHand}`
        : `Install them with your system's package manager. On Debian and Ubuntu: ${byHand}`,
    )
    return false
  }
  machine.print(`Installing programs that the tests need: ${packages.join(' ')}`)
  // A stale or partly unreachable list may still do; the installation tells.
  await apt(['update'])
  await apt(install)
  const stillMissing = missingPrograms(machine, programs)
  if (stillMissing.length === 0) {
    await tryOptional(machine, programs)
    return true
  }
  machine.print(`Still missing: ${stillMissing.map(({ name }) => name).join(', ')}.`)
  machine.print(`Type this, then run the tests again: ${byHand}`)
  return false
}

/** The machine that this process runs on. */
export function thisMachine(): Machine {
  return {
    env: process.env,
    find: findProgram,
    isRoot: process.getuid?.() === 0,
    run: (program, args) =>
      run(program, {
        args,
        env: { DEBIAN_FRONTEND: 'noninteractive' },
        stdio: ['ignore', 'inherit', 'inherit'],
      }),
    print: (line) => console.log(line),
  }
}

function missingPrograms(machine: Machine, programs: SystemProgram[]): SystemProgram[] {
  return programs.filter((program) => !program.optional && pathOf(program, machine) === undefined)
}

/** Installs each that has a package here; without it the tests run all the same. */
async function tryOptional(machine: Machine, programs: SystemProgram[]): Promise<void> {
  const missing = programs.filter(
    (program) => program.optional && pathOf(program, machine) === undefined,
  )
  if (missing.length === 0) return
  const apt = await aptOf(machine)
  for (const { packages } of missing) {
    await apt?.(['install', '-y', '--no-install-recommends', ...packages])
  }
}

/** How apt-get is run here; null where it may not be. */
async function aptOf(machine: Machine): Promise<((args: string[]) => Promise<number>) | null> {
  const prefix = machine.find('apt-get') ? await privilege(machine) : null
  if (prefix === null) return null
  return (args) => {
    const [program = 'apt-get', ...rest] = [...prefix, 'apt-get', '-q', ...args]
    return machine.run(program, rest)
  }
}

/** What to put before apt-get; null when it may not be used. */
async function privilege(machine: Machine): Promise<string[] | null> {
  if (machine.isRoot) return []
  if (!machine.find('sudo')) return null
  return (await machine.run('sudo', ['-n', 'true'])) === 0
    ? ['sudo', '-n', 'DEBIAN_FRONTEND=noninteractive']
    : null
}
