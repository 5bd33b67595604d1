// Somebody who does not know how to be reached: three questions, a recommendation, a test that fails, one that passes.
import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import { freePort } from '../../build/free-port.ts'
import { expect, test } from './emi.ts'
import { openPage } from './steps.ts'

test('three answers lead to a way that was tested before it is saved @one-host', async ({
  emi,
}) => {
  const { page } = emi
  const gateway = net.createServer((socket) => {
    const webhook = net.connect(emi.webhookPort, '127.0.0.1')
    socket.on('error', () => webhook.destroy())
    webhook.on('error', () => socket.destroy())
    socket.pipe(webhook).pipe(socket)
  })
  gateway.listen(0, '127.0.0.1')
  await once(gateway, 'listening')
  try {
    await page.getByRole('button', { name: /Try with the practice tenant/ }).click()
    await openPage(page, 'Webhook')
    await page.getByRole('button', { name: 'Help me choose' }).click()
    const chooser = page.getByRole('region', { name: 'How should Microsoft reach this computer?' })
    const answer = (text: string) => chooser.getByText(text, { exact: true }).click()
    await answer('No, or I do not know')
    await answer('Yes')
    await answer('To try things out')
    await expect(chooser.getByText(/^Recommended: localhost.run/)).toBeVisible()
    await expect(chooser.getByText(/Whoever runs the service can read the traffic/)).toBeVisible()

    // On second thought there is a gateway.
    await answer('A web server or gateway that forwards requests')
    await expect(chooser.getByText(/Nobody outside can read the traffic/)).toBeVisible()
    await chooser.getByRole('button', { name: 'Set it up' }).click()
    const address = chooser.getByRole('textbox', { name: 'Public URL' })
    const enter = async (port: number) => {
      await address.fill(`http://127.0.0.1:${port}`)
      await address.press('Enter')
    }
    const tryIt = chooser.getByRole('button', { name: 'Test it' })
    await enter(await freePort())
    await tryIt.click()
    await expect(chooser.getByText(/refuse/).first()).toBeVisible()
    await expect(chooser.getByRole('button', { name: 'Save without a test' })).toBeVisible()

    const { port } = gateway.address() as AddressInfo
    await enter(port)
    await tryIt.click()
    await expect(chooser.getByText('The webhook on this computer answered.')).toBeVisible()
    await chooser.getByRole('button', { name: 'Save and use' }).click()
    await expect(chooser).toBeHidden()
    await expect(page.getByRole('textbox', { name: 'Public URL' })).toHaveValue(
      `http://127.0.0.1:${port}`,
    )
  } finally {
    gateway.close()
  }
})
