// Starting with the person's session on Linux: a file in the autostart folder, which Electron does not write.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AppError } from '../core/app-error.ts'
import type { LoginItem } from '../core/ports/machine.ts'

export interface Program {
  /** The program's full path. */
  path: string
  args: string[]
}

/** Starts the program by an autostart file. */
export function autostartFile(file: string, program: Program): LoginItem {
  return {
    isOn: async () => {
      try {
        const text = await readFile(file, 'utf8')
        // Desktops switch an entry off by this line instead of deleting it.
        return !/^Hidden=true$/m.test(text)
      } catch {
        return false
      }
    },
    set: async (on) => {
      try {
        if (!on) {
          await rm(file, { force: true })
          return
        }
        await mkdir(dirname(file), { recursive: true })
        await writeFile(file, autostartText(program))
      } catch (error) {
        throw new AppError('data-folder-unwritable', {
          message: `The file ${file} that starts EMI Tray at login cannot be written.`,
          nextStep: 'Let your user write to that folder, then try again.',
          cause: error,
        })
      }
    },
  }
}

/** Where desktops look. https://specifications.freedesktop.org/autostart-spec/latest/ */
export function autostartPath(env: NodeJS.ProcessEnv, home: string, id: string): string {
  const config = env['XDG_CONFIG_HOME']?.startsWith('/')
    ? env['XDG_CONFIG_HOME']
    : join(home, '.config')
  return join(config, 'autostart', `${id}.desktop`)
}

/** The text of the autostart file. */
export function autostartText({ path, args }: Program): string {
  return `${[
    '[Desktop Entry]',
    'Type=Application',
    'Name=EMI Tray',
    'Comment=Receives Teams notifications for the contact center',
    `Exec=${[path, ...args].map(quoted).join(' ')}`,
    'Terminal=false',
  ].join('\n')}\n`
}

/** Quoted twice over: for Exec, and for a value of the file. https://specifications.freedesktop.org/desktop-entry-spec/latest/ */
function quoted(argument: string): string {
  const forExec = argument.replace(/["`$\\]/g, '\\$&').replaceAll('%', '%%')
  return `"${forExec.replaceAll('\\', '\\\\')}"`
}
