// Texts of the report made harmless before they are written into a page: one line, and nothing that hides.

// Controls, and marks that turn the direction of what follows: a name could pretend to be another one.
const INVISIBLE = /[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]+/gu

/** The text on one line; runs of control characters become one space. */
export function onOneLine(text: string): string {
  return text.replaceAll(INVISIBLE, ' ').trim()
}
