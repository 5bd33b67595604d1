// The hand-over in other formats: .env, JSON and CSV, with or without the secret.
import type { Handover, TextFile } from '../contract/models.ts'

/** The file; `clientSecret` is null where the person did not ask for it. */
export function exportHandover(
  handover: Handover,
  { format, clientSecret }: { format: 'env' | 'json' | 'csv'; clientSecret: string | null },
): TextFile {
  throw new Error(`handover.export ${format} ${handover.form} ${clientSecret === null}`)
}
