// The commands of emi-tray by group; what they do is in commands/.
import type { Command } from 'commander'
import { addCare } from './care-commands.ts'
import type { CommandContext } from './command-context.ts'
import { addFiles } from './file-commands.ts'
import { addRunning } from './running-commands.ts'
import { addSettingUp } from './set-up-commands.ts'

/** What a command does with its options and arguments; resolves with the exit code. */
export type CommandWork<O> = (
  context: CommandContext,
  options: O,
  args: string[],
) => Promise<number>

export interface CommandTraits {
  /** Also where no app ever ran; elsewhere such a folder is none to work on, and is not made. */
  startsAnew?: boolean
}

export type RunCommand = <O extends object>(
  command: Command,
  work: CommandWork<O>,
  traits?: CommandTraits,
) => void

/** Adds every command to the program, in the order of --help. */
export function addCommands(program: Command, run: RunCommand): void {
  addSettingUp(program, run)
  addCare(program, run)
  addFiles(program, run)
  addRunning(program, run)
}
