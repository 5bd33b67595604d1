// Hides secrets and tokens in whatever is logged or reported.

const HIDDEN = '[hidden]'

/** Shapes that are never shown: JWTs, bearer values, Entra client secrets, OAuth parameters and the like. */
const PATTERNS: [RegExp, string][] = [
  [/\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?/g, HIDDEN],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, `$1 ${HIDDEN}`],
  // Entra client secrets: three characters, a digit, `Q~`, then 34 or so more.
  [/[\w.~-]{3}\dQ~[\w.~-]{20,}/g, HIDDEN],
  // OAuth parameters in addresses and forms; the short names only where `=` follows, since they are also words.
  [/\b(code|state|nonce|token|validationToken)=[^\s"'&,;}]+/gi, `$1=${HIDDEN}`],
  [
    /\b(client_secret|refresh_token|access_token|id_token|client_info|code_verifier|device_code|password|passphrase|clientState|secretText)(["']?\s*[=:]\s*["']?)[^\s"'&,;}]+/gi,
    `$1$2${HIDDEN}`,
  ],
  [/-----BEGIN [^-]*PRIVATE KEY-----[\s\S]*?(?:-----END [^-]*PRIVATE KEY-----|$)/g, HIDDEN],
]

/** The text with everything that looks like a secret or token replaced by `[hidden]`. */
export function redactText(text: string): string {
  return PATTERNS.reduce((rest, [pattern, by]) => rest.replace(pattern, by), text)
}

/** The same for every text inside a JSON value. */
export function redactValue(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value)
  if (Array.isArray(value)) return value.map(redactValue)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, redactValue(field)]),
  )
}
