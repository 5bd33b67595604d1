// What is stored is found again on the Log page; a test notification and a real message go the whole way.
import { expect, test } from './emi.ts'
import { callFromPage, openPage, setUpPractice } from './steps.ts'

test(
  'a test and a real message go the whole way, and are found among what is stored',
  { tag: '@one-host' },
  async ({ emi, browser }) => {
    await setUpPractice(emi, browser)
    const { page } = emi
    await openPage(page, 'Log')
    await page.getByRole('button', { name: 'Stored', exact: true }).click()
    await expect(page.getByText('Nothing is stored yet')).toBeVisible()
    await openPage(page, 'Webhook')
    await page.getByRole('button', { name: 'Send a test', exact: true }).click()
    await expect(page.getByText('The answer 202 came back.')).toBeVisible()

    await page.getByRole('button', { name: 'Wait for it' }).click()
    await expect(page.getByText(/Write a message in Teams now/)).toBeVisible()
    const state = await callFromPage(page, 'app.getState')
    const { practice, webhook } = (state as { value: SeenState }).value
    // The test is no traffic of Teams.
    expect(webhook.received).toBe(0)
    const channel = practice.chats.find(({ kind }) => kind === 'channel')
    await callFromPage(page, 'practice.say', {
      ...{ chatId: channel?.id, personId: practice.people[0]?.id, text: 'Good morning' },
    })
    await expect(page.getByText(/It works: New channel message/)).toBeVisible()

    await openPage(page, 'Log')
    await page.getByRole('button', { name: 'Stored', exact: true }).click()
    const stored = page.getByRole('list', { name: 'Stored notifications' })
    await expect(stored.getByText(/New channel message/)).toBeVisible()
    // Filters are combined.
    await page.getByLabel('Kind', { exact: true }).selectOption('Lifecycle')
    await page.getByLabel('Origin').selectOption('Tests')
    await expect(page.getByText('No stored notification matches')).toBeVisible()
    await page.getByLabel('Kind', { exact: true }).selectOption('New')
    await expect(stored.getByRole('listitem')).toHaveCount(1)
    await stored.getByText(/Test notification/).click()
    const detail = page.getByRole('complementary', { name: 'Entry' })
    await expect(detail.getByText('emi-tray-test', { exact: true })).toBeVisible()
    await expect(detail.getByText('content-type')).toBeVisible()
    await expect(detail.getByRole('button', { name: 'Hand on again' })).toBeHidden()

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export HAR' }).click(),
    ])
    expect(download.suggestedFilename()).toBe('emi-notifications.har')
    await expect(page.getByText(/Exported 1, without content/)).toBeVisible()
  },
)

interface SeenState {
  practice: { chats: { id: string; kind: string }[]; people: { id: string }[] }
  webhook: { received: number }
}
