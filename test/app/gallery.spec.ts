// Every page in every state, light and dark, wide and narrow: renders, is accessible, keeps the security policy.
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { AxeBuilder } from '@axe-core/playwright'
import { expect, test, type Page } from '@playwright/test'
import { samples, type SampleName } from '../fakes/sample-states.ts'
import { startGallery, type Gallery } from './gallery/gallery-server.ts'
import { openSample } from './gallery/open-sample.ts'

const pages = new URL('../../out/renderer', import.meta.url).pathname
const shots = process.env.EMI_SHOTS

let gallery: Gallery

test.beforeAll(async () => {
  gallery = await startGallery(pages)
})

test.afterAll(async () => {
  await gallery.close()
})

test('the pages stay under 120 KB of JavaScript, and ask for nothing outside their own folder', async () => {
  const assets = join(pages, 'assets')
  const scripts = (await readdir(assets)).filter((name) => name.endsWith('.js'))
  const sizes = await Promise.all(
    scripts.map(async (name) => gzipSync(await readFile(join(assets, name))).length),
  )
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(120 * 1024)
  const html = await readFile(join(pages, 'index.html'), 'utf8')
  expect(html).not.toMatch(/https?:|<script>|style=/)
})

const themes = ['light', 'dark'] as const
const widths = [1040, 380]

for (const name of Object.keys(samples) as SampleName[]) {
  test(`${name} is readable, accessible and safe in both themes and widths`, async ({
    browser,
  }) => {
    const { page, troubles } = await openSample(browser, gallery, samples[name])
    await expect(page.locator('h1')).toHaveCount(1)
    for (const width of widths) {
      await page.setViewportSize({ width, height: 720 })
      for (const colorScheme of themes) {
        await page.emulateMedia({ colorScheme })
        if (shots) await page.screenshot({ path: `${shots}/${name}-${width}-${colorScheme}.png` })
        expect(await sidewaysScroll(page), `sideways scroll at ${width} px`).toEqual([])
        const axe = new AxeBuilder({ page })
        // Between the themes only colours differ.
        if (colorScheme === 'dark') axe.withRules(['color-contrast'])
        const found = await axe.analyze()
        const violations = found.violations.map(
          (one) => `${one.id}: ${one.nodes.map((node) => node.html).join(' | ')}`,
        )
        expect(violations, `axe at ${width} px, ${colorScheme}`).toEqual([])
      }
    }
    expect(troubles).toEqual([])
    await page.context().close()
  })
}

/** The elements that are wider than their room, of those that could make the page scroll sideways. */
async function sidewaysScroll(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll('main, nav, aside')]
      .filter((element) => element.scrollWidth > element.clientWidth)
      .map((element) => element.tagName),
  )
}
