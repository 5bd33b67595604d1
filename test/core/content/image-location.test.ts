// Where a picture was taken: read where the file says it, and never a reason to fail.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { imageLocation, locationOf } from '../../../main/core/content/image-location.ts'
import { imageTypeOf } from '../../../main/core/content/image-type.ts'
import { exifOf } from '../../../main/practice/exif.ts'
import { drawPng } from '../../../main/practice/png.ts'
import { jpeg, jpegWithGps } from './exif-jpeg.ts'

const harbour = jpegWithGps({
  latitude: [52, 22, 12],
  north: true,
  longitude: [4, 53, 42],
  east: true,
})

describe('the location of a picture', () => {
  it('is read from its EXIF part, with links for maps', () => {
    expect(imageLocation(harbour)).toEqual({
      latitude: 52.37,
      longitude: 4.895,
      geoUrl: 'geo:52.37000,4.89500',
      mapUrl: 'https://www.openstreetmap.org/?mlat=52.37000&mlon=4.89500#map=16/52.37000/4.89500',
    })
  })

  it('lies south and west where the file says so', () => {
    const place = jpegWithGps({
      latitude: [22, 54, 36],
      north: false,
      longitude: [43, 12, 36],
      east: false,
    })
    expect(imageLocation(place)).toMatchObject({ latitude: -22.91, longitude: -43.21 })
  })

  it('is read from a PNG as well, such as those of the practice tenant', () => {
    const exif = exifOf({ latitude: [52, 22, 12], north: true, longitude: [4, 53, 42], east: true })
    const png = Uint8Array.from(drawPng(2, 8, exif))
    expect(imageLocation(png)).toMatchObject({ latitude: 52.37, longitude: 4.895 })
  })

  it('is unknown for a picture that names none', () => {
    expect(imageLocation(Uint8Array.from(drawPng(1, 8)))).toBeNull()
    expect(imageLocation(jpeg([]))).toBeNull()
  })

  it('is unknown for what is no place on Earth', () => {
    for (const [latitude, longitude] of [
      [91, 0],
      [10, 181],
      [0, 0],
      [Number.NaN, 1],
      ['52', 4],
    ]) {
      expect(locationOf(latitude, longitude)).toBeNull()
    }
  })

  it('never fails, however broken or hostile the file is', () => {
    const anything = fc.uint8Array({ maxLength: 400 }).map((bytes) => Uint8Array.from(bytes))
    const broken = fc
      .array(fc.tuple(fc.nat(harbour.length - 1), fc.nat(255)), { maxLength: 8 })
      .map((edits) => {
        const bytes = Uint8Array.from(harbour)
        for (const [at, value] of edits) bytes[at] = value
        return bytes
      })
    fc.assert(
      fc.property(fc.oneof(anything, broken), (bytes) => {
        const place = imageLocation(bytes)
        return (
          place === null || (Math.abs(place.latitude) <= 90 && Math.abs(place.longitude) <= 180)
        )
      }),
      { numRuns: 300 },
    )
  })

  it('is not looked for in a file larger than Teams takes', () => {
    const huge = new Uint8Array(5 * 1024 * 1024)
    huge.set(harbour)
    expect(imageLocation(huge)).toBeNull()
  })
})

describe('the kind of a picture', () => {
  it('follows from its bytes, and nothing else passes', () => {
    const of = (text: string) => imageTypeOf(new TextEncoder().encode(text))
    expect(imageTypeOf(drawPng(1, 8))).toBe('image/png')
    expect(imageTypeOf(harbour)).toBe('image/jpeg')
    expect(of('GIF89a')).toBe('image/gif')
    expect(of('RIFF....WEBPVP8 ')).toBe('image/webp')
    expect(of('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')).toBeUndefined()
    expect(of('<html><script>alert(1)</script>')).toBeUndefined()
    expect(of('')).toBeUndefined()
  })
})
