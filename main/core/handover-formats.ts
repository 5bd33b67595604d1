// The hand-over in other formats: .env, JSON and CSV, with or without the secret.
import type {
  Handover,
  HandoverField,
  HandoverValue,
  TextFile,
} from '../contract/models/handover.ts'
import { AppError } from './app-error.ts'
import { formatCsv, isMarkedInCsv } from './csv.ts'

const ENV_NAMES: Record<HandoverField, string> = {
  name: 'EMI_NAME',
  'object-id': 'EMI_OBJECT_ID',
  'tenant-id': 'EMI_TENANT_ID',
  'client-id': 'EMI_CLIENT_ID',
  'client-secret': 'EMI_CLIENT_SECRET',
  'expires-at': 'EMI_EXPIRES_AT',
}

const JSON_NAMES: Record<HandoverField, string> = {
  name: 'name',
  'object-id': 'objectId',
  'tenant-id': 'tenantId',
  'client-id': 'clientId',
  'client-secret': 'clientSecret',
  'expires-at': 'expiresAt',
}

const LEFT_OUT = 'Left out on purpose. Copy it from the Handover page of EMI Tray.'
const MARKED = 'The first apostrophe keeps spreadsheets from running the value. Do not copy it.'

interface Field {
  field: HandoverField
  label: string
  value: string
  /** What a reader must know about this field; empty for nothing. */
  note: string
}

/**
 * The file; `clientSecret` is null where the person did not ask for it.
 * Throws AppError input-invalid for a name that no .env file can carry.
 */
export function exportHandover(
  handover: Handover,
  { format, clientSecret }: { format: 'env' | 'json' | 'csv'; clientSecret: string | null },
): TextFile {
  const fields = handover.values.map((value) => fieldOf(value, clientSecret))
  switch (format) {
    case 'env':
      return { name: 'emi-handover.env', mediaType: 'text/plain', text: asEnv(fields) }
    case 'json':
      return {
        name: 'emi-handover.json',
        mediaType: 'application/json',
        text: asJson(handover, fields),
      }
    case 'csv':
      return { name: 'emi-handover.csv', mediaType: 'text/csv', text: asCsv(fields) }
  }
}

function fieldOf(
  { field, label, value, secret, readOnly, help }: HandoverValue,
  clientSecret: string | null,
): Field {
  if (!secret) return { field, label, value: value ?? '', note: readOnly ? help : '' }
  return { field, label, value: clientSecret ?? '', note: clientSecret === null ? LEFT_OUT : '' }
}

function asEnv(fields: Field[]): string {
  const lines = fields.flatMap(({ field, label, value, note }) => [
    `# ${label}${note && `: ${note}`}`,
    `${ENV_NAMES[field]}=${quotedForEnv(label, value)}`,
  ])
  return [
    '# Values for the Microsoft Teams integration account in Bright Pattern.',
    '# Can be read by dotenv libraries, and by a shell: set -a; . ./emi-handover.env',
    ...lines,
    '',
  ].join('\n')
}

/**
 * Shells and dotenv libraries agree on two notations only: everything but an apostrophe between apostrophes, and
 * between double quotes everything that neither a shell nor a library treats specially. A value outside both would
 * be read differently by one of them. https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html
 */
function quotedForEnv(label: string, value: string): string {
  // dotenv turns a carriage return into a line feed, and no shell variable holds NUL.
  const isPortable = !/[\r\0]/.test(value)
  if (isPortable && !value.includes("'")) return `'${value}'`
  if (isPortable && !/["$`\\]/.test(value)) return `"${value}"`
  throw new AppError('input-invalid', {
    message: `“${label}” cannot be written into a .env file: an apostrophe beside ", $, \` or \\ would be read differently by shells and other programs.`,
    nextStep: `Choose JSON or CSV instead, or change “${label}” in Settings.`,
  })
}

function asJson(handover: Handover, fields: Field[]): string {
  const byName = (of: (field: Field) => string) =>
    Object.fromEntries(fields.map((field) => [JSON_NAMES[field.field], of(field)]))
  const noted = fields.filter((one) => one.note !== '')
  const content = {
    format: 'emi-handover',
    formVersion: handover.form,
    values: byName((one) => one.value),
    labels: byName((one) => one.label),
    notes: Object.fromEntries(noted.map((one) => [JSON_NAMES[one.field], one.note])),
    redirectUri: handover.redirectUri,
    clientSecretHint: handover.secretHint,
    clientSecretExpiresAt: handover.secretExpiresAt,
  }
  return `${JSON.stringify(content, null, 2)}\n`
}

function asCsv(fields: Field[]): string {
  const rows = fields.map(({ field, label, value, note }) => {
    const notes = [note, isMarkedInCsv(value) ? MARKED : ''].filter((one) => one !== '')
    return [ENV_NAMES[field], label, value, notes.join(' ')]
  })
  return formatCsv([['Key', 'Label', 'Value', 'Note'], ...rows])
}
