// What somebody writes in Teams reaches the contact center: signed, in order, also after the contact center was down.
import type { Locator, Page } from '@playwright/test'
import { startReceiver } from '../core/hand-on/receiver.ts'
import { expect, test } from './emi.ts'
import { callFromPage, openPage, setUpPractice } from './steps.ts'

test('messages are handed on to the contact center, also those from while it was down', async ({
  emi,
  browser,
}) => {
  let key = ''
  const receiver = await startReceiver(() => Promise.resolve(key))
  try {
    await setUpPractice(emi, browser)
    await openPage(emi.page, 'Webhook')
    const panel = panelOf(emi.page)
    await panel.getByText('An address', { exact: true }).click()
    const address = panel.getByRole('textbox', { name: 'Address' })
    await address.fill('http://contactcenter.example/events')
    await address.press('Enter')
    await expect(panel.getByText(/must start with https/)).toBeVisible()
    await address.fill(receiver.url)
    await address.press('Enter')
    await expect(panel.getByText('Working', { exact: true })).toBeVisible()

    await panel.getByRole('button', { name: 'Show: Signing key' }).click()
    const shown = panel.getByText(/^whsec_/)
    key = (await shown.textContent()) ?? ''
    await panel.getByRole('button', { name: 'Send a test event' }).click()
    await expect(panel.getByText(/Taken: answered 204 after \d+ ms/)).toBeVisible()

    const say = async (text: string) => {
      const state = await callFromPage(emi.page, 'app.getState')
      const { practice } = (state as { value: PracticeOnly }).value
      // Messages in chats take a permission that not every tenant grants.
      const channel = practice.chats.find(({ kind }) => kind === 'channel')
      const input = { chatId: channel?.id, personId: practice.people[0]?.id, text }
      expect(await callFromPage(emi.page, 'practice.say', input)).toMatchObject({ ok: true })
    }
    const messages = () =>
      receiver.received.filter(
        ({ event, status }) =>
          status === 204 && event.type === 'app.emitray.teams.message.created.v1',
      )
    await say('Good morning')
    await expect.poll(() => messages().length).toBe(1)

    receiver.answer = () => ({ status: 503 })
    await say('Is anybody there?')
    await expect(panel.getByText('Trying again', { exact: true })).toBeVisible()
    await emi.restart()
    receiver.answer = () => ({ status: 204 })
    await expect.poll(() => messages().length).toBe(2)
    // One that was taken goes again when somebody asks, under the same id.
    await openPage(emi.page, 'Log')
    await emi.page.getByText('New channel message').first().click()
    await emi.page.getByRole('button', { name: 'Hand on again' }).click()
    await expect.poll(() => messages().length).toBe(3)
    expect(new Set(messages().map(({ event }) => event.id)).size).toBe(2)
    expect(receiver.forged).toBe(0)
    await openPage(emi.page, 'Webhook')
    await expect(panelOf(emi.page).getByText('Working', { exact: true })).toBeVisible()
  } finally {
    await receiver.close()
  }
})

function panelOf(page: Page): Locator {
  return page.getByRole('region', { name: /^Contact center/ })
}

interface PracticeOnly {
  practice: { chats: { id: string; kind: string }[]; people: { id: string }[] }
}
