// What the frame of the pages and the settings do when somebody uses them, against a core that only answers.
import { expect, test } from '@playwright/test'
import { sampleNow, samples } from '../fakes/sample-states.ts'
import { gallerySpec, violations } from './gallery/gallery-spec.ts'
import { openSample } from './gallery/open-sample.ts'

const { gallery, use, called } = gallerySpec()

test('the first page lets one choose between Microsoft and the practice tenant', async ({
  browser,
}) => {
  await use(browser, samples.welcome, async (page) => {
    await page.getByRole('button', { name: /practice tenant/ }).click()
    await expect.poll(() => called('connection.choose')).toEqual([{ mode: 'practice' }])
  })
})

test('a term explains itself on focus without breaking the security policy', async ({
  browser,
}) => {
  await use(browser, samples.webhook, async (page) => {
    await page.getByRole('button', { name: 'Tunnel', exact: true }).focus()
    await page.keyboard.press('Shift+Tab')
    await page.keyboard.press('Tab')
    await expect(page.getByText(/What makes this computer reachable/).first()).toBeVisible()
    expect(await violations(page)).toEqual([])
  })
})

test('a setting applies at once and can be undone', async ({ browser }) => {
  await use(browser, samples.settings, async (page) => {
    await page.getByText('Dark', { exact: true }).click()
    await expect(page.getByText('Theme saved')).toBeVisible()
    expect(await violations(page)).toEqual([])
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect
      .poll(() => called('settings.update'))
      .toEqual([{ theme: 'dark' }, { theme: 'system' }])
  })
})

test('a forced theme wins over that of the system', async ({ browser }) => {
  const { state } = samples.settings
  const forced = {
    ...samples.settings,
    state: { ...state, settings: { ...state.settings, theme: 'dark' as const } },
  }
  await use(browser, forced, async (page) => {
    await page.emulateMedia({ colorScheme: 'light' })
    const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    expect(background).toBe('rgb(17, 20, 27)')
  })
})

test('switching to the practice tenant says what happens before it does', async ({ browser }) => {
  await use(browser, samples.settings, async (page) => {
    await page.getByRole('button', { name: 'Switch to the practice tenant' }).click()
    const dialog = page.getByRole('alertdialog')
    await expect(dialog).toContainText('stops receiving from your real tenant')
    await dialog.getByRole('button', { name: 'Switch to the practice tenant' }).click()
    await expect.poll(() => called('connection.choose')).toEqual([{ mode: 'practice' }])
  })
})

test('the practice controls play people, traffic and faults beside the page', async ({
  browser,
}) => {
  await use(browser, samples['settings-practice'], async (page) => {
    await page.getByRole('button', { name: 'Practice controls' }).click()
    const drawer = page.getByRole('dialog', { name: 'Practice controls' })
    await drawer.getByLabel('Message', { exact: true }).fill('Hello')
    await drawer.getByRole('button', { name: 'Send' }).click()
    await drawer.getByLabel('People are chatting').click()
    await drawer.getByLabel(/Graph stops posting/).click()
    await expect
      .poll(() => called('practice.setFault'))
      .toEqual([{ name: 'notifications-stop', on: true }])
    expect(called('practice.setTraffic')).toEqual([{ on: false, perMinute: 12 }])
    expect(called('practice.say')).toEqual([{ chatId: 'c1', personId: 'p1', text: 'Hello' }])
    expect(await violations(page)).toEqual([])
    // Escape closes one thing at a time.
    await page.getByRole('button', { name: 'Switch to Microsoft' }).click()
    await page.keyboard.press('Escape')
    await expect(page.getByRole('alertdialog')).toHaveCount(0)
    await expect(drawer).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(drawer).toHaveCount(0)
    await expect(page.getByRole('button', { name: 'Practice controls' })).toBeFocused()
  })
})

test('the fix of the light goes where it says', async ({ browser }) => {
  await use(browser, samples['webhook-paused'], async (page) => {
    await page.getByLabel('Status').getByRole('button', { name: 'Resume' }).click()
    await expect.poll(() => called('webhook.start')).toHaveLength(1)
  })
  await use(browser, samples['overview-empty'], async (page) => {
    await page.getByRole('button', { name: 'Open Setup' }).click()
    await expect(page.getByRole('heading', { level: 1, name: 'Setup' })).toBeVisible()
  })
})

test('a lost connection is said, and everything is up to date again afterwards', async ({
  browser,
}) => {
  const { page } = await openSample(browser, gallery(), samples.overview)
  // Or it may connect by itself before the button is pressed.
  await page.clock.pauseAt(sampleNow + 600_000)
  gallery().cut()
  await expect(page.getByText('Connection to EMI Tray lost')).toBeVisible()
  const { state } = samples.overview
  gallery().show({
    ...samples.overview,
    state: { ...state, revision: 1, health: { ...state.health, sentence: 'Fresh from the core.' } },
  })
  await page.getByRole('button', { name: 'Try now' }).click()
  await expect(page.getByText('Fresh from the core.')).toBeVisible()
  await expect(page.getByText('Connection to EMI Tray lost')).toHaveCount(0)
  await page.context().close()
})

test('the Network page checks, keeps a password without showing it, and has a text to copy', async ({
  browser,
}) => {
  await use(browser, samples.settings, async (page) => {
    await page.getByRole('link', { name: 'Open Network' }).first().click()
    await page.getByRole('button', { name: 'Check', exact: true }).click()
    await expect.poll(() => called('network.check')).toHaveLength(1)
    await page.getByText('This one').click()
    await expect
      .poll(() => called('settings.update'))
      .toEqual([
        {
          connection: { proxy: { kind: 'address', address: '', bypass: '', username: '' } },
        },
      ])
    await page.getByLabel('With this tunnel').selectOption('ssh')
    await page.getByRole('button', { name: 'Show the text' }).click()
    await expect(page.getByRole('region', { name: 'The text to send' })).toContainText(
      'login.microsoftonline.com, port 443',
    )
    expect(called('network.firewallRequest')).toEqual([{ provider: 'ssh' }])
    expect(await violations(page)).toEqual([])
  })
  await use(browser, samples['settings-network'], async (page) => {
    const password = page.getByLabel('Password')
    await password.fill('pa55')
    await password.press('Enter')
    await expect.poll(() => called('network.setProxyPassword')).toEqual([{ password: 'pa55' }])
    await expect(password).toHaveValue('')
    await page.getByRole('link', { name: 'Settings', exact: true }).first().click()
    await expect(page.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible()
  })
})
