import { expect, it } from 'vitest'
import { formatCsv } from '../../main/core/csv.ts'
import { parseCsv, withoutMark } from './read-csv.ts'

const NASTY = [
  '',
  'plain',
  'comma, semicolon; "quote"',
  'two\r\nlines',
  ' spaces ',
  '=1+1',
  '+1',
  '-1',
  '@SUM(A1)',
  '\t=1',
  '\r=1',
  '＝1+1',
  "'already marked",
  "''=twice",
]

it('gives back exactly what went in, once the mark is taken off', () => {
  const rows = NASTY.map((value) => [value, 'x', value])
  expect(parseCsv(formatCsv(rows)).map((row) => row.map(withoutMark))).toEqual(rows)
})

it('lets no cell begin like a formula', () => {
  for (const [cell = ''] of parseCsv(formatCsv(NASTY.map((value) => [value])))) {
    expect(cell).not.toMatch(/^[=+\-@\t\r＝＋－＠]/)
  }
})

it('ends every line with CRLF, the last one too', () => {
  expect(formatCsv([['a', 'b'], ['c']])).toBe('a,b\r\nc\r\n')
})
