// The steps of the main job as a person takes them, for the specs that need an app that is set up.
import { expect, type Browser, type Page } from '@playwright/test'
import type { EmiBridge, Reply } from '../../main/contract/protocol.ts'
import type { EmiUnderTest } from './emi.ts'

/** Goes to a page by its entry in the rail. */
export async function openPage(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation').getByRole('link', { name, exact: true }).click()
  await expect(page.getByRole('heading', { level: 1 })).toContainText(name)
}

/** Practice tenant, sign-in on its real page, plan, apply, verify, webhook. */
export async function setUpPractice(emi: EmiUnderTest, browser: Browser): Promise<void> {
  const { page } = emi
  await page.getByRole('button', { name: /Try with the practice tenant/ }).click()
  await page.getByRole('button', { name: 'Sign in to the practice tenant' }).click()
  await signInOnRealPage(emi, browser)
  // Tenant, domain and account are shown, and the plan, before anything is written.
  await expect(page.getByRole('main')).toContainText(
    'nora.lindqvist@contoso-practice.example in Contoso practice (contoso-practice.example)',
  )
  await expect(page.getByRole('heading', { name: 'What will happen in your tenant' })).toBeVisible()
  const apply = page.getByRole('button', { name: 'Apply the plan' })
  await apply.click()
  await expect(page.getByText(/A real token carries/)).toBeVisible()
  await expect(page.getByText(/Reached at http/)).toBeVisible()
}

/** Opens the address that the app wanted opened, and signs in there as the global administrator. */
async function signInOnRealPage(emi: EmiUnderTest, browser: Browser): Promise<void> {
  await expect.poll(() => emi.openedAddresses()).toHaveLength(1)
  const [address = ''] = await emi.openedAddresses()
  const context = await browser.newContext()
  const signIn = await context.newPage()
  await signIn.goto(address)
  await signIn.getByRole('button', { name: /Global/ }).click()
  await signIn.getByRole('button', { name: /Accept/ }).click()
  await expect(signIn.getByText(/close this/i)).toBeVisible()
  await context.close()
}

/** Makes one call of the contract as the page itself does, over this host's own way. */
export async function callFromPage(page: Page, name: string, input?: unknown): Promise<Reply> {
  return page.evaluate(
    async ([callName, callInput]) => {
      const { emi } = window as { emi?: EmiBridge }
      if (emi) return emi.call(callName, callInput)
      const socket = new WebSocket(`ws://${location.host}/socket`)
      return new Promise<Reply>((resolve, reject) => {
        socket.onerror = () => reject(new Error('the socket failed'))
        socket.onopen = () =>
          socket.send(JSON.stringify({ id: 1, name: callName, input: callInput }))
        socket.onmessage = (message: MessageEvent<string>) => {
          const { id, reply } = JSON.parse(message.data) as { id?: number; reply: Reply }
          if (id !== 1) return
          resolve(reply)
          socket.close()
        }
      })
    },
    [name, input] as const,
  )
}
