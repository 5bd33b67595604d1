// What kind of picture some bytes are, by how they begin: a header of the sender proves nothing.

export type ImageType = 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp'

/** The media type; undefined for everything that is not one of the four. SVG is a document and never passes. */
export function imageTypeOf(bytes: Uint8Array): ImageType | undefined {
  const starts = (signature: number[], at = 0) =>
    signature.every((byte, index) => bytes[at + index] === byte)
  if (starts([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return 'image/png'
  if (starts([0xff, 0xd8, 0xff])) return 'image/jpeg'
  if (starts([0x47, 0x49, 0x46, 0x38])) return 'image/gif'
  if (starts([0x52, 0x49, 0x46, 0x46]) && starts([0x57, 0x45, 0x42, 0x50], 8)) return 'image/webp'
  return undefined
}
