// The program of one decrypting thread: takes some items, answers with their plain texts or null for each.
import { parentPort } from 'node:worker_threads'
import { decryptContent, type Encrypted } from './rich-decrypt.ts'

parentPort?.on('message', (encrypted: Encrypted[]) => {
  parentPort?.postMessage(encrypted.map(decryptContent))
})
