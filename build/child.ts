// Child processes of the build programs: run one to its end, hand it our signals, look up what is on the PATH.
import { spawn, type SpawnOptions } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Folder of the project. */
export const projectRoot = join(import.meta.dirname, '..')

export interface RunOptions {
  args?: string[]
  env?: NodeJS.ProcessEnv
  /** What is a pipe is passed on to our own output; the program then knows that it shares the terminal. */
  stdio?: SpawnOptions['stdio']
}

/** Runs a program in the project folder and returns its exit code; 128 and more when a signal ended it. */
export function run(program: string, { args = [], env, stdio = 'inherit' }: RunOptions = {}) {
  return new Promise<number>((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: projectRoot,
      env: { ...process.env, ...env },
      stdio,
      // npm's own start scripts are .cmd files there.
      shell: process.platform === 'win32' && !program.endsWith('.exe'),
    })
    child.stdout?.pipe(process.stdout)
    child.stderr?.pipe(process.stderr)
    // Ctrl-C reaches the child by itself; we stay to report its end. Others send to us alone.
    const ignore = () => undefined
    const forward = () => child.kill('SIGTERM')
    process.on('SIGINT', ignore)
    process.on('SIGTERM', forward)
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      process.off('SIGINT', ignore)
      process.off('SIGTERM', forward)
      resolve(code ?? (signal === 'SIGINT' ? 130 : 143))
    })
  })
}

/** A program that came with `npm ci`. */
export function ownProgram(name: string): string {
  return join(
    projectRoot,
    'node_modules',
    '.bin',
    process.platform === 'win32' ? `${name}.cmd` : name,
  )
}

/** Full path of a program on the PATH or in the folders of system services; undefined when there is none. */
export function findProgram(name: string, env: NodeJS.ProcessEnv = process.env) {
  // Debian keeps servers where the PATH of plain users does not lead.
  const folders = [...(env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/local/sbin']
  return folders
    .filter(Boolean)
    .map((folder) => join(folder, name))
    .find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    // Not there, or not ours to run: look on.
    return false
  }
}
