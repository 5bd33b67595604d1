import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { AppError } from '../../main/core/app-error.ts'
import { exportHandover } from '../../main/core/handover-formats.ts'
import { handoverOf } from '../../main/core/handover.ts'
import { defaultSettings } from '../../main/core/settings.ts'
import { parseCsv, withoutMark } from './read-csv.ts'
import { SAMPLE_SECRET, sampleRecord } from './sample-record.ts'

const settings = defaultSettings.connections.microsoft
const handover = handoverOf(settings, sampleRecord())
const folder = mkdtempSync(join(tmpdir(), 'emi-handover-'))
afterAll(() => rmSync(folder, { recursive: true }))

const NAMES = [
  'EMI_NAME',
  'EMI_OBJECT_ID',
  'EMI_TENANT_ID',
  'EMI_CLIENT_ID',
  'EMI_CLIENT_SECRET',
  'EMI_EXPIRES_AT',
]
const EXPECTED = {
  EMI_NAME: 'Microsoft Teams',
  EMI_OBJECT_ID: '22222222-2222-4222-8222-222222222222',
  EMI_TENANT_ID: '11111111-1111-4111-8111-111111111111',
  EMI_CLIENT_ID: '33333333-3333-4333-8333-333333333333',
  EMI_CLIENT_SECRET: SAMPLE_SECRET,
  EMI_EXPIRES_AT: '2028-01-02T09:00:00Z',
}

/** What a POSIX shell has in its variables after reading the file. */
function readByShell(text: string): Record<string, string> {
  const file = join(folder, 'emi-handover.env')
  writeFileSync(file, text)
  const script = `set -a; . "$1"; shift; for name; do printenv "$name"; printf '\\0'; done`
  const output = execFileSync('sh', ['-c', script, 'sh', file, ...NAMES], { encoding: 'utf8' })
  const values = output.split('\0').map((value) => value.replace(/\n$/, ''))
  return Object.fromEntries(NAMES.map((name, index) => [name, values[index] ?? '']))
}

/** The names in the order of the file; readers may sort them. */
function namesIn(text: string): string[] {
  return [...text.matchAll(/^(EMI_\w+)=/gm)].map(([, name = '']) => name)
}

function named(integrationName: string) {
  return handoverOf({ ...settings, integrationName }, sampleRecord())
}

describe('a .env file', () => {
  it('is read alike by a shell and by a dotenv reader, in the order of the form', () => {
    const { text, name, mediaType } = exportHandover(handover, {
      format: 'env',
      clientSecret: SAMPLE_SECRET,
    })
    expect(parseEnv(text)).toEqual(EXPECTED)
    expect(readByShell(text)).toEqual(EXPECTED)
    expect(namesIn(text)).toEqual(NAMES)
    expect([name, mediaType]).toEqual(['emi-handover.env', 'text/plain'])
  })

  it.each([
    'two words and  more',
    '$HOME ${HOME} $(id) `id`',
    'say "hello" # not a comment',
    'back\\slash \\n \\t at the end\\',
    "Bob's account",
    "it's # a; name & more | <here>",
    'first line\nsecond line\nEMI_CLIENT_ID=stolen',
    "first line's\nEMI_CLIENT_ID=stolen",
    'café ✓ 中文',
    '~/ * ? [a] {b,c} !x %PATH%',
    '=1+1',
    '',
  ])('brings %j through both readers unchanged', (value) => {
    const { text } = exportHandover(named(value), { format: 'env', clientSecret: SAMPLE_SECRET })
    const expected = { ...EXPECTED, EMI_NAME: value }
    expect(parseEnv(text)).toEqual(expected)
    expect(readByShell(text)).toEqual(expected)
  })

  it.each([`it's "both"`, "it's $HOME", "it's `id`", "it's a \\", 'carriage\rreturn'])(
    'refuses %j, which the two readers would read differently',
    (value) => {
      const work = () => exportHandover(named(value), { format: 'env', clientSecret: null })
      expect(work).toThrow(AppError)
      expect(work).toThrow(expect.objectContaining({ code: 'input-invalid' }))
    },
  )

  it('has an empty field that says so where the secret was not asked for', () => {
    const { text } = exportHandover(handover, { format: 'env', clientSecret: null })
    expect(parseEnv(text)).toEqual({ ...EXPECTED, EMI_CLIENT_SECRET: '' })
    expect(text).toMatch(/# Client Secret: Left out.*\nEMI_CLIENT_SECRET=''\n/)
  })

  it('follows the older form where that is chosen', () => {
    const older = handoverOf({ ...settings, formVersion: '5.8' }, sampleRecord())
    const { text } = exportHandover(older, { format: 'env', clientSecret: null })
    expect(namesIn(text)).toEqual([
      'EMI_NAME',
      'EMI_TENANT_ID',
      'EMI_CLIENT_ID',
      'EMI_CLIENT_SECRET',
    ])
  })
})

describe('a JSON file', () => {
  const read = (clientSecret: string | null) => {
    const file = exportHandover(handover, { format: 'json', clientSecret })
    expect([file.name, file.mediaType]).toEqual(['emi-handover.json', 'application/json'])
    return JSON.parse(file.text) as Record<string, Record<string, string>>
  }

  it('has the values by name, in the order of the form, with its labels', () => {
    const { values = {}, labels = {} } = read(SAMPLE_SECRET)
    expect(Object.entries(values)).toEqual([
      ['name', 'Microsoft Teams'],
      ['objectId', '22222222-2222-4222-8222-222222222222'],
      ['tenantId', '11111111-1111-4111-8111-111111111111'],
      ['clientId', '33333333-3333-4333-8333-333333333333'],
      ['clientSecret', SAMPLE_SECRET],
      ['expiresAt', '2028-01-02T09:00:00Z'],
    ])
    expect(labels['tenantId']).toBe('Directory (Tenant) ID')
  })

  it('says that the secret was left out', () => {
    const { values = {}, notes = {} } = read(null)
    expect(values['clientSecret']).toBe('')
    expect(notes['clientSecret']).toContain('Left out')
  })
})

describe('a CSV file', () => {
  it('has one line for each field, in the order of the form', () => {
    const file = exportHandover(handover, { format: 'csv', clientSecret: SAMPLE_SECRET })
    expect([file.name, file.mediaType]).toEqual(['emi-handover.csv', 'text/csv'])
    const [head, ...rows] = parseCsv(file.text)
    expect(head).toEqual(['Key', 'Label', 'Value', 'Note'])
    expect(Object.fromEntries(rows.map(([key = '', , value]) => [key, value]))).toEqual(EXPECTED)
    expect(rows.map(([key]) => key)).toEqual(NAMES)
  })

  it('keeps spreadsheets from running a value, and tells readers of the mark', () => {
    const secretText = '-AbQ~1+2'
    const { text } = exportHandover(named('=HYPERLINK("https://x.example")'), {
      format: 'csv',
      clientSecret: secretText,
    })
    const rows = parseCsv(text)
    expect(rows[1]?.[2]).toBe(`'=HYPERLINK("https://x.example")`)
    expect(withoutMark(rows[1]?.[2] ?? '')).toBe('=HYPERLINK("https://x.example")')
    expect(withoutMark(rows[5]?.[2] ?? '')).toBe(secretText)
    expect(rows[5]?.[3]).toContain('Do not copy it')
  })

  it('says that the secret was left out', () => {
    const { text } = exportHandover(handover, { format: 'csv', clientSecret: null })
    expect(parseCsv(text)[5]).toEqual([
      'EMI_CLIENT_SECRET',
      'Client Secret',
      '',
      expect.stringContaining('Left out'),
    ])
  })
})
