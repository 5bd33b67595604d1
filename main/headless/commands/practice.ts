// emi-tray practice: the practice tenant alone, for other programs to use, until it is interrupted.
import type { CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { columns } from '../output.ts'
import { aborted } from './serve.ts'

/** Runs the command; returns the exit code once it was asked to stop. */
export async function runPractice({ world, output, common }: CommandContext): Promise<number> {
  const practice = await world.startPractice(common)
  try {
    const { tenantDisplayName, tenantId, loginHost, graphHost, caFile, people } = practice
    output.result(
      { command: 'practice', tenantDisplayName, tenantId, loginHost, graphHost, caFile, people },
      [
        ...columns([
          ['Practice tenant', tenantDisplayName],
          ['Directory (tenant) ID', tenantId],
          ['Sign-in address', loginHost],
          ['Graph address', graphHost],
          ['Certificate authority', caFile],
        ]),
        '',
        'People:',
        ...columns(
          people.map(({ userPrincipalName, displayName, role }) => [
            `  ${userPrincipalName}`,
            `${displayName}, ${role}`,
          ]),
        ),
        '',
        `To connect to it: emi-tray setup --login-host ${loginHost} --graph-host ${graphHost} --ca-file ${caFile}`,
        'Press Ctrl-C to stop.',
      ],
    )
    await aborted(world.signal)
    return exitCodes.ok
  } finally {
    await practice.close()
  }
}
