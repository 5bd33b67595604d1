// Every page in every state, light and dark, wide and narrow: renders, is accessible, keeps the security policy.
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { AxeBuilder } from '@axe-core/playwright'
import { expect, test, type Page } from '@playwright/test'
import { pageNames } from '../../renderer/state/navigation.svelte.ts'
import { samples, type SampleName } from '../fakes/sample-states.ts'
import { startGallery, type Gallery } from './gallery/gallery-server.ts'
import { openSample } from './gallery/open-sample.ts'

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
  const assets = join(pages, 'assets')
  const scripts = (await readdir(assets)).filter((name) => name.endsWith('.js'))
  const read = async (name: string): Promise<string> => readFile(join(assets, name), 'utf8')
  const entries = scripts.filter((name) => html.includes(`assets/${name}`))
  for (const page of pageNames) {
    const part = scripts.find((name) => name.toLowerCase().startsWith(`${page}-`))
    expect(part, `the part of ${page}`).toBeDefined()
    const needed = await withImports([...entries, part ?? ''], read)
    const sizes = await Promise.all(
      needed.map(async (name) => gzipSync(await readFile(join(assets, name))).length),
    )
    const size = sizes.reduce((sum, one) => sum + one, 0)
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

/** The scripts and everything that they import before they run. */
async function withImports(
  scripts: string[],
  read: (name: string) => Promise<string>,
): Promise<string[]> {
  const found = new Set(scripts)
  for (const name of found) {
    for (const [, imported = ''] of (await read(name)).matchAll(
      /(?:from|import)\s*["'`]\.\/([^"'`]+\.js)["'`]/g,
    )) {
      found.add(imported)
    }
  }
  return [...found]
}

/** The elements that are wider than their room, of those that could make the page scroll sideways. */
async function sidewaysScroll(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll('main, nav, aside')]
      .filter((element) => element.scrollWidth > element.clientWidth)
      .map((element) => element.tagName),
  )
}
