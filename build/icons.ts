// Draws the tray icons and the app icon from their SVG sources: `node build/icons.ts`, after a change of a source.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium, type Page } from '@playwright/test'
import { icnsOf } from './icns.ts'
import { icoOf, type Pixels } from './ico.ts'

const folder = join(import.meta.dirname, 'icons')
/** For installers and menus of the system; not part of what runs. */
const appFolder = join(import.meta.dirname, 'app-icons')
const lights = ['ok', 'working', 'warning', 'failed', 'not-set-up'] as const

/** Shape and mark of each light, for a light panel and for a dark one. */
const colours: Record<'light' | 'dark', Record<(typeof lights)[number], [string, string]>> = {
  light: {
    ok: ['#1f8a4c', '#fff'],
    working: ['#4a5bd4', '#fff'],
    warning: ['#e09b12', '#241800'],
    failed: ['#c9332b', '#fff'],
    'not-set-up': ['#6b7080', '#6b7080'],
  },
  dark: {
    ok: ['#3fc97c', '#06250f'],
    working: ['#8f9cff', '#0b1040'],
    warning: ['#ffbf3d', '#241800'],
    failed: ['#ff6b61', '#2c0300'],
    'not-set-up': ['#c3c7d1', '#c3c7d1'],
  },
}

const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
})
try {
  const page = await browser.newPage()
  for (const name of await readdir(folder)) {
    if (/^tray-.*\.(?:png|ico)$/.test(name)) await rm(join(folder, name))
  }
  const tray = await readFile(join(folder, 'tray.svg'), 'utf8')
  for (const light of lights) {
    for (const panel of ['light', 'dark'] as const) {
      const svg = coloured(tray, light, colours[panel][light])
      const name = `tray-${light}-${panel}`
      await writePng(page, svg, { name, size: 32 })
      await writePng(page, svg, { name: `${name}@2x`, size: 64 })
      const images: Pixels[] = []
      for (const size of [16, 20, 24, 32, 48]) images.push(await pixels(page, svg, size))
      await writeFile(join(folder, `${name}.ico`), icoOf(images))
    }
    // macOS paints a template itself: only its alpha counts, and its name has to end so.
    const template = cutOut(tray, light)
    await writePng(page, template, { name: `tray-${light}Template`, size: 18 })
    await writePng(page, template, { name: `tray-${light}Template@2x`, size: 36 })
  }
  const app = await readFile(join(import.meta.dirname, '../renderer/public/icon.svg'), 'utf8')
  await writePng(page, app, { name: 'icon', size: 512 })
  await writeAppIcons(page, app)
} finally {
  await browser.close()
}

/** A set of PNGs for Linux, one file for Windows and one for macOS. */
async function writeAppIcons(page: Page, svg: string): Promise<void> {
  await mkdir(appFolder, { recursive: true })
  const pngs = new Map<number, Buffer>()
  for (const size of [16, 24, 32, 48, 64, 128, 256, 512, 1024]) {
    const { png } = await draw(page, svg, size)
    pngs.set(size, Buffer.from(png, 'base64'))
  }
  for (const [size, png] of pngs) {
    if (size <= 512) await writeFile(join(appFolder, `${size}x${size}.png`), png)
  }
  await writeFile(join(appFolder, 'icon.icns'), icnsOf(pngs))
  const images: Pixels[] = []
  for (const size of [16, 24, 32, 48, 64, 128, 256]) images.push(await pixels(page, svg, size))
  await writeFile(join(appFolder, 'icon.ico'), icoOf(images))
}

function coloured(svg: string, light: string, [shape, mark]: [string, string]): string {
  const paint = `.shape,.bar{fill:${shape}}.mark{stroke:${mark}}.dot{fill:${mark}}`
  return withStyle(svg, `${hidden(light)}${paint}`)
}

/** The shape in black with its mark cut out of it. */
function cutOut(svg: string, light: string): string {
  const paint = '.shape,.bar{fill:#fff}.mark{stroke:#000}.dot{fill:#000}'
  return withStyle(svg, `${hidden(light)}${paint}`)
    .replace('<g id="ok">', '<mask id="cut"><g id="ok">')
    .replace('</svg>', '</mask><rect width="32" height="32" mask="url(#cut)"/></svg>')
}

function hidden(light: string): string {
  const others = lights.filter((one) => one !== light).map((one) => `#${one}`)
  return `${others.join(',')}{display:none}`
}

function withStyle(svg: string, style: string): string {
  return svg.replace('</style>', `${style}</style>`)
}

async function writePng(
  page: Page,
  svg: string,
  { name, size }: { name: string; size: number },
): Promise<void> {
  const { png } = await draw(page, svg, size)
  await writeFile(join(folder, `${name}.png`), Buffer.from(png, 'base64'))
}

async function pixels(page: Page, svg: string, size: number): Promise<Pixels> {
  const { rgba } = await draw(page, svg, size)
  return { size, rgba: Uint8Array.from(rgba) }
}

/** Draws at exactly this size, on nothing. */
function draw(page: Page, svg: string, size: number): Promise<{ png: string; rgba: number[] }> {
  return page.evaluate(
    async ([text, side]) => {
      const image = new Image(side, side)
      image.src = `data:image/svg+xml,${encodeURIComponent(text)}`
      await image.decode()
      const canvas = document.createElement('canvas')
      canvas.width = canvas.height = side
      const context = canvas.getContext('2d')
      if (!context) throw new Error('This browser draws nothing.')
      context.drawImage(image, 0, 0, side, side)
      return {
        png: canvas.toDataURL('image/png').replace(/^.*,/, ''),
        rgba: [...context.getImageData(0, 0, side, side).data],
      }
    },
    [svg, size] as const,
  )
}
