// What the pages do when somebody uses them, against a core that only answers.
import { AxeBuilder } from '@axe-core/playwright'
import { expect, test, type Browser, type Page } from '@playwright/test'
import { logEntry, samples, type Sample } from '../fakes/sample-states.ts'
import { storedPage } from '../fakes/sample-stored.ts'
import { startGallery, type Gallery } from './gallery/gallery-server.ts'
import { openSample } from './gallery/open-sample.ts'

const pages = new URL('../../out/renderer', import.meta.url).pathname

let gallery: Gallery

test.beforeAll(async () => {
  gallery = await startGallery(pages)
})

test.afterAll(async () => {
  await gallery.close()
})

/** Uses a sample, and expects that the console stayed silent. */
async function use(
  browser: Browser,
  sample: Sample,
  work: (page: Page, troubles: string[]) => Promise<void>,
): Promise<void> {
  const { page, troubles } = await openSample(browser, gallery, sample)
  await work(page, troubles)
  expect(troubles).toEqual([])
  await page.context().close()
}

const called = (name: string): unknown[] =>
  gallery.calls.filter((call) => call.name === name).map((call) => call.input)

const violations = async (page: Page): Promise<string[]> =>
  (await new AxeBuilder({ page }).analyze()).violations.map((one) => one.id)

test('the first page lets one choose between Microsoft and the practice tenant', async ({
  browser,
}) => {
  await use(browser, samples.welcome, async (page) => {
    await page.getByRole('button', { name: /practice tenant/ }).click()
    await expect.poll(() => called('connection.choose')).toEqual([{ mode: 'practice' }])
  })
})

test('the host name is saved before the sign-in that needs it begins', async ({ browser }) => {
  await use(browser, samples['setup-start'], async (page) => {
    const start = page.getByRole('button', { name: 'Sign in with Microsoft' })
    await expect(start).toBeDisabled()
    await page.getByLabel('Contact center host name').fill('acme.brightpattern.com')
    await start.click()
    await expect.poll(() => called('signIn.start')).toEqual([{ method: 'browser' }])
    const names = gallery.calls.map((call) => call.name)
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

test('taking over asks first, keeps the keyboard inside, and can be called off', async ({
  browser,
}) => {
  await use(browser, samples['webhook-foreign-holder'], async (page) => {
    const takeOver = page.getByRole('main').getByRole('button', { name: 'Take over' })
    // Who holds the place is said once, beside what can be done.
    const row = page.getByRole('listitem').filter({ hasText: 'Held elsewhere' })
    await expect(row.getByText(/emi\.brightpattern\.example/)).toHaveCount(1)
    await expect(row.getByRole('alert')).toHaveCount(0)
    await takeOver.click()
    const dialog = page.getByRole('alertdialog', { name: /emi.brightpattern.example/ })
    await expect(dialog).toBeVisible()
    expect(await violations(page)).toEqual([])
    await page.keyboard.press('Escape')
    await expect(dialog).toHaveCount(0)
    await expect(takeOver).toBeFocused()
    expect(called('subscription.takeOver')).toEqual([])
    await takeOver.click()
    await dialog.getByRole('button', { name: 'Take over' }).click()
    await expect
      .poll(() => called('subscription.takeOver'))
      .toEqual([{ subscriptionId: 'f37d1c8e-3d0f-44e3-a1a9-2f6f64cf6b1d' }])
    await expect(dialog).toHaveCount(0)
  })
})

test('a refused subscription offers its two ways out', async ({ browser }) => {
  await use(browser, samples['webhook-refused'], async (page) => {
    await page.getByRole('button', { name: 'Subscribe person by person' }).click()
    await page.getByLabel(/User principal names/).fill('a@acme.example\nb@acme.example')
    await page.getByRole('button', { name: 'Subscribe 2 people' }).click()
    await expect
      .poll(() => called('setup.applyRemedy'))
      .toEqual([{ remedy: 'per-user', userPrincipalNames: ['a@acme.example', 'b@acme.example'] }])
    // The permission takes a plan: one is led to where it is looked over and applied.
    await page.getByRole('button', { name: 'Add the permission Chat.Read.All' }).click()
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Setup')
    await expect
      .poll(() => called('setup.applyRemedy'))
      .toContainEqual({ remedy: 'add-chat-read-all', userPrincipalNames: [] })
  })
})

test('who adds a permission without being signed in signs in where they are', async ({
  browser,
}) => {
  const { state, ...refused } = samples['webhook-refused']
  const signedOut: Sample = { ...refused, state: { ...state, signIn: { phase: 'signed-out' } } }
  await use(browser, signedOut, async (page) => {
    await page.getByRole('button', { name: 'Add the permission Chat.Read.All' }).click()
    await expect(page.getByText(/nobody is signed in/)).toBeVisible()
    await page.getByRole('button', { name: 'Sign in to add the permission' }).click()
    await expect.poll(() => called('signIn.start')).toEqual([{ method: 'browser' }])
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Webhook')
  })
})

test('a permission that was added waits in Setup, and both pages say so', async ({ browser }) => {
  await use(browser, samples['webhook-change-planned'], async (page) => {
    await expect(
      page.getByRole('button', { name: 'Add the permission Chat.Read.All' }),
    ).toHaveCount(0)
    await page.getByRole('button', { name: 'Go to the plan' }).click()
    await expect(page.getByText(/A change is planned/)).toBeVisible()
    await expect(page.getByRole('button', { name: 'Apply the plan' })).toBeInViewport()
    // What changes stands first.
    const tables = page.getByRole('table')
    await expect(tables.first().locator('tbody tr').first()).toContainText('Adds Chat.Read.All.')
    await expect(tables.last().locator('tbody tr').first()).toContainText('Chat.Read.All')
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

test('before set-up the webhook cannot be started, and nothing competes with the way to Setup', async ({
  browser,
}) => {
  await use(browser, { ...samples['setup-start'], hash: '#/webhook' }, async (page) => {
    await expect(page.getByRole('button', { name: 'Start', exact: true })).toBeDisabled()
    await expect(page.locator('.button.primary')).toHaveCount(0)
  })
})

test('a gateway’s host key is trusted only after a person compared it', async ({ browser }) => {
  await use(browser, samples['webhook-ssh-failing'], async (page) => {
    await page.getByRole('button', { name: 'Read again' }).click()
    await expect(page.getByText('SHA256:8vBq3sGJ0K1pTn5Qe2gYx5mZc7rWdUuH4aLkP9oJfEs')).toBeVisible()
    expect(called('settings.update')).toEqual([])
    await page.getByRole('button', { name: 'No', exact: true }).click()
    await page.getByRole('button', { name: 'Show public key' }).click()
    await expect(
      page.getByText('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKsample emi-tray'),
    ).toBeVisible()
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

test('the log follows, pauses, counts what is new, and goes on', async ({ browser }) => {
  await use(browser, samples['log-busy'], async (page) => {
    const list = page.getByRole('list', { name: 'Log entries' })
    await expect(list.getByRole('button').last()).toBeInViewport()
    gallery.push({ event: 'log.appended', payload: [logEntry(1_201, { message: 'The newest.' })] })
    await expect(page.getByText('The newest.')).toBeInViewport()
    await page.getByRole('button', { name: 'Pause' }).click()
    gallery.push({
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
    gallery.show({ ...sample, stored: { ...storedPage, found: taken } })
    const handOn = { ...state.handOn, handedOn: state.handOn.handedOn + 1 }
    gallery.push({ event: 'state.changed', payload: { ...state, revision: 1_000, handOn } })
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
    gallery.show({ ...sample, stored: { ...storedPage, found: tests } })
    const origin = page.getByLabel('Origin')
    await origin.focus()
    await origin.selectOption('Tests')
    await expect(detail).toHaveCount(0)
    await expect(origin).toBeFocused()
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
  const { page } = await openSample(browser, gallery, samples.overview)
  gallery.cut()
  await expect(page.getByText('Connection to EMI Tray lost')).toBeVisible()
  const { state } = samples.overview
  gallery.show({
    ...samples.overview,
    state: { ...state, revision: 1, health: { ...state.health, sentence: 'Fresh from the core.' } },
  })
  await page.getByRole('button', { name: 'Try now' }).click()
  await expect(page.getByText('Fresh from the core.')).toBeVisible()
  await expect(page.getByText('Connection to EMI Tray lost')).toHaveCount(0)
  await page.context().close()
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
    gallery.push({
      event: 'state.changed',
      payload: { ...state, revision: 1_000, consent: null },
    })
    await expect(page.getByRole('button', { name: 'Make the link' })).toBeFocused()
  })
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
