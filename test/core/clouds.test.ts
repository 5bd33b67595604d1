import { expect, test } from 'vitest'
import { cloudOf } from '../../main/core/clouds.ts'
import { defaultSettings } from '../../main/core/settings.ts'

const settings = defaultSettings.connections.microsoft

// https://learn.microsoft.com/graph/deployments
test.each([
  ['global', 'https://login.microsoftonline.com', 'https://graph.microsoft.com'],
  ['us-gov-l4', 'https://login.microsoftonline.us', 'https://graph.microsoft.us'],
  ['us-gov-l5', 'https://login.microsoftonline.us', 'https://dod-graph.microsoft.us'],
  ['china', 'https://login.partner.microsoftonline.cn', 'https://microsoftgraph.chinacloudapi.cn'],
] as const)('%s signs in and calls Graph at its own hosts', (cloud, loginHost, graphHost) => {
  expect(cloudOf({ ...settings, cloud })).toMatchObject({ id: cloud, loginHost, graphHost })
})

test('a custom cloud takes the addresses given, without path or slash', () => {
  const cloud = cloudOf({
    ...settings,
    cloud: 'custom',
    customLoginHost: 'https://login.example.com/',
    customGraphHost: 'https://graph.example.com:8443/v1.0',
  })
  expect(cloud.loginHost).toBe('https://login.example.com')
  expect(cloud.graphHost).toBe('https://graph.example.com:8443')
})

test.each(['', 'login.example.com', 'http://login.example.com'])(
  'a custom cloud refuses “%s” and says what to enter',
  (customLoginHost) => {
    const custom = { ...settings, cloud: 'custom' as const, customGraphHost: 'https://g.example' }
    expect(() => cloudOf({ ...custom, customLoginHost })).toThrow(
      expect.objectContaining({ code: 'input-invalid' }),
    )
  },
)
