// The envelope of a sealed hand-over: a standard age file under a passphrase, as text that can be mailed.
import { AppError } from './app-error.ts'

// Format: https://age-encryption.org/v1. The `age` program opens it too: age --decrypt emi-handover.age
const BEGIN = '-----BEGIN AGE ENCRYPTED FILE-----'
const END = '-----END AGE ENCRYPTED FILE-----'
const MAGIC = 'age-encryption.org/v1\n'

/** Encrypts text. `workFactor` is scrypt's log2 N; without it the library's own, which takes about a second. */
export async function encryptWithPassphrase(
  text: string,
  { passphrase, workFactor }: { passphrase: string; workFactor?: number | undefined },
): Promise<string> {
  const { armor, Encrypter } = await loadAge()
  const encrypter = new Encrypter()
  encrypter.setPassphrase(normalized(passphrase))
  if (workFactor !== undefined) encrypter.setScryptWorkFactor(workFactor)
  return armor.encode(await encrypter.encrypt(text))
}

/** Decrypts it again. Throws AppError sealed-unreadable. */
export async function decryptWithPassphrase(text: string, passphrase: string): Promise<string> {
  const { armor, Decrypter } = await loadAge()
  const file = readArmor(text, armor.decode)
  if (!headerOf(file).startsWith(`${MAGIC}-> scrypt `)) {
    throw headerOf(file).startsWith(`${MAGIC}-> `) ? notForPassphrase() : damaged()
  }
  const decrypter = new Decrypter()
  decrypter.addPassphrase(normalized(passphrase))
  try {
    return await decrypter.decrypt(file, 'text')
  } catch (error) {
    // The library has no codes. A wrong passphrase and a changed header look the same, by design.
    if (error instanceof Error && error.message.startsWith('no identity matched')) throw wrong()
    throw damaged()
  }
}

/** Its curves and lattices take a tenth of a second to load, and are needed about once a year. */
async function loadAge() {
  return import('age-encryption')
}

/** The same letters may be typed in more than one way, such as ü. */
function normalized(passphrase: string): string {
  return passphrase.normalize('NFC')
}

/** The file within a text that mail programs may have indented, quoted or put a greeting around. */
function readArmor(text: string, decode: (armored: string) => Uint8Array): Uint8Array {
  const start = text.indexOf(BEGIN)
  if (start < 0) {
    throw new AppError('sealed-unreadable', {
      message: 'This is not a sealed hand-over.',
      nextStep: `Choose the file that you were sent. Its first line reads ${BEGIN}.`,
    })
  }
  const end = text.indexOf(END, start)
  if (end < 0) {
    throw new AppError('sealed-unreadable', {
      message: 'The sealed hand-over is not complete: its end is missing.',
      nextStep: 'Copy all of it, or ask for the file again as an attachment.',
    })
  }
  const lines = text.slice(start, end + END.length).split(/\r?\n/)
  try {
    return decode(lines.map((line) => line.replace(/^[>\s]+|\s+$/g, '')).join('\n'))
  } catch {
    throw damaged()
  }
}

function headerOf(file: Uint8Array): string {
  return new TextDecoder('latin1').decode(file.subarray(0, 100))
}

function wrong(): AppError {
  return new AppError('sealed-unreadable', {
    message:
      'The sealed hand-over does not open. Either the passphrase is wrong, or the file was changed on its way.',
    nextStep:
      'Type the passphrase again; capital letters and spaces count. If it still does not open, ask for the file again.',
  })
}

function damaged(): AppError {
  return new AppError('sealed-unreadable', {
    message: 'The sealed hand-over is damaged: it was cut off or changed on its way.',
    nextStep: 'Ask for the file again, best as an attachment. Nothing of it was used.',
  })
}

function notForPassphrase(): AppError {
  return new AppError('sealed-unreadable', {
    message: 'This age file is not sealed with a passphrase, so it is not a hand-over of EMI Tray.',
    nextStep: 'Ask for the file that EMI Tray saves as “Sealed hand-over”.',
  })
}
