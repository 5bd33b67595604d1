// Canaries: every secret that went over the wire in a test, to be looked for where none may be.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { PracticeExchange } from '../../main/practice/practice-tenant.ts'

/** Names of fields, headers and parameters whose values are secret. */
const SECRET_NAMES = new Set([
  ...['secretText', 'client_secret', 'access_token', 'refresh_token', 'id_token', 'client_info'],
  ...['code', 'code_verifier', 'clientState', 'validationToken', 'validationTokens'],
])

/** Gathers secret values from everything that went over the wire. */
export function collectCanaries(exchange: PracticeExchange, canaries: Set<string>): void {
  const walk = (value: unknown, name: string): void => {
    if (typeof value === 'string') {
      // Graph's errors have a `code` as well, which is no secret.
      const isSecret = SECRET_NAMES.has(name) && (name !== 'code' || exchange.host === 'login')
      if (isSecret && value.length > 12) canaries.add(value)
    } else if (Array.isArray(value)) {
      for (const one of value) walk(one, name)
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, one] of Object.entries(value)) walk(one, key)
    }
  }
  walk(exchange.requestBody, '')
  walk(exchange.responseBody, '')
  const bearer = /^Bearer (.+)$/.exec(exchange.requestHeaders['authorization'] ?? '')?.[1]
  if (bearer) canaries.add(bearer)
}

/** The address of the sign-in page carries state and challenge for the person's own browser, by design. */
export function withoutSignInAddress(text: string): string {
  return text.replace(/https?:\/\/localhost:\d+\/\S+authorize\?\S+/g, '')
}

/** Looks for every canary in the output and in each file under the folder. Returns the files' names. */
export async function expectNoCanary(options: {
  canaries: Set<string>
  output: string
  folder: string
}): Promise<string[]> {
  const { canaries, output, folder } = options
  const found = await filesUnder(folder).then((files) =>
    Promise.all(files.map(async (file) => ({ file, content: await readFile(file) }))),
  )
  for (const canary of canaries) {
    expect(output, 'a secret in the output').not.toContain(canary)
    for (const { file, content } of found) {
      expect(content.includes(canary), `a secret in ${file}`).toBe(false)
      const encoded = Buffer.from(canary).toString('base64').replace(/=+$/, '').slice(0, -1)
      expect(content.includes(encoded), `an encoded secret in ${file}`).toBe(false)
    }
  }
  return found.map(({ file }) => file.slice(folder.length + 1))
}

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  return entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name))
}
