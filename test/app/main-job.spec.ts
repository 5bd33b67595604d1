// The main job, end to end: from a fresh data folder to a Teams message in the live log.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Locator, Page } from '@playwright/test'
import type { AppState } from '../../main/contract/models/state.ts'
import { expect, test } from './emi.ts'
import { callFromPage, openPage, setUpPractice } from './steps.ts'

test('from a fresh data folder to a Teams message in the live log', async ({ emi, browser }) => {
  const { page } = emi
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Connect Microsoft Teams')
  await setUpPractice(emi, browser)

  // The channel messages need no extra permission; the tenant-wide chat messages do, and that is said.
  await openPage(page, 'Webhook')
  await expect(page.getByText('Chat.Read.All').first()).toBeVisible()

  await openPage(page, 'Log')
  await page.getByRole('button', { name: 'Practice controls' }).click()
  const drawer = page.getByRole('dialog')
  await drawer.getByLabel('Where').selectOption({ index: await channelIndex(drawer) })
  await drawer.getByLabel('Message', { exact: true }).fill('Can somebody call the customer back?')
  const message = page.getByText('New channel message').first()
  await noteTimes(page, 'New channel message')
  await drawer.getByRole('button', { name: 'Send' }).click()
  await page.keyboard.press('Escape')
  await expect(message).toBeVisible()
  expect(await msFromClickToText(page)).toBeLessThan(2_000)
  await expect(page.locator('body')).not.toContainText('Can somebody call the customer back?')
  // Its words are read from Teams once somebody asks, and are gone from the page with the next click.
  await page.getByText('New channel message').first().click()
  await page.getByRole('button', { name: 'Show content' }).click()
  await expect(page.getByText('Can somebody call the customer back?')).toBeVisible()
  await page.getByRole('button', { name: 'Hide', exact: true }).click()
  await expect(page.locator('body')).not.toContainText('Can somebody call the customer back?')
})

test('what was set up is there again after a restart, and messages still arrive', async ({
  emi,
  browser,
}) => {
  await setUpPractice(emi, browser)
  await emi.restart()
  const { page } = emi
  await openPage(page, 'Overview')
  // The light speaks of the one subscription that is refused: the others are in place again.
  await expect(page.getByRole('main')).toContainText('Chat.Read.All')
  await page.getByRole('button', { name: 'Practice controls' }).click()
  const drawer = page.getByRole('dialog')
  await drawer.getByLabel('Where').selectOption({ index: await channelIndex(drawer) })
  await drawer.getByLabel('Message', { exact: true }).fill('Still there?')
  await drawer.getByRole('button', { name: 'Send' }).click()
  await page.keyboard.press('Escape')
  await openPage(page, 'Log')
  await expect(page.getByText('New channel message').first()).toBeVisible()
})

test('the permission for all chats can be added later, and chat messages then arrive', async ({
  emi,
  browser,
}) => {
  const { page } = emi
  await setUpPractice(emi, browser)
  await openPage(page, 'Webhook')
  await page.getByRole('button', { name: /Add .*Chat\.Read\.All/ }).click()
  await openPage(page, 'Setup')
  await page.getByRole('button', { name: 'Apply the plan' }).click()
  await openPage(page, 'Overview')
  await expect(page.getByRole('main')).toContainText('3 subscriptions are active')
})

test('the handover values are those of the tenant, and Microsoft accepts them', async ({
  emi,
  browser,
}) => {
  const { page } = emi
  await setUpPractice(emi, browser)
  await openPage(page, 'Handover')
  // The cards are the list items with a heading of their own: the form's label.
  const cards = page
    .getByRole('main')
    .getByRole('listitem')
    .filter({ has: page.getByRole('heading', { level: 3 }) })
  // They come after the page.
  await expect(cards).toHaveCount(6)
  const shown = await cards.allTextContents()
  for (const [index, label] of [
    'Name',
    'Object ID',
    'Directory (Tenant) ID',
    'Client ID',
    'Client Secret',
    'Expires at',
  ].entries()) {
    expect(shown[index]).toContain(label)
  }
  const books = JSON.parse(
    await readFile(join(emi.dataFolder, 'practice', 'tenant.json'), 'utf8'),
  ) as { directory: { applications: { id: string; appId: string }[] } }
  const [application] = books.directory.applications
  expect(books.directory.applications).toHaveLength(1)
  expect(shown[1]).toContain(application?.id)
  expect(shown[3]).toContain(application?.appId)

  await expect(cards.nth(4)).not.toContainText(/\dQ~/)
  await cards.nth(4).getByRole('button', { name: /Show/ }).click()
  await expect(cards.nth(4)).toContainText(/\dQ~/)
  const secret = /\S{3}\dQ~[\w.~-]+/.exec((await cards.nth(4).textContent()) ?? '')?.[0] ?? ''
  const tenantId = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(shown[2] ?? '')?.[0] ?? ''
  const state = await callFromPage(page, 'app.getState')
  if (!state.ok) throw new Error(state.error.message)
  const { cloud } = state.value as AppState
  const context = await browser.newContext({ ignoreHTTPSErrors: true })
  const answer = await context.request.post(
    `${cloud?.loginHost ?? ''}/${tenantId}/oauth2/v2.0/token`,
    {
      form: {
        grant_type: 'client_credentials',
        client_id: application?.appId ?? '',
        client_secret: secret,
        scope: `${cloud?.graphHost ?? ''}/.default`,
      },
    },
  )
  expect(answer.status()).toBe(200)
  await context.close()
})

async function channelIndex(drawer: Locator): Promise<number> {
  const options = drawer.getByLabel('Where').locator('option')
  await expect(
    options.filter({ hasText: 'Channel' }),
    'a channel among the places',
  ).not.toHaveCount(0)
  return (await options.allTextContents()).findIndex((text) => text.includes('Channel'))
}

/** Has the page note when it was last clicked before it shows the text, and when it does: no time of the test's own counts. */
async function noteTimes(page: Page, text: string): Promise<void> {
  await page.evaluate((wanted) => {
    const noted = { clickedAt: NaN, shownAt: NaN }
    Object.assign(window, { noted })
    const isShown = () => document.body.textContent.includes(wanted)
    if (isShown()) throw new Error('It is there already.')
    const note = () => {
      if (Number.isNaN(noted.shownAt)) noted.clickedAt = performance.now()
    }
    addEventListener('click', note, { capture: true })
    const observer = new MutationObserver(() => {
      if (!isShown()) return
      noted.shownAt = performance.now()
      observer.disconnect()
    })
    observer.observe(document.body, { subtree: true, childList: true, characterData: true })
  }, text)
}

async function msFromClickToText(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { noted } = window as { noted?: { clickedAt: number; shownAt: number } }
    return noted ? noted.shownAt - noted.clickedAt : NaN
  })
}
