// What a change of settings asks for.
import { expect, test } from 'vitest'
import type { ConnectionSettings } from '../../main/contract/models/settings.ts'
import { defaultSettings } from '../../main/core/settings.ts'
import { effectsOf, planChanges, refuseUnusable } from '../../main/core/settings-effects.ts'

const before = defaultSettings.connections.microsoft

test.each<[string, Partial<ConnectionSettings>, string[]]>([
  ['nothing, where nothing changed', {}, []],
  [
    'nothing, where the same lists were sent again',
    { trustedProxies: [...before.trustedProxies] },
    [],
  ],
  ['nothing, for what is read when it is used', { keepDeliveriesDays: 3 }, []],
  ['a new connection, for another cloud', { cloud: 'china' }, ['reopens']],
  ['a restart, for another way in', { publicUrl: 'https://emi.example.com' }, ['restarts']],
  [
    'a restart, for another program, whose arguments are looked at',
    { command: { ...before.command, program: 'frpc' } },
    ['restarts', 'runsProgram'],
  ],
  ['a way out, for another proxy', { proxy: { ...before.proxy, kind: 'none' } }, ['routes']],
  [
    'other subscriptions, for people one by one',
    { perUserSubscriptions: ['a@b.example'] },
    ['subscribes'],
  ],
  ['another plan, for another name', { applicationName: 'Other' }, ['replans']],
])('a change asks for %s', (_, change, effects) => {
  expect([...effectsOf(before, { ...before, ...change })]).toEqual(effects)
})

test('names what the plan depends on and was changed, and nothing else', () => {
  const after = { ...before, applicationName: 'Other', secretLifetimeMonths: 6, webhookPort: 1 }
  expect(planChanges(before, after)).toEqual(['applicationName', 'secretLifetimeMonths'])
  expect(planChanges(before, { ...before })).toEqual([])
})

test('an address that nothing can be handed on to is refused when it changes, and is in nobody’s way otherwise', () => {
  const wanted: ConnectionSettings = { ...before, handOnUrl: 'ftp://example.com' }
  const refuse = (effects: Set<'handsOnTo' | 'routes'>) =>
    refuseUnusable(wanted, effects, { before: wanted, reopens: false })
  expect(() => refuse(new Set(['handsOnTo']))).toThrow(
    expect.objectContaining({ code: 'hand-on-url-invalid' }) as Error,
  )
  expect(() => refuse(new Set(['routes']))).not.toThrow()
})

test.each([
  ['proxy.example.com:99999', true],
  ['proxy.example.com:0', true],
  ['http://[fe80::1]:70000/', true],
  ['proxy.example.com:65535', false],
  ['[fe80::12345]', false],
  ['proxy.example.com', false],
  ['', false],
])('the proxy address “%s” is refused for its port: %s', (address, isRefused) => {
  const wanted: ConnectionSettings = { ...before, proxy: { ...before.proxy, address } }
  const refuse = () => refuseUnusable(wanted, effectsOf(before, wanted), { before, reopens: false })
  const error = expect.objectContaining({ code: 'input-invalid' }) as Error
  if (isRefused) expect(refuse).toThrow(error)
  else expect(refuse).not.toThrow()
})

test('a proxy address from before that nobody could use is not in the way of doing without a proxy', () => {
  const stored = { ...before, proxy: { ...before.proxy, address: 'proxy.example.com:99999' } }
  const wanted: ConnectionSettings = { ...stored, proxy: { ...stored.proxy, kind: 'none' } }
  const effects = effectsOf(stored, wanted)
  expect(() => refuseUnusable(wanted, effects, { before: stored, reopens: false })).not.toThrow()
})
