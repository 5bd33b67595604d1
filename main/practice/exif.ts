// EXIF with coordinates, as a phone writes it into a picture.

/** Where a picture was taken: whole degrees, minutes and seconds. */
export interface Place {
  latitude: readonly [number, number, number]
  north: boolean
  longitude: readonly [number, number, number]
  east: boolean
}

const GPS_POINTER = 0x8825
const ASCII = 2
const LONG = 4
const RATIONAL = 5
const ENTRY_BYTES = 12
const TIFF_HEADER = Buffer.from([0x4d, 0x4d, 0, 42, 0, 0, 0, 8])

/** The TIFF structure that an EXIF part holds. https://www.cipa.jp/std/documents/e/DC-008-2012_E.pdf */
export function exifOf({ latitude, north, longitude, east }: Place): Buffer {
  const entries = [
    { tag: 1, type: ASCII, count: 2, bytes: Buffer.from(north ? 'N\0\0\0' : 'S\0\0\0') },
    { tag: 2, type: RATIONAL, count: 3, bytes: rationals(latitude) },
    { tag: 3, type: ASCII, count: 2, bytes: Buffer.from(east ? 'E\0\0\0' : 'W\0\0\0') },
    { tag: 4, type: RATIONAL, count: 3, bytes: rationals(longitude) },
  ]
  const gpsAt = TIFF_HEADER.length + 2 + ENTRY_BYTES + 4
  let dataAt = gpsAt + 2 + entries.length * ENTRY_BYTES + 4
  const table = entries.map(({ tag, type, count, bytes }) => {
    if (bytes.length === 4) return entry({ tag, type, count, value: bytes })
    const value = u32(dataAt)
    dataAt += bytes.length
    return entry({ tag, type, count, value })
  })
  const pointer = entry({ tag: GPS_POINTER, type: LONG, count: 1, value: u32(gpsAt) })
  const data = entries.map(({ bytes }) => bytes).filter(({ length }) => length > 4)
  const first = Buffer.concat([u16(1), pointer, u32(0)])
  return Buffer.concat([TIFF_HEADER, first, u16(entries.length), ...table, u32(0), ...data])
}

function entry(one: { tag: number; type: number; count: number; value: Buffer }): Buffer {
  return Buffer.concat([u16(one.tag), u16(one.type), u32(one.count), one.value])
}

function rationals(values: readonly number[]): Buffer {
  return Buffer.concat(values.flatMap((value) => [u32(value), u32(1)]))
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
