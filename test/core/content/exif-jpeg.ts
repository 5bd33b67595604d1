// A small JPEG with or without coordinates, written by hand: nothing but the headers that a reader of EXIF looks at.

/** A JPEG whose EXIF part names a place in degrees; minutes and seconds are whole. */
export function jpegWithGps(place: {
  latitude: [number, number, number]
  north: boolean
  longitude: [number, number, number]
  east: boolean
}): Uint8Array<ArrayBuffer> {
  const entries = [
    ascii(1, place.north ? 'N' : 'S'),
    rationals(2, place.latitude),
    ascii(3, place.east ? 'E' : 'W'),
    rationals(4, place.longitude),
  ]
  // TIFF header, IFD0 with one entry that points to the GPS part.
  const gpsAt = 8 + 2 + 12 + 4
  const ifd0 = [...u16(1), ...u16(0x8825), ...u16(4), ...u32(1), ...u32(gpsAt), ...u32(0)]
  const dataAt = gpsAt + 2 + entries.length * 12 + 4
  let at = dataAt
  const data: number[] = []
  const gps = [...u16(entries.length)]
  for (const { tag, type, count, bytes } of entries) {
    gps.push(...u16(tag), ...u16(type), ...u32(count))
    if (bytes.length <= 4) {
      gps.push(...bytes, ...Array<number>(4 - bytes.length).fill(0))
    } else {
      gps.push(...u32(at))
      data.push(...bytes)
      at += bytes.length
    }
  }
  gps.push(...u32(0))
  const tiff = [0x4d, 0x4d, 0, 42, ...u32(8), ...ifd0, ...gps, ...data]
  return jpeg([...latin('Exif'), 0, 0, ...tiff])
}

/** A JPEG with this APP1 part. */
export function jpeg(app1: number[]): Uint8Array<ArrayBuffer> {
  const size = app1.length + 2
  return Uint8Array.from([0xff, 0xd8, 0xff, 0xe1, ...u16(size), ...app1, 0xff, 0xd9])
}

interface Entry {
  tag: number
  type: number
  count: number
  bytes: number[]
}

function ascii(tag: number, text: string): Entry {
  return { tag, type: 2, count: text.length + 1, bytes: [...latin(text), 0] }
}

function rationals(tag: number, values: number[]): Entry {
  const bytes = values.flatMap((value) => [...u32(value), ...u32(1)])
  return { tag, type: 5, count: values.length, bytes }
}

function latin(text: string): number[] {
  return Array.from(text, (character) => character.charCodeAt(0))
}

function u16(value: number): number[] {
  return [(value >> 8) & 255, value & 255]
}

function u32(value: number): number[] {
  return [(value >> 24) & 255, (value >> 16) & 255, (value >> 8) & 255, value & 255]
}
