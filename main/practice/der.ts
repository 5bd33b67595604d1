// A writer for the small part of ASN.1 DER that an X.509 certificate needs.

type Bytes = Uint8Array

const SEQUENCE = 0x30
const SET = 0x31

/** SEQUENCE of already encoded parts. */
export function sequence(...parts: Bytes[]): Bytes {
  return element(SEQUENCE, Buffer.concat(parts))
}

/** SET of already encoded parts. */
export function set(...parts: Bytes[]): Bytes {
  return element(SET, Buffer.concat(parts))
}

/** INTEGER from unsigned big-endian bytes. */
export function integer(bytes: Bytes): Bytes {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1
  const trimmed = bytes.subarray(start)
  const negative = ((trimmed[0] ?? 0) & 0x80) !== 0
  return element(0x02, negative ? Buffer.concat([Uint8Array.of(0), trimmed]) : trimmed)
}

/** BOOLEAN. */
export function boolean(value: boolean): Bytes {
  return element(0x01, Uint8Array.of(value ? 0xff : 0))
}

/** BIT STRING of whole bytes, or of fewer bits when `unusedBits` says so. */
export function bitString(bytes: Bytes, unusedBits = 0): Bytes {
  return element(0x03, Buffer.concat([Uint8Array.of(unusedBits), bytes]))
}

/** OCTET STRING. */
export function octetString(bytes: Bytes): Bytes {
  return element(0x04, bytes)
}

/** UTF8String. */
export function utf8String(text: string): Bytes {
  return element(0x0c, Buffer.from(text, 'utf8'))
}

/** UTCTime; good for dates before 2050, which is all we write. */
export function utcTime(date: Date): Bytes {
  const digits = date.toISOString().replace(/[-:T]/g, '').slice(2, 14)
  return element(0x17, Buffer.from(`${digits}Z`, 'ascii'))
}

/** OBJECT IDENTIFIER from its dotted form. */
export function objectIdentifier(dotted: string): Bytes {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const bytes = [first * 40 + second]
  for (const number of rest) {
    const group = [number & 0x7f]
    for (let left = number >>> 7; left > 0; left >>>= 7) group.unshift((left & 0x7f) | 0x80)
    bytes.push(...group)
  }
  return element(0x06, Uint8Array.from(bytes))
}

/** A context-specific element, constructed ([0] around parts) or primitive ([2] with raw bytes). */
export function context(tag: number, bytes: Bytes, constructed: boolean): Bytes {
  return element((constructed ? 0xa0 : 0x80) | tag, bytes)
}

function element(tag: number, content: Bytes): Bytes {
  return Buffer.concat([Uint8Array.of(tag, ...lengthBytes(content.length)), content])
}

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length]
  const bytes: number[] = []
  for (let left = length; left > 0; left >>>= 8) bytes.unshift(left & 0xff)
  return [0x80 | bytes.length, ...bytes]
}
