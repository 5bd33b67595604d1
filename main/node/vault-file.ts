// The vault's file: its format, its versions, and how damage is found.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import * as v from 'valibot'
import { AppError } from '../core/app-error.ts'
import { errorCode } from './atomic-file.ts'

const sealedSchema = v.object({
  nonce: v.pipe(v.string(), v.base64()),
  data: v.pipe(v.string(), v.base64()),
})
const contentSchema = v.object({
  holder: v.object({
    kind: v.picklist(['keychain', 'passphrase', 'key-file']),
    facts: v.record(v.string(), v.union([v.string(), v.number()])),
  }),
  dataKey: sealedSchema,
  records: v.record(v.string(), sealedSchema),
})
const fileSchema = v.object({
  format: v.literal('emi-tray-vault'),
  version: v.number(),
  checksum: v.string(),
  content: v.looseObject({}),
})

/** A value under AES-256-GCM: nonce, then ciphertext with its tag, as base64. */
export type Sealed = v.InferOutput<typeof sealedSchema>
/** What lies in the file, apart from format, version and checksum. */
export type VaultContent = v.InferOutput<typeof contentSchema>

const VERSION = 1

/** The file for a content. */
export function vaultText(content: VaultContent): string {
  const file = {
    format: 'emi-tray-vault',
    version: VERSION,
    checksum: checksumOf(content),
    content,
  }
  return `${JSON.stringify(file, null, 2)}\n`
}

/** Tells a damaged file from a wrong key. Against changes on purpose the seals protect, not this. */
function checksumOf(content: object): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('base64')
}

/** The content of the file; undefined when there is none. Throws AppError vault-unreadable. */
export async function readVaultFile(file: string): Promise<VaultContent | undefined> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw vaultUnreadable(file, errorCode(error) ?? 'it cannot be read', error)
  }
  const parsed = v.safeParse(fileSchema, parseJson(text))
  if (!parsed.success) throw vaultUnreadable(file, 'it is not a whole vault file')
  if (parsed.output.version !== VERSION) throw otherVersion(file, parsed.output.version)
  if (parsed.output.checksum !== checksumOf(parsed.output.content)) {
    throw vaultUnreadable(file, 'its checksum does not match')
  }
  const content = v.safeParse(contentSchema, parsed.output.content)
  if (!content.success) throw vaultUnreadable(file, 'it is not a whole vault file')
  return content.output
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    // The schema then says that this is no vault.
    return undefined
  }
}

/** The error for a file that is not as it was written. */
export function vaultUnreadable(file: string, details: string, cause?: unknown): AppError {
  return new AppError('vault-unreadable', {
    message: `The saved secrets cannot be read: ${file} ${cause ? 'cannot be opened' : 'is damaged'}. It was left as it is.`,
    nextStep:
      'Restore the file from a backup. Without one, move it away, sign in again and make a new client secret.',
    details,
    cause,
  })
}

function otherVersion(file: string, version: number): AppError {
  return new AppError('vault-unreadable', {
    message: `${file} was written by another version of EMI Tray (vault format ${version}).`,
    nextStep: 'Install the newest version of EMI Tray and try again.',
  })
}
