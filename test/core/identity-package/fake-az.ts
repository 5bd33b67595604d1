// A stand-in of the Azure CLI: `az rest` against a small tenant. Its program only passes words on; the answers are made in the test.
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { answerOf, GraphProblem, type Tenant } from './fake-tenant.ts'
import { query } from './jmespath.ts'

/** The program `az`: sends its arguments to this port, and prints what comes back. A Node program would start too slowly. */
export function azProgram(port: number): string {
  return String.raw`#!/usr/bin/env bash
exec 3<>"/dev/tcp/127.0.0.1/${port}"
printf '%s\0' "$#" "$@" >&3
read -r code <&3
while IFS= read -r line <&3; do
  case $line in
    o*) printf '%s\n' "${'$'}{line#o}" ;;
    e*) printf '%s\n' "${'$'}{line#e}" >&2 ;;
  esac
done
exit "$code"
`
}

/** Answers the program, one connection per call. */
export function serveAz(tenant: Tenant): Server {
  return createServer((socket) => {
    let text = ''
    // The program may be gone already; then nobody waits for the answer.
    socket.on('error', () => socket.destroy())
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      const [count, ...args] = text.split('\0').slice(0, -1)
      if (count === undefined || args.length < Number(count)) return
      const { code, output, errors } = runAz(tenant, args)
      const lines = [...output.map((line) => `o${line}`), ...errors.map((line) => `e${line}`)]
      socket.end([String(code), ...lines, ''].join('\n'))
    })
  })
}

function runAz(
  tenant: Tenant,
  args: string[],
): { code: number; output: string[]; errors: string[] } {
  try {
    const body = bodyOf(optionOf(args, '--body'))
    tenant.calls.push({ args, body })
    return { code: 0, output: printed(answerTo(tenant, args, body), args), errors: [] }
  } catch (error) {
    const text =
      error instanceof GraphProblem
        ? `${error.reason}(${JSON.stringify({ error: error.body })})`
        : String(error)
    return { code: 1, output: [], errors: [`ERROR: ${text}`] }
  }
}

function answerTo(tenant: Tenant, args: string[], body: unknown): unknown {
  const option = (name: string) => optionOf(args, name) ?? ''
  const [group, command] = args
  if (group === 'login') {
    tenant.signedIn = option('--tenant')
    return null
  }
  switch (`${group ?? ''} ${command ?? ''}`) {
    case 'cloud show':
      return { name: tenant.cloud }
    case 'cloud set':
      tenant.cloud = option('--name')
      tenant.signedIn = null
      return null
    case 'account show':
      if (tenant.signedIn === null) throw new GraphProblem('Please run az login', 'NotSignedIn')
      return { tenantId: tenant.signedIn }
    default:
  }
  const address = new URL(option('--uri'))
  if (address.origin !== option('--resource')) throw new Error('The token is for another host.')
  return answerOf(tenant, {
    method: option('--method'),
    origin: address.origin,
    path: address.pathname.replace('/v1.0', ''),
    filter: address.searchParams.get('$filter') ?? '',
    headers: args,
    body,
  })
}

function optionOf(args: string[], name: string): string | undefined {
  const index = args.indexOf(name)
  return index < 0 ? undefined : args[index + 1]
}

function bodyOf(value: string | undefined): unknown {
  if (value === undefined) return null
  if (!value.startsWith('@')) throw new Error('The body stands on the command line.')
  return JSON.parse(readFileSync(value.slice(1), 'utf8'))
}

/** As the Azure CLI does: nothing for null, one line per item, tabs between the items of an inner list. */
function printed(answer: unknown, args: string[]): string[] {
  const result = query(answer, optionOf(args, '--query') ?? '')
  const format = optionOf(args, '--output')
  if (result === null || format === 'none') return []
  if (format !== 'tsv') return JSON.stringify(result, null, 2).split('\n')
  const lines: unknown[] = Array.isArray(result) ? result : [result]
  return lines.map((line) => (Array.isArray(line) ? line : [line]).map(cell).join('\t'))
}

function cell(value: unknown): string {
  if (value === null) return 'None'
  return typeof value === 'string' ? value : JSON.stringify(value)
}
