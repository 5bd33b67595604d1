import { expect, test } from 'vitest'
import {
  changeSettings,
  defaultSettings,
  parseTenantUrl,
  readSettings,
  redirectUriOf,
} from '../../main/core/settings.ts'

test('a fresh installation gets the defaults, and no connection is chosen', () => {
  expect(readSettings(undefined)).toEqual(defaultSettings)
  expect(readSettings(undefined).mode).toBeNull()
})

test('what a file lacks gets its default, what it has is kept', () => {
  const settings = readSettings({
    version: 1,
    mode: 'microsoft',
    connections: { microsoft: { tenantUrl: 'acme.brightpattern.com' } },
  })
  expect(settings.connections.microsoft.tenantUrl).toBe('acme.brightpattern.com')
  expect(settings.connections.microsoft.webhookPort).toBe(8730)
  expect(settings.theme).toBe('system')
})

test('an unreadable file names the field that is wrong', () => {
  const read = () =>
    readSettings({ version: 1, connections: { microsoft: { webhookPort: 'eighty' } } })
  expect(read).toThrow(expect.objectContaining({ code: 'settings-unreadable' }))
  expect(read).toThrow(/connections\.microsoft\.webhookPort/)
})

test('what was written can be read again', () => {
  const written: unknown = JSON.parse(JSON.stringify(defaultSettings))
  expect(readSettings(written)).toEqual(defaultSettings)
})

test('a change touches only the open connection', () => {
  const open = { ...defaultSettings, mode: 'practice' as const }
  const changed = changeSettings(open, { connection: { webhookPort: 9000, publicUrl: undefined } })
  expect(changed.connections.practice.webhookPort).toBe(9000)
  expect(changed.connections.practice.publicUrl).toBe('')
  expect(changed.connections.microsoft).toEqual(defaultSettings.connections.microsoft)
})

test('connection settings cannot be changed before a connection is chosen', () => {
  expect(() => changeSettings(defaultSettings, { connection: { webhookPort: 9000 } })).toThrow(
    expect.objectContaining({ code: 'input-invalid' }),
  )
})

test.each([
  ['acme.brightpattern.com', 'acme.brightpattern.com'],
  [' https://ACME.brightpattern.com/agentdesktop/ ', 'acme.brightpattern.com'],
  ['cc.example.com:8443', 'cc.example.com:8443'],
])('takes the host name out of %s', (typed, host) => {
  expect(parseTenantUrl(typed)).toBe(host)
  expect(redirectUriOf(typed)).toBe(`https://${host}/agentdesktop/msteamscallback.html`)
})

test.each([
  '',
  'acme',
  'http://acme.example.com',
  'acme .com',
  'ftp://acme.example.com',
  '5',
  '1.5',
])('refuses “%s” as a contact center address and says what to enter', (typed) => {
  expect(() => parseTenantUrl(typed)).toThrow(
    expect.objectContaining({ code: 'tenant-url-invalid' }),
  )
})
