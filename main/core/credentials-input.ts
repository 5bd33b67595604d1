// Reading pasted credentials: forgiving about quotes and labels, clear about what belongs in which field.
import { AppError } from './app-error.ts'

export interface Credentials {
  /** A GUID or a domain name; empty where what was pasted is neither. */
  tenantId: string
  /** A GUID; empty where what was pasted is none. */
  clientId: string
  clientSecret: string
}

const GUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi
const ONLY_GUID = new RegExp(`^${GUID.source}$`, 'i')
const DOMAIN = /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/i
/** What people copy along with a value: labels, and names of environment variables and of JSON properties. */
const LABEL =
  /^["']?(?:export\s+)?(?:[A-Z_]*(?:TENANT|CLIENT|SECRET)[A-Z_]*|tenant (?:id|domain)|client secret|secret value|value|password)["']?\s*[:=\t]\s*/i
const QUOTES = '["\'`“”‘’«»]'
const QUOTED = new RegExp(`^${QUOTES}+(.*?)${QUOTES}+[,;]?$`, 's')
/** Entra's secrets: three characters, a digit, `Q~`, and more. */
const LOOKS_LIKE_SECRET = /[\w.~-]{3}\dQ~[\w.~-]{20,}/

/** The three values without what surrounds them, and what is wrong with them; `error` never repeats a value. */
export function readCredentials(input: Credentials): Credentials & { error: AppError | null } {
  const tenantId = tenantOf(input.tenantId)
  const clientId = guidIn(input.clientId) ?? ''
  const clientSecret = unwrapped(input.clientSecret)
  const error = faultOf(input, { tenantId, clientId, clientSecret })
  return { tenantId, clientId, clientSecret, error }
}

function faultOf(input: Credentials, read: Credentials): AppError | null {
  const { tenantId, clientId, clientSecret } = read
  const misplaced = [input.tenantId, input.clientId].some((one) => LOOKS_LIKE_SECRET.test(one))
  if (misplaced) {
    return invalid(
      'A client secret was pasted into the field of an ID.',
      'Paste the secret’s Value into the field Client secret, and the two IDs into theirs.',
    )
  }
  if (!tenantId) {
    return invalid(
      input.tenantId.trim() ? 'The Tenant ID is not a tenant ID.' : 'The Tenant ID is empty.',
      'Copy the “Directory (tenant) ID” from the overview of the app registration; a domain of the tenant such as contoso.onmicrosoft.com will do as well.',
    )
  }
  if (!clientId) {
    const isDomain = DOMAIN.test(unwrapped(input.clientId))
    if (isDomain && ONLY_GUID.test(tenantId)) {
      return invalid(
        'Tenant ID and Client ID are swapped: the field Client ID holds the name of a tenant.',
        'Paste them the other way round.',
      )
    }
    return invalid(
      input.clientId.trim() ? 'The Client ID is not a client ID.' : 'The Client ID is empty.',
      'Copy the “Application (client) ID” from the overview of the app registration. It looks like 1a2b3c4d-0000-0000-0000-000000000000.',
    )
  }
  if (tenantId.toLowerCase() === clientId.toLowerCase()) {
    return invalid(
      'Tenant ID and Client ID are the same.',
      'The overview of the app registration shows both: “Directory (tenant) ID” and “Application (client) ID”. Copy each into its field.',
    )
  }
  if (!clientSecret) {
    return invalid(
      'The client secret is empty.',
      'Paste the secret’s Value. Entra shows it only once, right after it was made.',
    )
  }
  if (ONLY_GUID.test(clientSecret)) return idPasted(read)
  if (/\s/.test(clientSecret)) {
    return invalid(
      'The client secret has a space or a line break in it, so something else was copied along.',
      'Copy the secret’s Value alone.',
    )
  }
  return null
}

/** Nobody can tell a secret ID from another GUID, but no secret looks like one. */
function idPasted({ tenantId, clientId, clientSecret }: Credentials): AppError {
  const pasted = clientSecret.toLowerCase()
  const same =
    pasted === clientId.toLowerCase()
      ? 'the Client ID'
      : pasted === tenantId.toLowerCase()
        ? 'the Tenant ID'
        : null
  return new AppError('secret-id-pasted', {
    message: same
      ? `The field Client secret holds ${same} once more, not the secret.`
      : 'This is the Secret ID, not the secret. The ID only names the secret; what works is its Value.',
    nextStep:
      'Under “Certificates & secrets” Entra shows two columns. Copy the column Value. It is shown in full only right after the secret was made: if only stars are left, make a new secret and copy its Value.',
  })
}

/** A tenant as a GUID or a domain name, also from inside an address of the sign-in pages. */
function tenantOf(text: string): string {
  const id = guidIn(text)
  if (id !== null) return id
  const plain = unwrapped(text)
  const inAddress = /^https:\/\/[^/]+\/([^/?#]+)/.exec(plain)?.[1] ?? plain
  return DOMAIN.test(inAddress) ? inAddress.toLowerCase() : ''
}

/** The one GUID in a text; null where there is none, or more than one. */
function guidIn(text: string): string | null {
  const found = new Set(text.match(GUID)?.map((one) => one.toLowerCase()))
  const [only] = found
  return found.size === 1 && only !== undefined ? only : null
}

/** Without spaces, invisible characters, a label, and quotes. */
function unwrapped(text: string): string {
  const plain = text.replaceAll(/[\u200b-\u200d\u2060\ufeff]/g, '').trim()
  const value = plain.replace(LABEL, '').trim()
  return value.replace(QUOTED, '$1').trim()
}

function invalid(message: string, nextStep: string): AppError {
  return new AppError('input-invalid', { message, nextStep })
}
