// The calendar file, read back line by line as RFC 5545 says.
import { expect, test } from 'vitest'
import { createCalendar } from '../../main/core/calendar.ts'
import { nothingAdded, type ProvisioningRecord } from '../../main/core/entra/provisioning-record.ts'

const now = new Date('2026-03-02T09:00:00.000Z')

const record: ProvisioningRecord = {
  tenantId: 't',
  tenantDisplayName: 'Acme, Inc.; Łódź',
  applicationObjectId: 'o',
  appId: '11111111-2222-4333-8444-555555555555',
  servicePrincipalId: 's',
  uniqueName: 'emi-tray-acme',
  displayName: 'Bright Pattern für “Acme”',
  redirectUri: '',
  clientSecret: {
    keyId: 'key-1',
    hint: 'q7Z',
    displayName: 'EMI Tray 1',
    startDateTime: '2026-03-02T09:00:00.000Z',
    endDateTime: '2028-03-02T08:00:00.000Z',
  },
  pendingSecret: null,
  origin: 'made',
  added: nothingAdded(),
  rotation: null,
  completedAt: null,
}

test('keeps the form of RFC 5545: CRLF, at most 75 octets a line, everything closed', () => {
  const { text, name, mediaType } = createCalendar({ record, now })
  expect(name).toBe('client-secret-expires-2028-03-02.ics')
  expect(mediaType).toBe('text/calendar')
  expect(text.endsWith('\r\n')).toBe(true)
  expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
  for (const line of text.split('\r\n')) {
    expect(new TextEncoder().encode(line).length).toBeLessThanOrEqual(75)
  }
  const open: string[] = []
  for (const { name: property, value } of read(text)) {
    if (property === 'BEGIN') open.push(value)
    if (property === 'END') expect(open.pop()).toBe(value)
  }
  expect(open).toEqual([])
})

test('holds one all-day event on the day of the expiry', () => {
  const lines = read(createCalendar({ record, now }).text)
  expect(lines.filter(({ name, value }) => name === 'BEGIN' && value === 'VEVENT')).toHaveLength(1)
  expect(valueOf(lines, 'DTSTART;VALUE=DATE')).toBe('20280302')
  expect(valueOf(lines, 'DTSTAMP')).toBe('20260302T090000Z')
  expect(valueOf(lines, 'SUMMARY')).toContain('Bright Pattern für “Acme” expires')
})

test('reminds 60, 30, 15, 7 and 1 days before', () => {
  const lines = read(createCalendar({ record, now }).text)
  const triggers = lines.filter(({ name }) => name.startsWith('TRIGGER')).map((one) => one.value)
  expect(triggers).toEqual(['-P60D', '-P30D', '-P15D', '-P7D', '-P1D'])
})

test('says what to do, which application it is, and never a secret', () => {
  const { text } = createCalendar({ record, now })
  const description = valueOf(read(text), 'DESCRIPTION')
  expect(description).toContain('Edit the integration account, never delete it')
  expect(description).toContain('Client ID 11111111-2222-4333-8444-555555555555')
  expect(description).toContain('Acme, Inc.; Łódź')
  expect(description).toContain('2028-03-02 08:00 UTC')
  expect(text).not.toContain('q7Z')
})

test('is the same event for the same secret, and another for another', () => {
  const uidOf = (keyId: string, at: Date) => {
    const { clientSecret } = record
    const changed = { ...record, clientSecret: clientSecret && { ...clientSecret, keyId } }
    return valueOf(read(createCalendar({ record: changed, now: at }).text), 'UID')
  }
  expect(uidOf('key-1', now)).toBe(uidOf('key-1', new Date('2027-01-01T00:00:00Z')))
  expect(uidOf('key-1', now)).not.toBe(uidOf('key-2', now))
})

test('without a secret there is no file', () => {
  for (const nothing of [null, { ...record, clientSecret: null }]) {
    expect(() => createCalendar({ record: nothing, now })).toThrow(
      expect.objectContaining({ code: 'secret-unknown' }),
    )
  }
})

/** Unfolds, splits and unescapes. https://www.rfc-editor.org/rfc/rfc5545#section-3.1 */
function read(text: string): { name: string; value: string }[] {
  return text
    .replaceAll(/\r\n[ \t]/g, '')
    .split('\r\n')
    .filter((line) => line !== '')
    .map((line) => {
      const at = line.indexOf(':')
      expect(at).toBeGreaterThan(0)
      const value = line
        .slice(at + 1)
        .replaceAll(/\\([\\;,nN])/g, (_, it: string) => (it.toLowerCase() === 'n' ? '\n' : it))
      return { name: line.slice(0, at), value }
    })
}

function valueOf(lines: { name: string; value: string }[], name: string): string {
  return lines.find((one) => one.name === name)?.value ?? ''
}
