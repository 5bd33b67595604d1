// Writes secrets into a vault without end, and prints each number that is saved; vault.test.ts kills it.
import { openVault } from '../../main/node/vault.ts'

const file = process.argv[2]
if (!file) throw new Error('usage: vault-writer.ts <vault file>')
const key = Buffer.alloc(32, 7)
const vault = await openVault({
  file,
  holder: {
    kind: 'keychain',
    createKey: () => Promise.resolve({ key: Buffer.from(key), facts: {} }),
    findKey: () => Promise.resolve(Buffer.from(key)),
  },
})
const store = vault.namespace('microsoft')
const last = Number((await store.get('counter')) ?? '0')
for (let count = last + 1; ; count += 1) {
  await store.set('big', String(count % 10).repeat(600_000))
  await store.set('counter', String(count))
  process.stdout.write(`${count}\n`)
}
