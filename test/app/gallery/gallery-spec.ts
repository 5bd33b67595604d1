// What specs of the pages share: a sample in the gallery that a test uses like a person, and what it called meanwhile.
import { AxeBuilder } from '@axe-core/playwright'
import { expect, test, type Browser, type Page } from '@playwright/test'
import type { Sample } from '../../fakes/sample-states.ts'
import { startGallery, type Gallery } from './gallery-server.ts'
import { openSample } from './open-sample.ts'

const pages = new URL('../../../out/renderer', import.meta.url).pathname

/** Gives a spec the gallery while its tests run. */
export function gallerySpec() {
  let running: Gallery | null = null

  test.beforeAll(async () => {
    running = await startGallery(pages)
  })

  test.afterAll(async () => {
    await running?.close()
  })

  const gallery = (): Gallery => {
    if (!running) throw new Error('The gallery opens with the first test.')
    return running
  }

  return {
    gallery,
    /** Uses a sample, and expects that the console stayed silent. */
    use: async (
      browser: Browser,
      sample: Sample,
      work: (page: Page) => Promise<void>,
    ): Promise<void> => {
      const { page, troubles } = await openSample(browser, gallery(), sample)
      await work(page)
      expect(troubles).toEqual([])
      await page.context().close()
    },
    /** The inputs of the calls of this name since the sample was shown. */
    called: (name: string): unknown[] =>
      gallery()
        .calls.filter((call) => call.name === name)
        .map((call) => call.input),
  }
}

/** The rules of accessibility that the page breaks. */
export async function violations(page: Page): Promise<string[]> {
  return (await new AxeBuilder({ page }).analyze()).violations.map((one) => one.id)
}
