// Making a client secret: its text, seen once, and the record that keeps only a hash of it.
import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import { hashSecret } from './clients.ts'
import type { SecretRecord } from './tenant.ts'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~'

/** A new secret and its text. */
export function newSecret(about: {
  displayName: string | null
  start: Date
  end: Date
  visibleAt: number
}): { secret: SecretRecord; text: string } {
  const text = newSecretText()
  const salt = randomBytes(12).toString('base64url')
  const secret: SecretRecord = {
    keyId: randomUUID(),
    displayName: about.displayName,
    hint: text.slice(0, 3),
    startDateTime: about.start.toISOString(),
    endDateTime: about.end.toISOString(),
    salt,
    hash: hashSecret(text, salt),
    visibleAt: about.visibleAt,
  }
  return { secret, text }
}

// The shape real secrets have: 40 characters, “Q~” after the third to fifth.
function newSecretText(): string {
  const letters = (count: number) =>
    Array.from({ length: count }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('')
  return `${letters(3)}8Q~${letters(34)}`
}
