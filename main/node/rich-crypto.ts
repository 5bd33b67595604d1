// The cryptography of rich notifications with Node: certificate, and decryption on worker threads.
import type { RichCrypto } from '../core/ports.ts'

/** Starts without any thread; they come with the first content. */
export function createRichCrypto(): RichCrypto {
  return {
    makeCertificate: () => Promise.reject(new Error('makeCertificate')),
    decrypt: () => Promise.reject(new Error('decrypt')),
    close: () => Promise.resolve(),
  }
}
