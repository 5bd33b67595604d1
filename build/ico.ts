// Puts images of several sizes into one Windows icon file.

export interface Pixels {
  /** Width and height. */
  size: number
  /** Four bytes a pixel: red, green, blue, alpha; rows from the top. */
  rgba: Uint8Array
}

const DIRECTORY_BYTES = 6
const ENTRY_BYTES = 16
const HEADER_BYTES = 40

/** An .ico with one bitmap per size: every Windows reads these, PNG inside an icon not in all places. */
export function icoOf(images: Pixels[]): Buffer {
  const bitmaps = images.map(bitmapOf)
  const directory = Buffer.alloc(DIRECTORY_BYTES + ENTRY_BYTES * images.length)
  directory.writeUInt16LE(1, 2)
  directory.writeUInt16LE(images.length, 4)
  let offset = directory.length
  images.forEach(({ size }, index) => {
    const bytes = bitmaps[index]?.length ?? 0
    const at = DIRECTORY_BYTES + ENTRY_BYTES * index
    // One byte each; 0 stands for 256.
    directory.writeUInt8(size % 256, at)
    directory.writeUInt8(size % 256, at + 1)
    directory.writeUInt16LE(1, at + 4)
    directory.writeUInt16LE(32, at + 6)
    directory.writeUInt32LE(bytes, at + 8)
    directory.writeUInt32LE(offset, at + 12)
    offset += bytes
  })
  return Buffer.concat([directory, ...bitmaps])
}

/** A bitmap without its file header: rows from the bottom, blue first, then an empty mask, for alpha says it all. */
function bitmapOf({ size, rgba }: Pixels): Buffer {
  const maskBytes = Math.ceil(size / 32) * 4 * size
  const bitmap = Buffer.alloc(HEADER_BYTES + rgba.length + maskBytes)
  bitmap.writeUInt32LE(HEADER_BYTES, 0)
  bitmap.writeInt32LE(size, 4)
  // Colours and mask count as one image of double height.
  bitmap.writeInt32LE(size * 2, 8)
  bitmap.writeUInt16LE(1, 12)
  bitmap.writeUInt16LE(32, 14)
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      const from = (row * size + column) * 4
      const to = HEADER_BYTES + ((size - 1 - row) * size + column) * 4
      const [red = 0, green = 0, blue = 0, alpha = 0] = rgba.subarray(from, from + 4)
      bitmap.set([blue, green, red, alpha], to)
    }
  }
  return bitmap
}
