// `nativeImage`: images as bytes with a size; nothing is drawn or scaled.
import { existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { NativeImage, Size } from 'electron'
import { play } from './play.ts'
import { strict } from './strict.ts'

const pngSignature = '89504e470d0a1a0a'
const jpegSignature = 'ffd8ff'
const icoSignature = '00000100'

/** Whether Electron could decode these bytes; it knows PNG and JPEG, not SVG. Icon files are for Windows. */
function isDecodable(bytes: Buffer): boolean {
  const start = bytes.subarray(0, 8).toString('hex')
  return (
    start === pngSignature ||
    start.startsWith(jpegSignature) ||
    (play.platform === 'win32' && start.startsWith(icoSignature))
  )
}

interface ImageTraits {
  size?: Size
  isTemplate?: boolean
  factors?: number[]
}

function pngSize(bytes: Buffer): Size {
  if (bytes.subarray(0, 8).toString('hex') !== pngSignature) return { width: 0, height: 0 }
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
}

function makeImage(
  given: Buffer,
  { size, isTemplate = false, factors = [1] }: ImageTraits = {},
): NativeImage {
  const bytes = isDecodable(given) ? given : Buffer.alloc(0)
  let template = isTemplate
  const members = {
    get isMacTemplateImage() {
      return template
    },
    set isMacTemplateImage(value: boolean) {
      template = value && play.platform === 'darwin'
    },
    isEmpty: () => bytes.length === 0,
    getSize: () => size ?? pngSize(bytes),
    getAspectRatio: () => {
      const { width, height } = size ?? pngSize(bytes)
      return height === 0 ? 1 : width / height
    },
    getScaleFactors: () => [...factors],
    addRepresentation({ scaleFactor }) {
      if (scaleFactor !== undefined) factors.push(scaleFactor)
    },
    isTemplateImage: () => template,
    setTemplateImage(value) {
      template = value && play.platform === 'darwin'
    },
    resize({ width, height }) {
      const from = size ?? pngSize(bytes)
      const scaled = { width: width ?? from.width, height: height ?? from.height }
      return makeImage(bytes, { size: scaled, isTemplate: template })
    },
    toPNG: () => bytes,
    toDataURL: () => `data:image/png;base64,${bytes.toString('base64')}`,
  } satisfies Partial<NativeImage>
  const known: Partial<NativeImage> = strict('nativeImage', members)
  return known as NativeImage
}

export const nativeImage = strict('nativeImage', {
  createEmpty: () => makeImage(Buffer.alloc(0)),
  // A file that is missing or no image gives an empty image, not an error, as in Electron.
  createFromPath: (path: string) =>
    makeImage(existsSync(path) ? readFileSync(path) : Buffer.alloc(0), {
      // macOS paints these in the colour of its bar. https://www.electronjs.org/docs/latest/api/native-image
      isTemplate: play.platform === 'darwin' && /Template(@[\d.]+x)?\./.test(basename(path)),
      // The larger one is found by its name.
      factors: existsSync(path.replace(/(\.\w+)$/, '@2x$1')) ? [1, 2] : [1],
    }),
  createFromBuffer: (bytes: Buffer) => makeImage(bytes),
  createFromDataURL: (url: string) =>
    makeImage(Buffer.from(url.slice(url.indexOf(',') + 1), 'base64')),
})

/** An image given as a path or as an image. Throws what Electron throws for a file that is missing. */
export function loadImage(image: NativeImage | string): NativeImage {
  if (typeof image !== 'string') return image
  const loaded = nativeImage.createFromPath(image)
  if (loaded.isEmpty()) throw new Error(`Failed to load image from path '${image}'`)
  return loaded
}
