// Reading unknown JSON: the few questions the practice tenant asks of what was posted to it.

export type JsonObject = Record<string, unknown>

/** Whether a value is a JSON object (not null, not an array). */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The string under a name, or undefined when it is missing or something else. */
export function stringOf(object: JsonObject, name: string): string | undefined {
  const value = object[name]
  return typeof value === 'string' ? value : undefined
}

/** The array of strings under a name; anything that is not a string is left out. */
export function stringsOf(object: JsonObject, name: string): string[] {
  const value = object[name]
  return Array.isArray(value)
    ? value.filter((item): item is string => typeof item === 'string')
    : []
}

/** Whether a text is a GUID as Graph writes them. */
export function isGuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
}
