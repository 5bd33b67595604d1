// What a person and the contact center wait for, with many notifications stored: the real program and a real browser.
import { chromium, type Page } from '@playwright/test'
import { pathOf, systemPrograms, thisMachine } from '../build/system-programs.ts'
import { resourceOf, startProgram, type Program } from './program.ts'
import { held, median, quantile, rounded } from './statistics.ts'
import { callFromPage } from '../test/app/steps.ts'

declare global {
  interface Window {
    benchFrames: { at: number; sequence: number }[]
  }
}

const PER_SECOND = 200
const CHATS = 50
const PER_POST = 20
const POSTS_AT_ONCE = 4
const REPEATS = 5
const SAMPLE_EVERY_MS = 250
const MEGABYTE = 1024 * 1024
/** Then what is still missing is given up. */
const PATIENCE_MS = 30_000

export interface LiveOptions {
  /** So many are received and stored before anything is measured. */
  rows: number
  /** How long notifications then come in, at 200 a second. */
  seconds: number
}

export async function measureLive({ rows, seconds }: LiveOptions) {
  const program = await startProgram()
  const browser = await openBrowser()
  const memory = watchMemory(program)
  try {
    const storedPerSecond = await fill(program, rows)
    memory.mark()
    const page = await browser.newPage({ viewport: { width: 1040, height: 720 } })
    await page.goto(program.pagesUrl)
    await openPage(page, 'Log')
    const pages = await measurePages(page)
    await callFromPage(page, 'settings.update', {
      connection: { handOnTarget: 'http', handOnUrl: program.handOnUrl },
    })
    const latencies = await measureLatencies({ program, page, seconds })
    return {
      storedBefore: rows,
      storedPerSecond,
      notificationsPerSecond: PER_SECOND,
      ...latencies,
      ...pages,
      residentMegabytes: memory.end(),
    }
  } finally {
    memory.stop()
    await browser.close()
    await program.close()
  }
}

function openBrowser() {
  const program = systemPrograms.find(({ name }) => name === 'chromium')
  const executablePath = program && pathOf(program, thisMachine())
  return chromium.launch({
    ...(executablePath && { executablePath }),
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  })
}

/** Through the front door, many items in one post; resolves with how many a second. */
async function fill(program: Program, rows: number): Promise<number> {
  const startedAt = performance.now()
  let next = 0
  const sender = async () => {
    while (next < rows) {
      const from = next
      next = Math.min(rows, next + PER_POST)
      await program.post(
        Array.from({ length: next - from }, (_, index) =>
          messageOf(`before-${from + index}`, from),
        ),
      )
    }
  }
  await Promise.all(Array.from({ length: POSTS_AT_ONCE }, sender))
  return Math.round((rows * 1_000) / (performance.now() - startedAt))
}

function messageOf(id: string, number: number): { chatId: string; id: string } {
  return { chatId: `19:bench-${number % CHATS}@thread.v2`, id }
}

/** The process from its start to the end of everything: the most, and what it grew while the rows came in and after. */
function watchMemory(program: Program) {
  const samples: number[] = []
  const timer = setInterval(() => samples.push(program.residentBytes()), SAMPLE_EVERY_MS)
  let filled = 0
  const megabytes = (bytes: number | undefined) => Math.round((bytes ?? NaN) / MEGABYTE)
  return {
    mark: () => (filled = samples.length),
    stop: () => clearInterval(timer),
    end: () => {
      samples.push(program.residentBytes())
      const tenth = Math.max(1, Math.floor(samples.length / 10))
      const early = quantile(samples.slice(tenth, 2 * tenth + 1), 0.5)
      const late = quantile(samples.slice(-tenth), 0.5)
      return {
        most: held(megabytes(Math.max(...samples)), 150),
        early: megabytes(early),
        whenFilled: megabytes(samples[filled - 1]),
        late: megabytes(late),
      }
    },
  }
}

async function openPage(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation').getByRole('link', { name, exact: true }).click()
  await page.getByRole('heading', { level: 1, name }).waitFor()
}

/** From the click until the rows are painted, each several times; timed in the page itself. */
async function measurePages(page: Page) {
  const open: number[] = []
  const stored: number[] = []
  const filters: Record<string, number[]> = {}
  const filter = async (name: string, given: InPage) => {
    const times = (filters[name] ??= [])
    times.push(await page.evaluate(timeInPage, given))
  }
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    await openPage(page, 'Overview')
    open.push(await page.evaluate(timeInPage, { link: 'Log' }))
    stored.push(await page.evaluate(timeInPage, { button: 'Stored' }))
    // What nothing matches is searched for the longest.
    await filter('kind', { field: 'Kind', value: 'lifecycle' })
    await filter('origin', { field: 'Origin', value: 'test' })
    await filter('kind and origin off', { field: 'Origin', value: '' })
    await filter('all', { field: 'Kind', value: '' })
    await filter('hand-on', { field: 'Hand-on', value: 'done' })
    await filter('hand-on off', { field: 'Hand-on', value: '' })
    await filter('time', { field: 'Time', value: 'hour' })
    await filter('time off', { field: 'Time', value: 'any' })
    await filter('id', { field: 'Id or name', value: `before-${repeat}` })
    await filter('text without match', { field: 'Id or name', value: 'nobody' })
    await filter('text off', { field: 'Id or name', value: '' })
    await page.evaluate(timeInPage, { button: 'Live' })
  }
  const each = Object.entries(filters).map(([name, ms]) => [name, rounded(median(ms))] as const)
  return {
    openLogPageMs: held(rounded(median(open)), 300),
    openStoredMs: held(rounded(median(stored)), 300),
    filterMs: {
      ...Object.fromEntries(each),
      slowest: held(Math.max(...each.map(([, ms]) => ms)), 200),
    },
  }
}

/** What is done in the page: a link or a button is clicked, or a field is filled. */
type InPage = { link: string } | { button: string } | { field: string; value: string }

/** Runs in the page: does it, and resolves with the milliseconds until the answer was painted. */
async function timeInPage(what: InPage): Promise<number> {
  const painted = () =>
    new Promise<void>((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)))
  const named = (selector: string, name: string) => {
    const found = [...document.querySelectorAll<HTMLElement>(selector)].find(
      (one) => one.textContent.trim() === name || one.ariaLabel === name,
    )
    if (!found) throw new Error(`The page has no ${selector} named ${name}.`)
    return found
  }
  const startedAt = performance.now()
  if ('link' in what) named('nav a', what.link).click()
  else if ('button' in what) named('.log-page button', what.button).click()
  else {
    const label = named('.log-page select, .log-page label', what.field)
    const field = label.matches('select') ? label : label.querySelector('input')
    const isMenu = field instanceof HTMLSelectElement
    if (isMenu || field instanceof HTMLInputElement) field.value = what.value
    field?.dispatchEvent(new Event(isMenu ? 'change' : 'input', { bubbles: true }))
  }
  for (;;) {
    await painted()
    const page = document.querySelector('.log-page')
    const isBusy = page?.querySelector('[aria-busy="true"]') ?? null
    if (page?.querySelector('.log-list') && !isBusy) return performance.now() - startedAt
    if (performance.now() - startedAt > 20_000) throw new Error('The Log page shows nothing.')
  }
}

/** Notifications at a steady pace: when each was sent, taken, at the contact center and on the screen. */
async function measureLatencies(given: { program: Program; page: Page; seconds: number }) {
  const { program, page, seconds } = given
  await page.evaluate(watchRows)
  const sent: { resource: string; sentAt: number; takenAt: number }[] = []
  const posts: Promise<void>[] = []
  const startedAt = performance.now()
  for (let count = 0; count < seconds * PER_SECOND; count += 1) {
    const dueInMs = startedAt + (count * 1_000) / PER_SECOND - performance.now()
    if (dueInMs > 0) await new Promise((resolve) => setTimeout(resolve, dueInMs))
    const message = messageOf(`live-${count}`, count)
    posts.push(
      program.post([message]).then((times) => {
        sent.push({ resource: resourceOf(message), ...times })
      }),
    )
  }
  await Promise.all(posts)
  await waitUntil(() => sent.every(({ resource }) => program.handedOnAt.has(resource)))
  const painted = await paintedAt(page)
  const handOn = sent.map(({ resource, takenAt }) =>
    Math.max(0, (program.handedOnAt.get(resource) ?? Infinity) - takenAt),
  )
  const pixel = sent.map(({ resource, sentAt }) => (painted.get(resource) ?? Infinity) - sentAt)
  const answer = sent.map(({ sentAt, takenAt }) => takenAt - sentAt)
  return {
    answeredMs: quantiles(answer),
    handOnMs: { ...quantiles(handOn), p50: held(rounded(quantile(handOn, 0.5)), 20) },
    toPixelMs: { ...quantiles(pixel), p95: held(rounded(quantile(pixel, 0.95)), 150) },
  }
}

/** Runs in the page: notes for each frame, once it is painted, which entry of the live log is the last in sight. */
function watchRows(): void {
  const frames: Window['benchFrames'] = []
  window.benchFrames = frames
  const note = () => {
    const list = document.querySelector('.log-page [role="list"]')
    const bottom = (list?.getBoundingClientRect().bottom ?? 0) + 1
    const inSight = [...document.querySelectorAll<HTMLElement>('[data-id]')].filter(
      (row) => row.getBoundingClientRect().bottom <= bottom,
    )
    const sequence = Math.max(0, ...inSight.map((row) => Number(row.dataset['id'])))
    if (sequence <= (frames.at(-1)?.sequence ?? 0)) return
    frames.push({ at: performance.timeOrigin + performance.now(), sequence })
  }
  const onFrame = () => {
    // The frame is painted right after the callbacks; a task comes after that.
    setTimeout(note, 0)
    requestAnimationFrame(onFrame)
  }
  requestAnimationFrame(onFrame)
}

/** When each resource was first in sight, or above what was. */
async function paintedAt(page: Page): Promise<Map<string, number>> {
  const frames = await page.evaluate(() => window.benchFrames)
  const reply = await callFromPage(page, 'log.list', { afterSequence: 0 })
  if (!reply.ok) throw new Error(reply.error.message)
  const entries = reply.value as { sequence: number; delivery: { resource: string } | null }[]
  return new Map(
    entries.flatMap(({ sequence, delivery }) => {
      const frame = frames.find((one) => one.sequence >= sequence)
      return delivery && frame ? [[delivery.resource, frame.at] as const] : []
    }),
  )
}

async function waitUntil(isSo: () => boolean): Promise<void> {
  const end = performance.now() + PATIENCE_MS
  while (!isSo() && performance.now() < end) await new Promise((done) => setTimeout(done, 50))
}

function quantiles(values: number[]) {
  return {
    p50: rounded(quantile(values, 0.5)),
    p95: rounded(quantile(values, 0.95)),
    p99: rounded(quantile(values, 0.99)),
  }
}
