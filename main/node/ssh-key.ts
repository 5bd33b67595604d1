// This computer's own ssh key pair: made on first use, kept in the vault.
import { AppError } from '../core/app-error.ts'
import type { SecretStore } from '../core/ports/secret-store.ts'

const SECRET_NAME = 'sshPrivateKey'

/** The one that is being made, so that two who ask at once get the same. */
const beingMade = new WeakMap<SecretStore, Promise<string>>()

/** The private key in OpenSSH's form. Throws AppError keychain-…, vault-…. */
export async function loadSshPrivateKey(secrets: SecretStore): Promise<string> {
  const kept = await secrets.get(SECRET_NAME)
  if (kept !== undefined) return kept
  const running = beingMade.get(secrets)
  if (running) return running
  const making = makeKey(secrets).finally(() => beingMade.delete(secrets))
  beingMade.set(secrets, making)
  return making
}

/** The public key as one line of authorized_keys. Throws AppError keychain-…, vault-…. */
export async function loadSshPublicKey(secrets: SecretStore): Promise<string> {
  const { utils } = await loadSsh2()
  const key = utils.parseKey(await loadSshPrivateKey(secrets))
  if (key instanceof Error) {
    throw new AppError('vault-unreadable', {
      message: 'The ssh key of this computer cannot be read.',
      nextStep: 'Restore vault.json from a backup.',
      cause: key,
    })
  }
  return `${key.type} ${key.getPublicSSH().toString('base64')} emi-tray`
}

async function makeKey(secrets: SecretStore): Promise<string> {
  const { utils } = await loadSsh2()
  let privateKey = await generate()
  // About one of 256 keys that ssh2 makes cannot be read back: it strips a leading zero that belongs to the key.
  // https://github.com/mscdex/ssh2/issues/1513
  while (utils.parseKey(privateKey) instanceof Error) privateKey = await generate()
  await secrets.set(SECRET_NAME, privateKey)
  return privateKey
}

async function generate(): Promise<string> {
  const { utils } = await loadSsh2()
  return new Promise((resolve, reject) => {
    utils.generateKeyPair('ed25519', { comment: 'emi-tray' }, (error, pair) => {
      if (error) reject(error)
      else resolve(pair.private)
    })
  })
}

/** A CommonJS module whose `utils` Node does not see as a named export. */
async function loadSsh2() {
  return (await import('ssh2')).default
}
