// `npm run screenshots`: sets up the practice tenant in a real browser and takes the pictures of the README.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Page } from '@playwright/test'
import { buildAll } from './build.ts'
import { projectRoot } from './child.ts'
import { freePort } from './free-port.ts'
import { pathOf, systemPrograms, thisMachine } from './system-programs.ts'

const pictures = join(projectRoot, 'build', 'screenshots')
const themes = ['light', 'dark'] as const
const patienceMs = 60_000
const namePatienceMs = 10_000
/** The window's size in Electron. */
const viewport = { width: 1040, height: 720 }

await buildAll()
await mkdir(pictures, { recursive: true })
const data = await mkdtemp(join(tmpdir(), 'emi-screenshots-'))
const host = await startHost(data)
try {
  await takeAll(host.url)
} finally {
  await host.stop()
  await rm(data, { recursive: true, force: true, maxRetries: 3 })
}

async function takeAll(url: string): Promise<void> {
  const program = systemPrograms.find(({ name }) => name === 'chromium')
  const executablePath = program && pathOf(program, thisMachine())
  const browser = await chromium.launch({
    ...(executablePath && { executablePath }),
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  })
  try {
    const page = await browser.newPage({ viewport })
    page.setDefaultTimeout(patienceMs)
    await page.goto(url)
    await signIn(page)
    await page.getByRole('button', { name: 'Apply the plan' }).waitFor()
    await take(page, 'plan')
    await page.getByRole('button', { name: 'Apply the plan' }).click()
    await page.getByText('A real token carries').first().waitFor()
    await page.getByText('Reached at').first().waitFor()
    await take(page, 'setup')
    await openPage(page, 'Handover')
    await take(page, 'handover')
    await openPage(page, 'Application')
    await page.getByRole('button', { name: 'Compare with the tenant' }).click()
    await page.getByText('Everything is as it should be').first().waitFor()
    await take(page, 'application')
    await openPage(page, 'Log')
    await letPeopleWrite(page)
    await take(page, 'log')
  } finally {
    await browser.close()
  }
}

async function signIn(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Sign in to the practice tenant' }).click()
  await page
    .getByRole('button', { name: /Sign in as .*Global Administrator/s })
    .first()
    .click()
}

/** Traffic of the practice tenant, until some of it is in the log with the names of who wrote. */
async function letPeopleWrite(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Practice controls' }).click()
  const drawer = page.getByRole('dialog')
  await drawer.getByLabel('Messages per minute').fill('120')
  await drawer.getByLabel('People are chatting').click()
  await page.keyboard.press('Escape')
  await page.getByText('New channel message').nth(4).waitFor()
  await page.getByRole('button', { name: 'Practice controls' }).click()
  await drawer.getByLabel('People are chatting').click()
  await page.keyboard.press('Escape')
  await page.waitForFunction(areNamed, undefined, { timeout: namePatienceMs }).catch(() => {
    // What was deleted at once never gets a name; the picture does without.
  })
  // Neither the button nor the line under the pointer is what the picture is about.
  await page.mouse.move(0, 0)
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
}

/** Runs in the page: whether all messages in sight tell who wrote them. */
function areNamed(): boolean {
  return [...document.querySelectorAll('[role="listitem"]')].every(
    (one) => !one.textContent.includes('channel message') || one.querySelector('b') !== null,
  )
}

async function openPage(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation').getByRole('link', { name, exact: true }).click()
  await page.getByRole('heading', { level: 1, name }).waitFor()
}

/** One picture in each theme; the light one has the plain name. */
async function take(page: Page, name: string): Promise<void> {
  for (const colorScheme of themes) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const file = join(pictures, colorScheme === 'light' ? `${name}.png` : `${name}-dark.png`)
    await page.screenshot({ path: file, animations: 'disabled' })
    console.log(file)
  }
}

async function startHost(folder: string): Promise<{ url: string; stop: () => Promise<void> }> {
  // A port of its own, so that a running practice tenant of the person is left alone.
  const settings = { version: 1, connections: { practice: { webhookPort: await freePort() } } }
  await writeFile(join(folder, 'settings.json'), JSON.stringify(settings))
  const cli = join(projectRoot, 'out', 'main', 'cli.js')
  const args = [cli, 'serve', '--practice', '--no-open', '--json', '--data', folder]
  const child = spawn(process.execPath, args, {
    env: {
      ...process.env,
      EMI_PASSPHRASE: randomBytes(24).toString('base64url'),
      EMI_PRACTICE_REPLICATION_MS: '200',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (part: string) => (stderr += part))
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve())
  })
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      stdout += part
      const match = /"url": "([^"]+)"/.exec(stdout)
      if (match?.[1] !== undefined) resolve(match[1])
    })
    void ended.then(() => reject(new Error(`emi-tray serve ended early. ${stdout}${stderr}`)))
  })
  return {
    url,
    stop: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}
