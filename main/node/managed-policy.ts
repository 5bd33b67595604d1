// What an organization decides for its computers: registry on Windows, managed preferences on macOS, a file on Linux.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import * as v from 'valibot'

export interface ManagedPolicy {
  /** False where new versions come from whoever manages the computer. */
  updates: boolean
  /** The channel that is followed; null for that of the installed version. */
  updateChannel: 'latest' | 'beta' | null
}

/** A policy that cannot be read must not count as none: whoever wrote it wanted something. */
export type ReadPolicy = { ok: true; policy: ManagedPolicy } | { ok: false; reason: string }

export interface PolicySources {
  platform: NodeJS.Platform
  env: NodeJS.ProcessEnv
  /** The output of a program; rejects where it fails. */
  run: (program: string, args: string[]) => Promise<string>
  readFile: (file: string) => Promise<string>
}

/** Only administrators may write to these places. */
const REGISTRY_KEY = String.raw`HKLM\SOFTWARE\Policies\EMI Tray`
const MAC_PREFERENCES = '/Library/Managed Preferences/app.emitray.desktop.plist'
const LINUX_FILE = '/etc/emi-tray/policy.json'

const noPolicy: ManagedPolicy = { updates: true, updateChannel: null }
const policySchema = v.object({
  // The registry has numbers only, a plist has both.
  UpdatesEnabled: v.optional(
    v.union([
      v.boolean(),
      v.pipe(
        v.picklist([0, 1]),
        v.transform((number) => number === 1),
      ),
    ]),
  ),
  UpdateChannel: v.optional(v.picklist(['latest', 'beta'])),
})

export const systemSources: PolicySources = {
  platform: process.platform,
  env: process.env,
  run: async (program, args) => (await promisify(execFile)(program, args)).stdout,
  readFile: (file) => readFile(file, 'utf8'),
}

/** Reads the policy of this computer. Without one everything is as the app has it. */
export async function readManagedPolicy(sources: PolicySources): Promise<ReadPolicy> {
  const { where, read } = placeOf(sources)
  try {
    const values = await read()
    if (values === undefined) return { ok: true, policy: noPolicy }
    const { UpdatesEnabled, UpdateChannel } = v.parse(policySchema, values)
    const updateChannel = UpdateChannel ?? null
    return { ok: true, policy: { updates: UpdatesEnabled ?? true, updateChannel } }
  } catch {
    return { ok: false, reason: `The policy for this computer (${where}) cannot be understood.` }
  }
}

/** Where the policy of this system lies, and how to read it; undefined when there is none. */
function placeOf(sources: PolicySources): { where: string; read: () => Promise<unknown> } {
  const { platform } = sources
  if (platform === 'win32') return { where: REGISTRY_KEY, read: () => readRegistry(sources) }
  if (platform === 'darwin') return { where: MAC_PREFERENCES, read: () => readPreferences(sources) }
  return { where: LINUX_FILE, read: () => readJson(sources, LINUX_FILE) }
}

async function readRegistry({ env, run }: PolicySources): Promise<unknown> {
  // By its full path: whoever starts the app chooses its PATH.
  const system = env['SystemRoot'] ?? String.raw`C:\Windows`
  const reg = path.win32.join(system, 'System32', 'reg.exe')
  let text: string
  try {
    text = await run(reg, ['query', REGISTRY_KEY, '/reg:64'])
  } catch (error) {
    // reg.exe says no more than 1, for a key that is not there.
    if (error instanceof Error && 'code' in error && error.code === 1) return undefined
    throw error
  }
  // Four blanks, the name, the type and the value, for example: UpdatesEnabled    REG_DWORD    0x0
  const lines = text.matchAll(/^ {4}(\S+) {4}(REG_DWORD|REG_SZ) {4}(.*?)\r?$/gm)
  return Object.fromEntries(
    [...lines].map(([, name, type, value]) => [name, type === 'REG_DWORD' ? Number(value) : value]),
  )
}

async function readPreferences({ run, readFile: read }: PolicySources): Promise<unknown> {
  try {
    await read(MAC_PREFERENCES)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
  // May be binary; plutil comes with macOS.
  const args = ['-convert', 'json', '-o', '-', MAC_PREFERENCES]
  return JSON.parse(await run('/usr/bin/plutil', args)) as unknown
}

async function readJson({ readFile: read }: PolicySources, file: string): Promise<unknown> {
  try {
    return JSON.parse(await read(file)) as unknown
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
