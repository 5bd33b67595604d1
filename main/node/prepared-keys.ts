// Gives ssh2 the keys of a session in the form that Node's crypto works with, instead of bytes for each packet.
import { createSecretKey } from 'node:crypto'
import type { Client } from 'ssh2'

/** Where ssh2 keeps them: those of both ciphers, and of the checksum where a cipher has none of its own. */
const KEY_FIELDS = ['_encKey', '_decipherKey', '_macKey']

/**
 * ssh2 makes a new cipher for each packet, and Node makes a key object of the bytes each time, which takes most of the
 * time: 15 of 20 µs. A release of ssh2 that keeps them elsewhere is slower and works; a test notices.
 */
export function prepareKeys(client: Client): void {
  // At the beginning, and whenever the keys are exchanged anew.
  client.on('handshake', () => {
    const protocol = objectAt(client, '_protocol')
    for (const one of ['_cipher', '_decipher']) {
      const cipher = objectAt(protocol, one)
      for (const field of KEY_FIELDS) {
        const key: unknown = cipher && Reflect.get(cipher, field)
        if (cipher && Buffer.isBuffer(key)) Reflect.set(cipher, field, createSecretKey(key))
      }
    }
  })
}

function objectAt(owner: object | undefined, name: string): object | undefined {
  const value: unknown = owner && Reflect.get(owner, name)
  return typeof value === 'object' && value !== null ? value : undefined
}
