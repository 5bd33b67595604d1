// The months after the set-up, as an admin lives them: something is changed, compared, repaired, rotated, and removed.
import { readFile } from 'node:fs/promises'
import type { Page } from '@playwright/test'
import { expect, test } from './emi.ts'
import { openPage, setUpPractice } from './steps.ts'

/** Client secrets of Entra have some forty characters. */
const secretLine = /EMI_CLIENT_SECRET=\S{30,}/
/** Nothing in it depends on the host. */
const oneHost = { tag: '@one-host' }

test(
  'what somebody changed in the tenant is found, shown and repaired',
  oneHost,
  async ({ emi, browser }) => {
    const { page } = emi
    await setUpPractice(emi, browser)
    await openPage(page, 'Application')
    await page.getByRole('button', { name: 'Compare with the tenant' }).click()
    await expect(page.getByText('Everything is as it should be.')).toBeVisible()

    await doInPractice(page, /every application permission/)
    await page.getByRole('button', { name: 'Compare again' }).click()
    const row = page.getByRole('row', { name: /^ChannelMessage\.Read\.All/ })
    await expect(row).toContainText('Missing')

    await page.getByRole('button', { name: 'Repair', exact: true }).click()
    await expect(page.getByText('Everything is as it should be.')).toBeVisible()
    await page.getByRole('tab', { name: 'Audit trail' }).click()
    await expect(page.getByRole('main')).toContainText('nora.lindqvist@contoso-practice.example')
  },
)

test(
  'who may not consent sends a link, and another administrator finishes the set-up',
  oneHost,
  async ({ emi, browser }) => {
    const { page } = emi
    await page.getByRole('button', { name: /Try with the practice tenant/ }).click()
    await page.getByRole('button', { name: 'Sign in to the practice tenant' }).click()
    await page.getByRole('button', { name: /Sign in as Samir/ }).click()
    await page.getByRole('button', { name: 'Apply the plan' }).click()
    await page.getByRole('button', { name: 'Make the link' }).click()
    const link = page.getByText(/adminconsent\?client_id=/)
    await expect(page.getByText('Waiting for the other administrator')).toBeVisible()

    const context = await browser.newContext({ ignoreHTTPSErrors: true })
    const other = await context.newPage()
    await other.goto((await link.textContent()) ?? '')
    await other.getByRole('button', { name: /Global/ }).click()
    // Sent by itself, not by the button: the contact center's page that follows does not exist here.
    await expect(other.getByRole('button', { name: 'Accept' })).toBeVisible()
    const { action, fields } = await other.locator('form').evaluate((form: HTMLFormElement) => ({
      action: form.action,
      fields: Object.fromEntries(
        [...form.querySelectorAll('input')].map(({ name, value }) => [name, value]),
      ),
    }))
    const answer = await other.request.post(action, {
      form: { ...fields, decision: 'accept' },
      maxRedirects: 0,
    })
    expect(answer.headers()['location']).toContain('admin_consent=True')
    await context.close()

    await page.getByRole('button', { name: 'Ask now' }).click()
    await expect(page.getByText('Every application permission is granted.')).toBeVisible()
    await expect(page.getByText(/A real token carries/)).toBeVisible()
    await expect(page.getByRole('button', { name: 'Apply the plan' })).toHaveCount(0)
  },
)

test('the secret is rotated: both work until Test connection said OK', async ({ emi, browser }) => {
  const { page } = emi
  await setUpPractice(emi, browser)
  await openPage(page, 'Application')
  await page.getByRole('tab', { name: 'Secrets' }).click()
  await page.getByRole('button', { name: 'Rotate the secret' }).click()
  await page.getByRole('link', { name: 'Open Handover to copy it' }).click()
  await expect(page.getByText('Only the client secret is new.')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Copy next: Client Secret' })).toBeVisible()
  await expect(page.getByText(/Never delete an existing account/)).toBeVisible()
  await page.getByRole('button', { name: 'Yes: remove the old secret' }).click()
  await expect(page.getByText('Only the client secret is new.')).toBeHidden()
  await openPage(page, 'Application')
  await page.getByRole('tab', { name: 'Secrets' }).click()
  await expect(page.getByRole('button', { name: 'Rotate the secret' })).toBeVisible()
})

test('files are saved from the pages, the secret only where it was ticked', async ({
  emi,
  browser,
}) => {
  const { page } = emi
  await setUpPractice(emi, browser)
  await openPage(page, 'Handover')
  await page.getByText('More formats').click()
  const plain = await saved(page, 'Save as .env')
  expect(plain).toMatch(/EMI_CLIENT_ID=/)
  expect(plain).not.toMatch(secretLine)
  await page.getByLabel('With the client secret').check()
  const whole = await saved(page, 'Save as .env')
  expect(whole).toMatch(secretLine)
  expect(await saved(page, 'Save as Markdown')).toContain('Application (client) ID')
  expect(await saved(page, 'Save the calendar file')).toContain('BEGIN:VCALENDAR')

  await openPage(page, 'Setup')
  await page.getByText('Give the work to the identity team').click()
  await page.getByRole('button', { name: 'Make the files' }).click()
  expect(await saved(page, 'Save create-application.ps1')).toContain('Connect-MgGraph')
})

test('everything that was made is listed, removed, and the app starts afresh', async ({
  emi,
  browser,
}) => {
  const { page } = emi
  await setUpPractice(emi, browser)
  await openPage(page, 'Settings')
  await page.getByRole('button', { name: 'List what EMI Tray made' }).click()
  await page.getByRole('button', { name: 'Remove the selected' }).click()
  await page.getByRole('button', { name: 'Remove', exact: true }).click()
  await expect(page.getByText('Everything you selected was removed.')).toBeVisible()
  await openPage(page, 'Handover')
  await expect(page.getByText('Nothing to hand over yet')).toBeVisible()
})

test(
  'a strict tenant is explained before anything is written',
  oneHost,
  async ({ emi, browser }) => {
    const { page } = emi
    await setUpPractice(emi, browser)
    await page.getByRole('button', { name: 'Practice controls' }).click()
    await page
      .getByRole('dialog')
      .getByRole('switch', { name: /limits client secrets/ })
      .check()
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click()
    await doInPractice(page, /similar|look/i)
    await openPage(page, 'Setup')
    await page.getByRole('button', { name: /^Check/ }).click()
    await page.getByRole('button', { name: 'Check again' }).click()
    await expect(page.getByText('Applications that look like this one')).toBeVisible()
  },
)

/** Does one of the things that another administrator might do. */
async function doInPractice(page: Page, description: RegExp): Promise<void> {
  await page.getByRole('button', { name: 'Practice controls' }).click()
  const drawer = page.getByRole('dialog')
  const item = drawer.getByRole('listitem').filter({ hasText: description })
  await item.getByRole('button', { name: 'Do it' }).first().click()
  await expect(item.getByText('Done.').first()).toBeVisible()
  await drawer.getByRole('button', { name: 'Close' }).click()
}

/** Presses the button and reads the file that it saves. */
async function saved(page: Page, button: string): Promise<string> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: button }).click(),
  ])
  return readFile(await download.path(), 'utf8')
}
