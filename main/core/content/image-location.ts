// Where a picture was taken: the coordinates in its EXIF part, if there are any that make sense.
import ExifReader from 'exifreader'
import type { ImageLocation } from '../../contract/models/message.ts'

/** Pictures above this are not looked into: Teams takes hosted images of 4 MB. */
export const MAX_EXIF_BYTES = 4 * 1024 * 1024
/** About a metre; more digits than a phone knows. */
const DIGITS = 5

/** The location; null where there is none, or the file is broken, too large or hostile. */
export function imageLocation(bytes: Uint8Array<ArrayBuffer>): ImageLocation | null {
  if (bytes.byteLength > MAX_EXIF_BYTES) return null
  try {
    const { gps } = ExifReader.load(
      bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
      // Nothing else is read out of a file that a stranger made.
      { expanded: true, includeTags: { gps: true, exif: [...GPS_TAGS] } },
    )
    return locationOf(gps?.Latitude, gps?.Longitude)
  } catch {
    // No metadata, or none that can be read: then there is no location.
    return null
  }
}

const GPS_TAGS = [
  'GPS Info IFD Pointer',
  'GPSLatitudeRef',
  'GPSLatitude',
  'GPSLongitudeRef',
  'GPSLongitude',
]

/** A location with its links; null for what is not a place on Earth. Cameras without a fix write 0, 0. */
export function locationOf(latitude: unknown, longitude: unknown): ImageLocation | null {
  if (!isWithin(latitude, 90) || !isWithin(longitude, 180)) return null
  if (latitude === 0 && longitude === 0) return null
  const [lat, lon] = [latitude.toFixed(DIGITS), longitude.toFixed(DIGITS)]
  return {
    latitude: Number(lat),
    longitude: Number(lon),
    // https://www.rfc-editor.org/rfc/rfc5870
    geoUrl: `geo:${lat},${lon}`,
    mapUrl: `https://www.openstreetmap.org/?mlat=${lat}&mlon=${lon}#map=16/${lat}/${lon}`,
  }
}

function isWithin(value: unknown, limit: number): value is number {
  return typeof value === 'number' && Number.isFinite(value) && Math.abs(value) <= limit
}
