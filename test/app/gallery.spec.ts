// Every page in every state, light and dark, wide and narrow: renders, is accessible, keeps the security policy.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { expect, test, type Page } from '@playwright/test'
import { samples, type SampleName } from '../fakes/sample-states.ts'
import { startGallery, type Gallery } from './gallery/gallery-server.ts'
import { openSample } from './gallery/open-sample.ts'
import { pageSizes } from './page-sizes.ts'

const pages = new URL('../../out/renderer', import.meta.url).pathname
const shots = process.env.EMI_SHOTS

// A failure names the elements; recording every page for it costs a sixth of the time.
test.use({ trace: 'off', screenshot: 'only-on-failure' })

let gallery: Gallery

test.beforeAll(async () => {
  gallery = await startGallery(pages)
})

test.afterAll(async () => {
  await gallery.close()
})

test('each page opens with less than 120 KB of JavaScript, and asks for nothing outside its own folder', async () => {
  const html = await readFile(join(pages, 'index.html'), 'utf8')
  expect(html).not.toMatch(/https?:|<script>|style=/)
  for (const [page, size] of Object.entries(await pageSizes(pages))) {
    // An empty result would pass as well.
    expect(size, page).toBeGreaterThan(40 * 1024)
    expect(size, page).toBeLessThan(120 * 1024)
  }
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
        // Dark and narrow together are nothing that dark and wide, or light and narrow, would not show.
        if (colorScheme === 'dark' && width < 1040) continue
        expect(await sidewaysScroll(page), `sideways scroll at ${width} px`).toEqual([])
        expect(await frameOverflow(page), `pixels of the frame out of sight at ${width} px`).toBe(0)
        // Legacy mode does without a second page for the results of other frames; there are none.
        const axe = new AxeBuilder({ page })
          .setLegacyMode()
          .options({ resultTypes: ['violations'] })
        // Between the themes only colours differ.
        if (colorScheme === 'dark') axe.withRules(['color-contrast'])
        // The costliest rule; colours do not depend on the width.
        if (width < 1040) axe.disableRules(['color-contrast'])
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
/** The frame with its status bar stays in sight; what is long scrolls inside it. */
async function frameOverflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollHeight - window.innerHeight)
}

async function sidewaysScroll(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll('main, nav, aside')]
      .filter((element) => element.scrollWidth > element.clientWidth)
      .map((element) => element.tagName),
  )
}
