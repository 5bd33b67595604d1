// Small real PNG pictures made in code: hosted images of messages and profile photos.
import { crc32, deflateSync } from 'node:zlib'

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex')
const TRUE_COLOUR = 2

/** A square picture with a soft diagonal pattern whose colours follow from `seed`; with EXIF where that is given. */
export function drawPng(seed: number, size: number, exif?: Buffer): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(size, 0)
  header.writeUInt32BE(size, 4)
  header[8] = 8
  header[9] = TRUE_COLOUR
  const base = [60 + ((seed * 53) % 120), 60 + ((seed * 97) % 120), 60 + ((seed * 151) % 120)]
  const rows = Buffer.alloc(size * (1 + size * 3))
  let at = 0
  for (let y = 0; y < size; y += 1) {
    at += 1
    for (let x = 0; x < size; x += 1) {
      const shade = Math.floor((70 * (x + y)) / (2 * size)) + ((x + y + seed) % 12 < 2 ? 20 : 0)
      for (const colour of base) {
        rows[at] = Math.min(255, colour + shade)
        at += 1
      }
    }
  }
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    ...(exif ? [chunk('eXIf', exif)] : []),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const body = Buffer.concat([Buffer.from(type, 'ascii'), data])
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}
