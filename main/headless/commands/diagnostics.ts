// emi-tray diagnostics: the bundle for whoever is asked for help. Opens neither vault nor data.
import type { CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import type { ToFileOptions } from './files.ts'

/** Writes the bundle and says where it is. */
export async function runDiagnostics(
  { world, output, common }: CommandContext,
  { to }: ToFileOptions,
): Promise<number> {
  const path = await world.saveDiagnostics(common, to)
  output.result({ command: 'diagnostics', path }, [
    `Saved ${path}`,
    'It holds logs, settings and crash records, without secrets and sign-in names. Look it over before you send it.',
  ])
  return exitCodes.ok
}
