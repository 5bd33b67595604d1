// Opens a sample in a page whose time stands at the samples' moment, and collects everything that the page complains of.
import type { Browser, Page } from '@playwright/test'
import { sampleNow, type Sample } from '../../fakes/sample-states.ts'
import type { Gallery } from './gallery-server.ts'

/** An open sample. */
export interface OpenSample {
  page: Page
  /** Errors and warnings of the console, among them every breach of the security policy. */
  troubles: string[]
}

/** Shows a sample in a browser context of its own; the caller closes it. */
export async function openSample(
  browser: Browser,
  gallery: Gallery,
  sample: Sample,
): Promise<OpenSample> {
  gallery.show(sample)
  const context = await browser.newContext({
    viewport: { width: 1040, height: 720 },
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  const page = await context.newPage()
  const troubles: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') troubles.push(message.text())
  })
  page.on('pageerror', (error) => troubles.push(error.message))
  await page.clock.install({ time: sampleNow })
  await page.goto(`${gallery.address}/${sample.hash}`)
  await page.locator('h1').first().waitFor({ state: 'attached' })
  await page.getByText('Connecting to EMI Tray').waitFor({ state: 'detached' })
  return { page, troubles }
}
