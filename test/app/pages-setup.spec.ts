// What the Setup and Handover pages do when somebody uses them, against a core that only answers.
import { expect, test } from '@playwright/test'
import { samples } from '../fakes/sample-states.ts'
import { gallerySpec } from './gallery/gallery-spec.ts'

const { gallery, use, called } = gallerySpec()

test('the host name is saved before the sign-in that needs it begins', async ({ browser }) => {
  await use(browser, samples['setup-start'], async (page) => {
    const start = page.getByRole('button', { name: 'Sign in with Microsoft' })
    await expect(start).toBeDisabled()
    await page.getByLabel('Contact center host name').fill('acme.brightpattern.com')
    await start.click()
    await expect.poll(() => called('signIn.start')).toEqual([{ method: 'browser' }])
    const names = gallery().calls.map((call) => call.name)
    expect(names.indexOf('settings.update')).toBeLessThan(names.indexOf('signIn.start'))
    expect(called('settings.update')).toEqual([
      { connection: { tenantUrl: 'acme.brightpattern.com' } },
    ])
  })
})

test('one click signs in as a person of the practice tenant', async ({ browser }) => {
  await use(browser, samples['setup-practice'], async (page) => {
    await page.getByRole('button', { name: /Sign in as Nora Lindqvist/ }).click()
    await expect.poll(() => called('practice.signIn')).toEqual([{ personId: 'p1' }])
  })
})

for (const name of [
  'setup-start',
  'setup-signed-in',
  'setup-planned',
  'setup-connect',
  'setup-hand-over',
  'setup-change-planned',
  'setup-practice-browser',
] as const) {
  test(`${name} has exactly one primary button, and it is in view`, async ({ browser }) => {
    await use(browser, samples[name], async (page) => {
      const primary = page.locator('.button.primary')
      await expect(primary).toHaveCount(1)
      await expect(primary).toBeInViewport()
    })
  })
}

test('“Copy next” walks to the secret, which leaves the clipboard after 30 seconds', async ({
  browser,
}) => {
  await use(browser, samples.handover, async (page) => {
    const next = page.getByRole('button', { name: /^Copy next/ })
    const labels: string[] = []
    await expect(next).toBeVisible()
    while ((await next.count()) > 0) {
      const label = (await next.textContent()) ?? ''
      labels.push(label.trim())
      await next.click()
      await expect(page.getByText(`${labels.length} of 5 copied`)).toBeVisible()
    }
    expect(labels).toEqual([
      'Copy next: Name',
      'Copy next: Object ID',
      'Copy next: Directory (Tenant) ID',
      'Copy next: Client ID',
      'Copy next: Client Secret',
    ])
    const clipboard = (): Promise<string> => page.evaluate(() => navigator.clipboard.readText())
    expect(await clipboard()).toBe('q~8sample-secret-of-the-gallery')
    await expect(page.getByText(/clipboard clears in/)).toBeVisible()
    await page.clock.fastForward(31_000)
    await expect(page.getByText('The clipboard was cleared.').first()).toBeVisible()
    expect(await clipboard()).toBe('')
    await expect(page.locator('body')).not.toContainText('q~8sample')
  })
})

test('the secret is hidden until asked for, and again after 30 seconds', async ({ browser }) => {
  await use(browser, samples.handover, async (page) => {
    const secret = page.getByText('q~8sample-secret-of-the-gallery')
    await expect(secret).toHaveCount(0)
    await page.getByRole('button', { name: 'Show: Client Secret' }).click()
    await expect(secret).toBeVisible()
    await page.clock.fastForward(31_000)
    await expect(secret).toHaveCount(0)
  })
})

test('the known errors of Test connection are explained, and OK is told to the core', async ({
  browser,
}) => {
  await use(browser, samples.handover, async (page) => {
    await page.getByRole('button', { name: 'No, it shows an error' }).click()
    await expect(page.getByText('Failed to request refresh token')).toBeVisible()
    await page.getByRole('button', { name: 'Yes, it says OK' }).click()
    await expect.poll(() => called('handover.confirm')).toHaveLength(1)
  })
})

test('Setup opens with its heading in sight, however tall the first step is', async ({
  browser,
}) => {
  await use(browser, samples['setup-practice'], async (page) => {
    await page.setViewportSize({ width: 1000, height: 500 })
    await page.reload()
    await expect(page.getByRole('button', { name: /Sign in as Nora/ })).toBeAttached()
    await expect(page.getByRole('heading', { level: 1 })).toBeInViewport()
  })
})

test('where applying stopped at the consent, making the link is the one thing to do', async ({
  browser,
}) => {
  const sample = samples['setup-consent-link']
  const unsent = { ...sample, state: { ...sample.state, consent: null } }
  await use(browser, unsent, async (page) => {
    await expect(page.locator('.button.primary')).toHaveText('Make the link')
    await expect(page.getByRole('button', { name: /^Check/ })).toHaveAttribute(
      'aria-expanded',
      'false',
    )
  })
})

test('the focus stays near when the button that was pressed goes away', async ({ browser }) => {
  await use(browser, samples['setup-consent-link'], async (page) => {
    await page.getByRole('button', { name: 'Forget the link' }).focus()
    const { state } = samples['setup-consent-link']
    gallery().push({
      event: 'state.changed',
      payload: { ...state, revision: 1_000, consent: null },
    })
    await expect(page.getByRole('button', { name: 'Make the link' })).toBeFocused()
  })
})
