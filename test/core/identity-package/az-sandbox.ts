// Runs the shell script for real, in a folder of its own, with a stand-in of the Azure CLI before it on the PATH.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { azProgram, serveAz } from './fake-az.ts'
import type { Tenant } from './fake-tenant.ts'

export interface Run {
  code: number | null
  output: string
  errors: string
  tenant: Tenant
  /** What the script left in its temporary folder. */
  leftovers: string[]
}

/** Runs a script against a copy of this tenant, which is given back as the script left it. */
export async function runScript(
  text: string,
  { tenant: before, args = [] }: { tenant: Tenant; args?: string[] },
): Promise<Run> {
  const tenant: Tenant = { ...structuredClone(before), calls: [] }
  const server = serveAz(tenant).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const folder = await mkdtemp(join(tmpdir(), 'emi-az-'))
  try {
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    await program(join(folder, 'az'), azProgram(port))
    // Waiting is part of the script; the test need not wait with it.
    await program(join(folder, 'sleep'), '#!/bin/sh\nexit 0\n')
    await writeFile(join(folder, 'create-application.sh'), text)
    const own = join(folder, 'tmp')
    await mkdir(own)
    const done = await bash(['create-application.sh', ...args], {
      cwd: folder,
      env: { PATH: `${folder}${delimiter}${process.env.PATH ?? ''}`, TMPDIR: own, HOME: own },
    })
    return { ...done, tenant, leftovers: await readdir(own) }
  } finally {
    server.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** What bash itself says to the syntax; empty when it is right. */
export async function bashProblems(text: string): Promise<string> {
  const { errors } = await bash(['-n'], { input: text })
  return errors
}

async function program(path: string, text: string): Promise<void> {
  await writeFile(path, text)
  await chmod(path, 0o755)
}

function bash(
  args: string[],
  { input = '', ...options }: { input?: string; cwd?: string; env?: Record<string, string> },
): Promise<{ code: number | null; output: string; errors: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', args, options)
    let [output, errors] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (errors += chunk))
    child.on('error', reject)
    child.on('close', (code) => {
      resolve({ code, output, errors })
    })
    // A script that stops at once does not read what it is given.
    child.stdin.on('error', () => child.stdin.destroy())
    child.stdin.end(input)
  })
}
