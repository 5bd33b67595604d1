import { expect, test } from 'vitest'
import { defaultSettings } from '../../../main/core/settings.ts'
import { staticUrl } from '../../../main/core/tunnel/static-url.ts'
import { MemorySecrets } from '../../fakes/memory-ports.ts'

function open(publicUrl: string) {
  return staticUrl().open({
    settings: { ...defaultSettings.connections.microsoft, publicUrl },
    secrets: new MemorySecrets(),
    local: { host: '127.0.0.1', port: 8730 },
    signal: new AbortController().signal,
  })
}

test.each([
  ['https://emi.example.com', 'https://emi.example.com'],
  [' https://EMI.example.com/ ', 'https://emi.example.com'],
  ['https://emi.example.com:8443', 'https://emi.example.com:8443'],
  ['http://127.0.0.1:8731', 'http://127.0.0.1:8731'],
  ['http://localhost:8731/', 'http://localhost:8731'],
  ['http://[::1]:8731', 'http://[::1]:8731'],
])('takes %j as %s', async (text, publicUrl) => {
  const session = await open(text)
  expect(session.publicUrl).toBe(publicUrl)
  await session.close()
})

test.each([
  '',
  'emi.example.com',
  'http://emi.example.com',
  'http://127.0.0.1.example.com',
  'ftp://emi.example.com',
  'https://emi.example.com/webhook',
  'https://emi.example.com/?a=b',
  'https://emi.example.com/#top',
  'https://user:password@emi.example.com',
  'https://',
])('refuses %j and says what to enter', async (text) => {
  await expect(open(text)).rejects.toMatchObject({
    code: 'public-url-invalid',
    nextStep: expect.stringContaining('https://') as string,
  })
})

test('stays open until it is closed', async () => {
  const session = await open('https://emi.example.com')
  let ended = false
  void session.closed.then(() => (ended = true))
  await Promise.resolve()
  expect(ended).toBe(false)
  await session.close()
  expect((await session.closed).code).toBe('cancelled')
})
