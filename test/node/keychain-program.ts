// Opens a vault with the real keychain and prints what came of it as one JSON line; keychain.test.ts starts it.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { AppError } from '../../main/core/app-error.ts'
import { keychainHolder } from '../../main/node/keychain.ts'
import { openVault } from '../../main/node/vault.ts'

const [file, ...steps] = process.argv.slice(2)
if (!file)
  throw new Error(
    'usage: keychain-program.ts <vault file> [set|get|lock|forget|entries|erase|erase-gone]…',
  )

const results: unknown[] = []
const startedAt = performance.now()
for (const step of steps) {
  try {
    results.push(await take(step, file))
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    results.push({ code: error.code, nextStep: error.nextStep })
  }
}
const durationMs = Math.round(performance.now() - startedAt)
process.stdout.write(`${JSON.stringify({ results, durationMs })}\n`)

async function take(step: string, vaultFile: string): Promise<unknown> {
  if (step === 'lock') {
    return command('dbus-send', [
      ...['--session', '--print-reply', '--dest=org.freedesktop.secrets'],
      ...['/org/freedesktop/secrets', 'org.freedesktop.Secret.Service.Lock'],
      'array:objpath:/org/freedesktop/secrets/collection/login',
    ])
  }
  if (step === 'forget') return command('secret-tool', ['clear', 'service', 'emi-tray-test'])
  if (step === 'entries') return entriesOfVault()
  const holder = keychainHolder({ service: 'emi-tray-test', account: 'vault' })
  const vault = await openVault({ file: vaultFile, holder })
  const secrets = vault.namespace('microsoft')
  if (step === 'erase' || step === 'erase-gone') {
    await secrets.clear()
    if (step === 'erase-gone') command('secret-tool', ['clear', 'service', 'emi-tray-test'])
    const erased = await vault.eraseIfEmpty()
    await vault.close()
    return { erased, file: existsSync(vaultFile) }
  }
  if (step === 'set') await secrets.set('clientSecret', 'kept by the keychain')
  const value = await secrets.get('clientSecret')
  await vault.close()
  return value ?? null
}

/** How many entries the keyring keeps for the test's service. */
function entriesOfVault(): number {
  const args = ['search', '--all', 'service', 'emi-tray-test']
  const { stdout, stderr } = spawnSync('secret-tool', args, { encoding: 'utf8' })
  return `${stdout}${stderr}`.split('\n').filter((line) => line.startsWith('[/')).length
}

function command(program: string, args: string[]): string {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program}: ${stderr}`)
  return 'done'
}
