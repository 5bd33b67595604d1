// The encrypted part of an item, under both spellings that Graph uses.
import * as v from 'valibot'

/** https://learn.microsoft.com/graph/api/resources/changenotificationencryptedcontent */
const contentSchema = v.object({
  data: v.string(),
  dataKey: v.string(),
  // Some pages on Teams leave it out; without it nothing tells whether the content was changed.
  dataSignature: v.pipe(v.string(), v.minLength(1)),
  encryptionCertificateId: v.string(),
})

const itemSchema = v.object({
  encryptedContent: v.nullish(v.unknown()),
  // Printed so by the pages on chats and members.
  EncryptedContent: v.nullish(v.unknown()),
})

export type EncryptedContent = v.InferOutput<typeof contentSchema>

/** Graph's limit for the id of a certificate. */
const MAX_ID = 128

/** Reads it from a stored item; null when there is none or something is missing in it. */
export function readEncryptedContent(itemJson: string): EncryptedContent | null {
  const content = contentOf(JSON.parse(itemJson))
  const parsed = v.safeParse(contentSchema, content)
  return parsed.success ? parsed.output : null
}

/** The id of the certificate that a content is encrypted for; empty when it names none. */
export function certificateIdOf(content: unknown): string {
  if (typeof content !== 'object' || !content || !('encryptionCertificateId' in content)) return ''
  const id = content.encryptionCertificateId
  return typeof id === 'string' && id.length <= MAX_ID ? id : ''
}

function contentOf(item: unknown): unknown {
  const parsed = v.safeParse(itemSchema, item)
  return parsed.success ? (parsed.output.encryptedContent ?? parsed.output.EncryptedContent) : null
}
