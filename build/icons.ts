// Draws the tray icons and the app icon from their SVG sources: `node build/icons.ts`, after a change of a source.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium } from '@playwright/test'

const folder = join(import.meta.dirname, 'icons')
const lights = ['ok', 'working', 'warning', 'failed', 'not-set-up']

const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
})
try {
  const tray = await readFile(join(folder, 'tray.svg'), 'utf8')
  for (const light of lights) {
    const hidden = lights.filter((one) => one !== light).map((one) => `#${one}`)
    const style = `<style>${hidden.join(',')}{display:none}</style>`
    await draw(tray.replace('</svg>', `${style}</svg>`), { name: `tray-${light}`, size: 32 })
    await draw(tray.replace('</svg>', `${style}</svg>`), { name: `tray-${light}@2x`, size: 64 })
  }
  const app = await readFile(join(import.meta.dirname, '../renderer/public/icon.svg'), 'utf8')
  await draw(app, { name: 'icon', size: 512 })
} finally {
  await browser.close()
}

async function draw(svg: string, { name, size }: { name: string; size: number }): Promise<void> {
  const page = await browser.newPage({ viewport: { width: size, height: size } })
  const sized = svg.replace(/<svg[^>]*>/, (tag) =>
    tag
      .replace(/ (?:width|height)="[^"]*"/g, '')
      .replace('<svg', `<svg width="${size}" height="${size}"`),
  )
  await page.setContent(`<body style="margin:0;background:transparent">${sized}</body>`)
  await writeFile(join(folder, `${name}.png`), await page.screenshot({ omitBackground: true }))
  await page.close()
}
