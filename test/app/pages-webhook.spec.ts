// What the Webhook page does when somebody uses it, against a core that only answers.
import { expect, test } from '@playwright/test'
import { samples, type Sample } from '../fakes/sample-states.ts'
import { gallerySpec, violations } from './gallery/gallery-spec.ts'

const { use, called } = gallerySpec()

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

test('what went to another server is read only after a question', async ({ browser }) => {
  await use(browser, samples['webhook-gaps'], async (page) => {
    // What still goes on cannot be read yet: one button, for the other.
    await expect(page.getByText('Began 5 minutes ago and goes on')).toBeVisible()
    await page.getByRole('button', { name: 'Read it…' }).click()
    const dialog = page.getByRole('alertdialog', { name: /emi-old.contoso.example/ })
    await expect(dialog).toContainText('a second time')
    expect(called('gaps.readElsewhere')).toEqual([])
    await dialog.getByRole('button', { name: 'Read it' }).click()
    await expect.poll(() => called('gaps.readElsewhere')).toEqual([{ id: 4 }])
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
