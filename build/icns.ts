// Puts PNG images of several sizes into one macOS icon file.

/** The type of each size, in pixels: https://en.wikipedia.org/wiki/Apple_Icon_Image_format */
const TYPES: Record<number, string[]> = {
  16: ['icp4'],
  32: ['icp5', 'ic11'],
  64: ['ic12'],
  128: ['ic07'],
  256: ['ic08', 'ic13'],
  512: ['ic09', 'ic14'],
  1024: ['ic10'],
}
const HEADER_BYTES = 8

/** An .icns with one entry per use of a size: plain, and as the double of half the size. */
export function icnsOf(images: ReadonlyMap<number, Buffer>): Buffer {
  const entries = [...images].flatMap(([size, png]) =>
    (TYPES[size] ?? []).map((type) => Buffer.concat([headerOf(type, png.length), png])),
  )
  const length = entries.reduce((sum, entry) => sum + entry.length, 0)
  return Buffer.concat([headerOf('icns', length), ...entries])
}

function headerOf(type: string, length: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  header.write(type, 0, 'latin1')
  header.writeUInt32BE(length + HEADER_BYTES, 4)
  return header
}
