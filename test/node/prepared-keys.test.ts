// The keys of an ssh session in the form that costs little: where ssh2 keeps them is not part of its interface.
import { once } from 'node:events'
import { KeyObject } from 'node:crypto'
import net, { type AddressInfo } from 'node:net'
import ssh2 from 'ssh2'
import { expect, onTestFinished, test } from 'vitest'
import { prepareKeys } from '../../main/node/prepared-keys.ts'

const keys = ssh2.utils.generateKeyPairSync('ed25519')

test.each([
  ['aes256-gcm@openssh.com', ['_encKey'], ['_decipherKey']],
  ['aes128-gcm@openssh.com', ['_encKey'], ['_decipherKey']],
  ['aes256-ctr', ['_macKey'], ['_macKey']],
] as const)('are prepared for %s, also when they are exchanged anew', async (cipher, own, far) => {
  const server = new ssh2.Server(
    { hostKeys: [keys.private], algorithms: { cipher: [cipher] } },
    (client) => {
      client.on('authentication', (context) => context.accept())
      client.on('ready', () => client.rekey(() => undefined))
    },
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = new ssh2.Client()
  onTestFinished(() => {
    client.destroy()
    server.close()
  })
  prepareKeys(client)
  client.connect({ sock: net.connect(port, '127.0.0.1'), username: 'emi' })
  const prepared = () => {
    const at = (owner: unknown, name: string) =>
      Object.entries(owner ?? {}).find(([key]) => key === name)?.[1] as unknown
    const protocol = at(client, '_protocol')
    return [
      ...own.map((name) => at(at(protocol, '_cipher'), name)),
      ...far.map((name) => at(at(protocol, '_decipher'), name)),
    ]
  }
  await once(client, 'handshake')
  const first = prepared()
  await once(client, 'handshake')
  const second = prepared()
  for (const key of [...first, ...second]) expect(key).toBeInstanceOf(KeyObject)
  expect(second).not.toContain(first[0])
  // Both sides still understand each other.
  await new Promise<void>((resolve, reject) => {
    client.once('error', reject)
    client.forwardIn('127.0.0.1', 0, () => resolve())
  })
})
