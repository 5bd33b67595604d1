// What the Log page does when somebody uses it, against a core that only answers.
import { expect, test } from '@playwright/test'
import { logEntry, samples } from '../fakes/sample-states.ts'
import { storedPage } from '../fakes/sample-stored.ts'
import { gallerySpec, violations } from './gallery/gallery-spec.ts'

const { gallery, use, called } = gallerySpec()

test('the log follows, pauses, counts what is new, and goes on', async ({ browser }) => {
  await use(browser, samples['log-busy'], async (page) => {
    const list = page.getByRole('list', { name: 'Log entries' })
    await expect(list.getByRole('button').last()).toBeInViewport()
    gallery().push({
      event: 'log.appended',
      payload: [logEntry(1_201, { message: 'The newest.' })],
    })
    await expect(page.getByText('The newest.')).toBeInViewport()
    await page.getByRole('button', { name: 'Pause' }).click()
    gallery().push({
      event: 'log.appended',
      payload: [logEntry(1_202, { message: 'After the pause.' })],
    })
    await page.getByRole('button', { name: 'Show 1 new entry' }).click()
    await expect(page.getByText('After the pause.')).toBeInViewport()
    // Only what is in sight is in the page.
    expect(await list.getByRole('button').count()).toBeLessThan(80)
  })
})

test('the log stays at its end when its room changes', async ({ browser }) => {
  await use(browser, samples['log-busy'], async (page) => {
    const list = page.getByRole('list', { name: 'Log entries' })
    await expect(list.getByRole('button').last()).toBeInViewport()
    await page.setViewportSize({ width: 600, height: 640 })
    await expect(list.locator('[data-id="1200"]')).toBeInViewport()
  })
})

test('the log is filtered, searched and read by keyboard', async ({ browser }) => {
  await use(browser, samples['log-busy'], async (page) => {
    await page.getByRole('button', { name: 'Trouble' }).click()
    await expect(page.getByText('98 entries')).toBeVisible()
    await page.getByRole('button', { name: 'All', exact: true }).click()
    await page.getByLabel('Search the log').fill('nothing like this')
    await page.getByRole('button', { name: 'Show everything' }).click()
    const list = page.getByRole('list', { name: 'Log entries' })
    await list.getByRole('button').last().focus()
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Enter')
    const detail = page.getByRole('complementary', { name: 'Entry' })
    await expect(detail).toContainText('The content of messages is not kept')
    expect(called('delivery.get')).toEqual([{ id: 1_198 }])
    expect(await violations(page)).toEqual([])
    await page.keyboard.press('Escape')
    await expect(detail).toHaveCount(0)
    await expect(list.locator('button:focus')).toHaveCount(1)
  })
})

test('an open notification follows its hand-on, and closes when a filter leaves it out', async ({
  browser,
}) => {
  const sample = samples['log-stored']
  await use(browser, sample, async (page) => {
    const list = page.getByRole('list', { name: 'Stored notifications' })
    await list.getByText(/New chat message · Waits/).click()
    const detail = page.getByRole('complementary', { name: 'Entry' })
    await detail.getByRole('button', { name: 'Hand on again' }).click()
    await expect(detail.getByText('It waits for its turn.')).toBeVisible()

    const { state } = sample
    const taken = storedPage.found.map((one) =>
      one.handOn ? { ...one, handOn: { ...one.handOn, state: 'done' as const } } : one,
    )
    gallery().show({ ...sample, stored: { ...storedPage, found: taken } })
    const handOn = { ...state.handOn, handedOn: state.handOn.handedOn + 1 }
    gallery().push({ event: 'state.changed', payload: { ...state, revision: 1_000, handOn } })
    await expect(detail.getByText('It was handed on.')).toBeVisible()
    await expect(detail.getByText('Handed on', { exact: true })).toBeVisible()
    await expect(list.getByText(/Waits/)).toHaveCount(0)

    // Escape belongs to what is on top of it, and to a field with something in it.
    const all = page.getByRole('button', { name: 'Hand on again (5)…' })
    await all.click()
    await page.keyboard.press('Escape')
    await expect(all).toBeFocused()
    const search = page.getByRole('searchbox')
    await search.fill('Adele')
    await search.press('Escape')
    await expect(search).toBeFocused()
    await expect(detail).toBeVisible()

    const tests = taken.filter(({ origin }) => origin === 'test')
    gallery().show({ ...sample, stored: { ...storedPage, found: tests } })
    const origin = page.getByLabel('Origin')
    await origin.focus()
    await origin.selectOption('Tests')
    await expect(detail).toHaveCount(0)
    await expect(origin).toBeFocused()
  })
})
