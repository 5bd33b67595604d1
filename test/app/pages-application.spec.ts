// What the pages about the application do when somebody uses them, against a core that only answers.
import { readFile } from 'node:fs/promises'
import { expect, test } from '@playwright/test'
import { auditTrail } from '../fakes/sample-application.ts'
import { sampleError, samples } from '../fakes/sample-states.ts'
import { gallerySpec, violations } from './gallery/gallery-spec.ts'
import { openSample } from './gallery/open-sample.ts'

const { gallery, use, called } = gallerySpec()

for (const name of [
  'application-signed-out',
  'application-in-order',
  'application-drifted',
  'secrets-fine',
  'secrets-urgent',
  'secrets-handing-over',
  'report',
] as const) {
  test(`${name} has at most one primary button`, async ({ browser }) => {
    await use(browser, samples[name], async (page) => {
      await expect(page.getByRole('tab', { selected: true })).toBeVisible()
      const expected = name === 'application-in-order' ? 0 : 1
      await expect(page.locator('.button.primary')).toHaveCount(expected)
    })
  })
}

test('the parts of the page are chosen by keyboard, and each has its address', async ({
  browser,
}) => {
  await use(browser, samples['application-in-order'], async (page) => {
    await page.getByRole('tab', { name: 'Compare' }).focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Enter')
    await expect(page.getByRole('tabpanel', { name: 'Secrets' })).toContainText('640 days left')
    await expect.poll(() => new URL(page.url()).hash).toBe('#/application/secrets')
    await page.goBack()
    await expect(page.getByRole('tab', { name: 'Compare' })).toHaveAttribute(
      'aria-selected',
      'true',
    )
  })
})

test('the page and the part that are open still stand out in high contrast', async ({
  browser,
}) => {
  await use(browser, samples['application-in-order'], async (page) => {
    await page.emulateMedia({ forcedColors: 'active' })
    const looks = (role: 'link' | 'tab') =>
      page
        .getByRole(role === 'link' ? 'navigation' : 'tablist')
        .getByRole(role)
        .evaluateAll((all) => all.map((one) => getComputedStyle(one).backgroundColor))
    const others = (all: string[]) => all.filter((one) => one !== all[0])
    await expect.poll(async () => others(await looks('tab'))).toHaveLength(3)
    await expect.poll(async () => new Set(await looks('link')).size).toBe(2)
  })
})

test('a sign-in that fails there says why, and is not told of before', async ({ browser }) => {
  const sample = structuredClone(samples['application-signed-out'])
  const step = sample.state.setup.steps.find(({ id }) => id === 'sign-in')
  Object.assign(step ?? {}, { error: sampleError({ message: 'Only administrators may do this.' }) })
  await use(browser, sample, async (page) => {
    await expect(page.getByRole('button', { name: 'Sign in to compare' })).toBeVisible()
    await expect(page.getByRole('alert')).toHaveCount(0)
    await page.getByRole('button', { name: 'Sign in to compare' }).click()
    await expect(page.getByRole('alert')).toContainText('Only administrators may do this.')
  })
})

test('who is signed out signs in where the comparison is', async ({ browser }) => {
  await use(browser, samples['application-signed-out'], async (page) => {
    await expect(page.getByRole('button', { name: 'Compare with the tenant' })).toHaveCount(0)
    await page.getByRole('button', { name: 'Sign in to compare' }).click()
    await expect.poll(() => called('signIn.start')).toEqual([{ method: 'browser' }])
  })
  await use(browser, samples['application-signing-in'], async (page) => {
    await page.getByRole('button', { name: /Sign in as Nora/ }).click()
    await expect.poll(() => called('practice.signIn')).toEqual([{ personId: 'p1' }])
  })
})

test('repair takes nothing away unless it is ticked and confirmed', async ({ browser }) => {
  await use(browser, samples['application-drifted'], async (page) => {
    await expect(page.getByText('2 things are missing, 1 is different.')).toBeVisible()
    await page.getByRole('button', { name: 'Repair', exact: true }).click()
    await expect.poll(() => called('drift.repair')).toEqual([{ removals: [] }])

    await page.getByLabel('Remove Mail.Read (delegated)').check()
    await page.getByLabel(/Remove Another redirect URI/).check()
    await page.getByRole('button', { name: 'Repair and remove 2' }).click()
    const dialog = page.getByRole('alertdialog')
    await expect(dialog.getByRole('listitem')).toHaveText([
      'Mail.Read (delegated)',
      /Another redirect URI: https:/,
    ])
    expect(await violations(page)).toEqual([])
    await page.keyboard.press('Escape')
    expect(called('drift.repair')).toHaveLength(1)
    await page.getByRole('button', { name: 'Repair and remove 2' }).click()
    await dialog.getByRole('button', { name: 'Repair and remove 2' }).click()
    await expect
      .poll(() => called('drift.repair')[1])
      .toEqual({
        removals: [
          'configured:delegated Mail.Read',
          'redirect-uri:https://old.brightpattern.com/agentdesktop/msteamscallback.html',
        ],
      })
    // The next repair begins without ticks.
    await expect(page.getByRole('button', { name: 'Repair', exact: true })).toBeVisible()
  })
})

test('what nobody needs can be removed from an application that is in order', async ({
  browser,
}) => {
  await use(browser, samples['application-surplus'], async (page) => {
    await expect(page.getByRole('button', { name: /Repair/ })).toHaveCount(0)
    await page.getByLabel('Remove The secret that starts with Zx1').check()
    await page.getByRole('button', { name: 'Remove 1' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Remove 1' }).click()
    await expect.poll(() => called('drift.repair')).toHaveLength(1)
  })
})

test('a comparison that runs can be stopped', async ({ browser }) => {
  await use(browser, samples['application-repairing'], async (page) => {
    await expect(page.getByText('Step 2 of 3')).toBeVisible()
    await expect(page.getByRole('button', { name: /Repair|Compare/ })).toHaveCount(0)
    await page.getByRole('button', { name: 'Stop' }).click()
    await expect.poll(() => called('drift.cancel')).toHaveLength(1)
  })
})

test('a rotation starts, and its old secret goes only after a person said that the new one works', async ({
  browser,
}) => {
  await use(browser, samples['secrets-fine'], async (page) => {
    await page.getByRole('button', { name: 'Rotate the secret' }).click()
    await expect.poll(() => called('rotation.start')).toHaveLength(1)
  })
  await use(browser, samples['secrets-handing-over'], async (page) => {
    const steps = page.getByRole('list', { name: 'Rotation' })
    await expect(steps.locator('[aria-current=step]')).toContainText('Enter it in Bright Pattern')
    await expect(page.getByText(/never delete it/)).toBeVisible()
    await page.getByRole('button', { name: /Test connection said OK/ }).click()
    const dialog = page.getByRole('alertdialog')
    await expect(dialog).toContainText('Teams stops for every agent')
    expect(called('rotation.confirm')).toEqual([])
    await dialog.getByRole('button', { name: 'Remove the old secret' }).click()
    await expect.poll(() => called('rotation.confirm')).toHaveLength(1)
    await expect(dialog).toHaveCount(0)
    await page.getByRole('button', { name: 'Go back to the old secret' }).click()
    await dialog.getByRole('button', { name: 'Go back to the old secret' }).click()
    await expect.poll(() => called('rotation.abandon')).toHaveLength(1)
    await page.getByRole('link', { name: 'Open Handover to copy it' }).click()
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Handover')
  })
})

test('secrets that a rotation has changed since are not listed as they were', async ({
  browser,
}) => {
  const { state } = samples['secrets-fine']
  const rotated = {
    ...samples['secrets-fine'],
    state: { ...state, secretCare: samples['secrets-handing-over'].state.secretCare },
  }
  await use(browser, rotated, async (page) => {
    await expect(page.getByText(/have changed since the last comparison/)).toBeVisible()
  })
  await use(browser, samples['secrets-handing-over'], async (page) => {
    await expect(page.getByText('Old, still works')).toBeVisible()
    await expect(page.getByText(/have changed since/)).toHaveCount(0)
  })
})

test('an interrupted rotation goes on from where it stopped', async ({ browser }) => {
  const { state } = samples['secrets-proving']
  const stopped = {
    ...samples['secrets-proving'],
    state: {
      ...state,
      secretCare: {
        ...state.secretCare,
        job: { running: false, progress: null, error: null },
      },
    },
  }
  await use(browser, stopped, async (page) => {
    await page.getByRole('button', { name: 'Go on with the rotation' }).click()
    await expect.poll(() => called('rotation.start')).toHaveLength(1)
  })
})

test('the audit trail opens to what was before and after, is filtered and searched', async ({
  browser,
}) => {
  await use(browser, samples['audit-trail'], async (page) => {
    const rows = page.locator('tbody tr')
    await expect(rows).toHaveCount(8)
    await expect(rows.first()).toContainText('Removed: Subscription')
    await page.getByRole('button', { name: 'Changed: Application' }).focus()
    await page.keyboard.press('Enter')
    await expect(page.getByText('AzureADMultipleOrgs')).toBeVisible()
    await expect(page.getByText('AzureADMyOrg')).toBeVisible()
    await expect(page.getByText(String(auditTrail[6]?.requestId))).toBeVisible()
    expect(await violations(page)).toEqual([])
    await page.getByRole('button', { name: 'Trouble' }).click()
    await expect(page.getByText('2 entries')).toBeVisible()
    await page.getByLabel('Search the audit trail').fill('nothing like this')
    await page.getByRole('button', { name: 'Show everything' }).click()
    await expect(page.getByText('8 entries')).toBeVisible()
  })
})

test('the audit trail grows while one looks at it', async ({ browser }) => {
  const sample = samples['audit-trail']
  const growing = { ...sample, audit: auditTrail.slice(0, 7) }
  growing.state = { ...sample.state, auditLastId: 7 }
  await use(browser, growing, async (page) => {
    await expect(page.getByText('7 entries')).toBeVisible()
    growing.audit.push(...auditTrail.slice(7))
    gallery().push({
      event: 'state.changed',
      payload: { ...sample.state, revision: 2, auditLastId: 8 },
    })
    await expect(page.getByText('8 entries')).toBeVisible()
    expect(called('audit.list')).toEqual([{ afterId: 0 }, { afterId: 7 }])
  })
})

test('files are saved under their names, without a breach of the security policy', async ({
  browser,
}) => {
  const expected = [
    { sample: 'audit-trail', button: 'Save as CSV', file: 'emi-tray-audit.csv', has: 'account' },
    { sample: 'report', button: 'Save as HTML', file: 'emi-tray-report.html', has: '<h1>' },
    { sample: 'secrets-fine', button: 'Save a calendar file', file: 'secret.ics', has: 'VCAL' },
  ] as const
  for (const { sample, button, file, has } of expected) {
    await use(browser, samples[sample], async (page) => {
      const download = page.waitForEvent('download')
      await page.getByRole('button', { name: button }).click()
      const saved = await download
      expect(saved.suggestedFilename()).toBe(file)
      expect(await readFile(await saved.path(), 'utf8')).toContain(has)
    })
  }
})

test('an extra is chosen with its reason beside it, and the plan that waits is a click away', async ({
  browser,
}) => {
  await use(browser, samples['settings-adopted'], async (page) => {
    const extra = page.getByLabel('Files.Read.All')
    await expect(extra).not.toBeChecked()
    await expect(extra).toHaveAccessibleDescription(/every file of the tenant/)
    await extra.click()
    await expect
      .poll(() => called('settings.update'))
      .toEqual([{ connection: { optionalPermissions: ['Chat.Read.All', 'Files.Read.All'] } }])
    await page.getByRole('button', { name: 'Use EMI Tray’s own' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Use EMI Tray’s own' }).click()
    await expect.poll(() => called('application.choose')).toEqual([{ appId: null }])
    await page.getByRole('link', { name: 'Go to the plan' }).click()
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Setup')
  })
})

test('leaving says what stops working, and removes only what stays ticked', async ({ browser }) => {
  await use(browser, samples['settings'], async (page) => {
    await page.getByRole('button', { name: 'List what EMI Tray made' }).click()
    await expect.poll(() => called('removal.list')).toHaveLength(1)
  })
  await use(browser, samples['settings-leaving'], async (page) => {
    await expect(page.getByText('Was there before EMI Tray, so it stays.')).toBeVisible()
    await expect(page.getByText('9 selected')).toBeVisible()
    await page.getByLabel('Records and audit trail').uncheck()
    await page.getByRole('button', { name: 'Remove the selected' }).click()
    const dialog = page.getByRole('alertdialog', { name: 'Remove 8 things?' })
    await expect(dialog).toContainText('Teams stops working for every agent')
    expect(await violations(page)).toEqual([])
    expect(called('removal.start')).toEqual([])
    await dialog.getByRole('button', { name: 'Remove', exact: true }).click()
    await expect.poll(() => called('removal.start')).toHaveLength(1)
    // What comes of it stays in sight, even when the app opens anew with fresh settings.
    await expect.poll(() => new URL(page.url()).hash).toBe('#/settings/leave')
    await page.reload()
    await expect(page.getByRole('heading', { name: 'Leave EMI Tray' })).toBeInViewport()
    const [input] = called('removal.start')
    expect(input).toMatchObject({ ids: expect.not.arrayContaining(['records', 'application']) })
  })
})

test('what could not be removed is said, and only that is tried again', async ({ browser }) => {
  await use(browser, samples['settings-left-partly'], async (page) => {
    await expect(page.getByText('1 of 9 could not be removed.', { exact: false })).toBeVisible()
    await expect(page.getByText(/Microsoft refused to remove the enterprise/)).toBeVisible()
    await page.getByRole('button', { name: 'Remove the selected' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Remove', exact: true }).click()
    await expect.poll(() => called('removal.start')).toEqual([{ ids: ['service-principal'] }])
  })
})

test('an alert on the overview leads to where it is dealt with', async ({ browser }) => {
  await use(browser, samples['overview-secret-urgent'], async (page) => {
    await expect(page.getByText('The client secret expires in 6 days')).toBeVisible()
    await page.getByRole('link', { name: 'Open Application' }).click()
    await expect(page.getByRole('tab', { name: 'Secrets' })).toHaveAttribute(
      'aria-selected',
      'true',
    )
  })
})

test('a page whose part does not come says so and can be loaded again', async ({ browser }) => {
  const { page } = await openSample(browser, gallery(), samples.overview)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Overview')
  await page.route(/assets\/Settings-.*\.js/, (route) => route.abort())
  await page.goto(`${gallery().address}/#/settings`)
  await page.reload()
  await expect(page.getByText(/could not be loaded/)).toBeVisible()
  expect(await violations(page)).toEqual([])
  await page.unroute(/assets\/Settings-.*\.js/)
  await page.getByRole('button', { name: 'Load again' }).click()
  await expect(page.getByText('Changes apply at once.')).toBeVisible()
  await page.context().close()
})

test('a sealed file is made only under a passphrase that is long enough', async ({ browser }) => {
  await use(browser, samples.handover, async (page) => {
    await page.getByText('More formats').click()
    const passphrase = page.getByLabel('Passphrase', { exact: true })
    await passphrase.fill('too short')
    await expect(passphrase).toHaveAccessibleDescription('The passphrase needs 3 more characters.')
    await page.getByRole('button', { name: 'Seal and save' }).click({ force: true })
    expect(called('handover.seal')).toEqual([])
    await passphrase.fill('long enough now')
    await page.getByRole('button', { name: 'Seal and save' }).click()
    await expect
      .poll(() => called('handover.seal'))
      .toEqual([{ passphrase: 'long enough now', validDays: 7 }])
  })
})

test('of a large file that was chosen by mistake only the beginning is looked at', async ({
  browser,
}) => {
  await use(browser, samples['setup-start'], async (page) => {
    await page.getByText('Open a sealed hand-over').click()
    const buffer = Buffer.alloc(3_000_000, 'A')
    await page
      .getByLabel('Sealed file')
      .setInputFiles({ name: 'x.age', mimeType: 'text/plain', buffer })
    await page.getByLabel('Passphrase of the file').fill('whatever it is')
    await page.getByRole('button', { name: 'Open the file' }).click()
    await expect.poll(() => called('handover.open')).toHaveLength(1)
    const [input] = called('handover.open') as [{ text: string }]
    expect(input.text.length).toBeLessThan(100_000)
  })
})

test('a custom cloud is saved together with its two addresses', async ({ browser }) => {
  await use(browser, samples['setup-start'], async (page) => {
    await page.getByText('More options').click()
    await page.getByLabel('Microsoft cloud').selectOption('Custom')
    await page.getByLabel('Sign-in host').fill('https://login.example.com')
    await page.getByLabel('Graph host').fill('https://graph.example.com')
    expect(called('settings.update')).toEqual([])
    await page.getByLabel('Graph host').press('Enter')
    const connection = {
      cloud: 'custom',
      customLoginHost: 'https://login.example.com',
      customGraphHost: 'https://graph.example.com',
    }
    await expect.poll(() => called('settings.update')).toEqual([{ connection }])
  })
})

test('a connection that is chosen anew begins where set-up does, not where the last one was left', async ({
  browser,
}) => {
  await use(browser, { ...samples.welcome, hash: '#/settings' }, async (page) => {
    await page.getByRole('button', { name: /Connect to Microsoft/ }).click()
    await expect.poll(() => called('connection.choose')).toHaveLength(1)
    await expect.poll(() => new URL(page.url()).hash).toBe('')
  })
})
