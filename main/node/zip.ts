// Writes a zip file: a few texts, deflated. https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
import { crc32, deflateRawSync } from 'node:zlib'

export interface ZipEntry {
  name: string
  bytes: Buffer
}

const LOCAL_BYTES = 30
const CENTRAL_BYTES = 46
const END_BYTES = 22
/** Deflated; names in UTF-8. */
const [DEFLATED, UTF8] = [8, 0x0800]
const VERSION = 20

/** A zip of these files, all from one moment. */
export function zipOf(entries: ZipEntry[], at: Date): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const entry of entries) {
    const name = Buffer.from(entry.name)
    const packed = deflateRawSync(entry.bytes)
    const facts = Buffer.alloc(26)
    facts.writeUInt16LE(VERSION, 0)
    facts.writeUInt16LE(UTF8, 2)
    facts.writeUInt16LE(DEFLATED, 4)
    facts.writeUInt16LE(dosTime(at), 6)
    facts.writeUInt16LE(dosDate(at), 8)
    facts.writeUInt32LE(crc32(entry.bytes), 10)
    facts.writeUInt32LE(packed.length, 14)
    facts.writeUInt32LE(entry.bytes.length, 18)
    facts.writeUInt16LE(name.length, 22)

    const local = Buffer.alloc(LOCAL_BYTES)
    local.write('PK\x03\x04', 'latin1')
    facts.copy(local, 4)
    const central = Buffer.alloc(CENTRAL_BYTES)
    central.write('PK\x01\x02', 'latin1')
    central.writeUInt16LE(VERSION, 4)
    facts.copy(central, 6)
    central.writeUInt32LE(offset, 42)

    parts.push(local, name, packed)
    directory.push(central, name)
    offset += local.length + name.length + packed.length
  }
  const end = Buffer.alloc(END_BYTES)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(Buffer.concat(directory).length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...parts, ...directory, end])
}

function dosTime(at: Date): number {
  return (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1)
}

function dosDate(at: Date): number {
  return ((at.getUTCFullYear() - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate()
}
