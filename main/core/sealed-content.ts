// What a sealed hand-over holds, as JSON inside the encrypted file, and reading it back.
import * as v from 'valibot'
import { connectionSettingsSchema } from '../contract/settings-schema.ts'
import { AppError } from './app-error.ts'
import { parseTenantUrl } from './settings.ts'

export const SEALED_FORMAT = 'emi-tray-handover'
export const SEALED_VERSION = 1

const { formVersion, integrationName, optionalPermissions } = connectionSettingsSchema.entries
const text = v.pipe(v.string(), v.minLength(1), v.maxLength(2_000))
const anyText = v.pipe(v.string(), v.maxLength(2_000))
const time = v.pipe(
  v.string(),
  v.check((value) => Number.isFinite(Date.parse(value))),
)
const names = v.pipe(v.array(text), v.maxLength(200))

const contentSchema = v.object({
  format: v.literal(SEALED_FORMAT),
  version: v.literal(SEALED_VERSION),
  createdAt: time,
  expiresAt: time,
  cloud: v.object({ id: text, displayName: anyText, loginHost: text, graphHost: text }),
  tenantId: text,
  tenantDisplayName: anyText,
  tenantUrl: v.pipe(text, v.check(isTenantUrl)),
  applicationName: anyText,
  appId: text,
  applicationObjectId: text,
  servicePrincipalId: anyText,
  redirectUri: text,
  clientSecret: v.object({
    keyId: text,
    hint: anyText,
    displayName: anyText,
    start: time,
    end: time,
    text,
  }),
  permissions: v.object({ delegated: names, application: names, optional: optionalPermissions }),
  formVersion,
  integrationName,
})

/** Everything that another EMI Tray needs to go on with the integration. */
export type SealedContent = v.InferOutput<typeof contentSchema>

/** The content of a file that was opened. Throws AppError sealed-unreadable; its text never repeats the content. */
export function readSealedContent(json: string): SealedContent {
  const value = parsedOf(json)
  const head = v.safeParse(
    v.object({ format: v.literal(SEALED_FORMAT), version: v.number() }),
    value,
  )
  if (!head.success) {
    throw new AppError('sealed-unreadable', {
      message: 'The passphrase is right, but the file is not a hand-over of EMI Tray.',
      nextStep: 'Ask for the file that EMI Tray saves as “Sealed hand-over”.',
    })
  }
  if (head.output.version > SEALED_VERSION) {
    throw new AppError('sealed-unreadable', {
      message: 'The hand-over was made by a newer EMI Tray than this one.',
      nextStep: 'Update EMI Tray on this computer, then open the file again.',
      details: `version ${head.output.version}, this one reads ${SEALED_VERSION}`,
    })
  }
  const content = v.safeParse(contentSchema, value)
  if (content.success) return content.output
  throw new AppError('sealed-unreadable', {
    message: 'The hand-over could be opened, but something in it is missing or wrong.',
    nextStep: 'Ask for a new file, made with the latest EMI Tray.',
    // The field's name only: its value may be the secret.
    details: v.getDotPath(content.issues[0]) ?? 'content',
  })
}

/** A parser's error would quote the text around the fault, so it is dropped. */
function parsedOf(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

function isTenantUrl(value: string): boolean {
  try {
    return parseTenantUrl(value) === value
  } catch {
    // Not an address: that is the answer.
    return false
  }
}
