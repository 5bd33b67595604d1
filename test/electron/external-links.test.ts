import { expect, test } from 'vitest'
import type { LinkName } from '../../main/contract/models/connection.ts'
import { addressOf } from '../../main/core/links.ts'
import { cloudOf } from '../../main/core/clouds.ts'
import { defaultSettings } from '../../main/core/settings.ts'
import { mayOpen } from '../../main/electron/external-links.ts'
import { nothingYet } from '../fakes/nothing-yet.ts'

const practice = { loginHost: 'https://localhost:4433' }

test.each([
  'file:///etc/passwd',
  'javascript:alert(1)',
  'data:text/html,x',
  'mailto:a@example.com',
  'ms-msdt:/id',
  'smb://server/share',
  'http://learn.microsoft.com/',
  'https://example.com/',
  'https://learn.microsoft.com.example.com/',
  'https://learn.microsoft.com@example.com/',
  'https://user:password@learn.microsoft.com/',
  'https://learn.microsoft.com:8443/',
  'https://localhost:4434/',
  'http://localhost.example.com/',
  'http://127.0.0.1:4433/',
  'not an address',
  '',
])('does not open %s', (address) => {
  expect(mayOpen(address, practice)).toBe(false)
})

test('opens the sign-in page of the connection in use, also of one on this computer', () => {
  expect(mayOpen('https://localhost:4433/t/oauth2/v2.0/authorize?x=1', practice)).toBe(true)
  expect(mayOpen('http://localhost:4434/t/oauth2/v2.0/authorize?x=1', practice)).toBe(true)
  for (const cloud of [null, cloudOf(defaultSettings.connections.microsoft)]) {
    expect(mayOpen('https://localhost:4433/t/oauth2/v2.0/authorize?x=1', cloud)).toBe(false)
    expect(mayOpen('http://localhost:4434/t/oauth2/v2.0/authorize?x=1', cloud)).toBe(false)
  }
})

test.each(['global', 'us-gov-l4', 'us-gov-l5', 'china'] as const)(
  'opens every link that the core can name, in the cloud %s',
  (id) => {
    const cloud = cloudOf({ ...defaultSettings.connections.microsoft, cloud: id })
    const names: LinkName[] = [
      'graph-permissions',
      'entra-app-registrations',
      'entra-deleted-applications',
      'entra-user-settings',
      'entra-app-management-policies',
      'pim-my-roles',
      'integration-account-help',
    ]
    for (const name of names) {
      expect(mayOpen(addressOf(name, { revision: 1, ...nothingYet(), cloud }), cloud)).toBe(true)
    }
    expect(mayOpen(`${cloud.loginHost}/common/adminconsent?x=1`, cloud)).toBe(true)
  },
)
