// Remembers on disk which programs this app has started, so that those that outlived a killed app are ended later.
import { execFile, spawn } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { writeFileAtomically } from './atomic-file.ts'

export interface ProgramBook {
  /** Notes a program that was just started as the leader of a group of its own. */
  note(pid: number): Promise<void>
  /** It has ended. */
  forget(pid: number): Promise<void>
  /** Ends what an earlier run of the app left behind; does so once, however often it is called. */
  endLeftOver(): Promise<void>
}

const ASK_LIMIT_MS = 10_000
/** How long a program may take to end by itself. */
const END_LIMIT_MS = 2_000
const LOOK_AGAIN_MS = 50

const shape = v.array(v.object({ pid: v.pipe(v.number(), v.integer()), birth: v.string() }))

/** The book in a file that nobody else writes meanwhile. A file that cannot be used stops nothing. */
export function programBook(file: string): ProgramBook {
  const running = new Map<number, string>()
  let leftOver: Promise<void> | undefined
  let saving = Promise.resolve()
  const save = () => {
    saving = saving.then(async () => {
      const entries = [...running].map(([pid, birth]) => ({ pid, birth }))
      try {
        if (entries.length === 0) await rm(file, { force: true })
        else await writeFileAtomically(file, `${JSON.stringify(entries)}\n`)
      } catch {
        // Then a program may outlive a killed app, as it would without the book.
      }
    })
    return saving
  }
  return {
    async note(pid) {
      const birth = await birthOf(pid)
      if (birth === null) return
      running.set(pid, birth)
      await save()
    },
    async forget(pid) {
      if (running.delete(pid)) await save()
    },
    endLeftOver: () =>
      (leftOver ??= readEntries(file).then(async (entries) => {
        await Promise.all(entries.map(endIfSame))
        if (entries.length > 0) await save()
      })),
  }
}

/** Ends a program and what it started. Nothing happens where it has ended. */
export function killTree(pid: number, signal: NodeJS.Signals): void {
  if (process.platform === 'win32') {
    spawn('taskkill', ['/pid', String(pid), '/t', '/f'], { windowsHide: true }).on('error', () => {
      // Windows without its own tools: the program stays.
    })
    return
  }
  try {
    process.kill(-pid, signal)
  } catch {
    // The whole group has ended.
  }
}

async function readEntries(file: string): Promise<v.InferOutput<typeof shape>> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'))
    return v.is(shape, value) ? value : []
  } catch {
    // There is none, which is how it should be.
    return []
  }
}

/** A process id is given to another program one day: only one that was born then is ended. */
async function endIfSame({ pid, birth }: { pid: number; birth: string }): Promise<void> {
  const isSame = async () => (await birthOf(pid)) === birth
  if (!(await isSame())) return
  killTree(pid, 'SIGTERM')
  for (let waitedMs = 0; waitedMs < END_LIMIT_MS; waitedMs += LOOK_AGAIN_MS) {
    await sleep(LOOK_AGAIN_MS)
    if (!(await isSame())) break
  }
  // What it started may have outlived it; a group keeps its number as long as anybody is in it. Windows has no groups.
  if (process.platform !== 'win32' || (await isSame())) killTree(pid, 'SIGKILL')
}

/** When a process was started, in the words of the system; null when there is none. */
async function birthOf(pid: number): Promise<string | null> {
  try {
    if (process.platform === 'linux') return await birthOnLinux(pid)
    const [program, args] =
      process.platform === 'win32'
        ? ['powershell.exe', ['-NoProfile', '-Command', `(Get-Process -Id ${pid}).StartTime.Ticks`]]
        : ['ps', ['-o', 'lstart=', '-p', String(pid)]]
    const { stdout } = await promisify(execFile)(program, args, {
      timeout: ASK_LIMIT_MS,
      windowsHide: true,
      env: { ...process.env, LC_ALL: 'C' },
    })
    return stdout.trim() || null
  } catch {
    return null
  }
}

/** Ticks since the start of the system, and which start that was: no setting of the clock changes either. */
async function birthOnLinux(pid: number): Promise<string | null> {
  const [stat, boot] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
  ])
  // The second field is a name that may hold anything. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, startTicks] = [fields[0], fields[19]]
  return state === 'Z' || startTicks === undefined ? null : `${boot.trim()} ${startTicks}`
}
