import { expect, test } from 'vitest'
import { redactText } from '../../main/core/redact.ts'

const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJncmFwaCJ9.c2lnbmF0dXJl'
const secret = 'aB38Q~0123456789abcdefghijABCDEFGHIJ.-_~'

test.each([
  ['a token', `token ${jwt} was sent`, jwt],
  ['an Authorization header', `Authorization: Bearer ${jwt}`, jwt],
  ['a client secret', `the value ${secret} is used`, secret],
  ['a form field', 'client_secret=abc123&grant_type=client_credentials', 'abc123'],
  ['a JSON field', '{"clientState":"s3cret-state","x":1}', 's3cret-state'],
  ['an authorization code', 'http://localhost:1/?code=0.AXYZ&state=q1w2', '0.AXYZ'],
  ['a validation token', 'POST /emi/notifications?validationToken=opaque%20text', 'opaque'],
  [
    'a private key',
    '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA\n-----END OPENSSH PRIVATE KEY-----',
    'b3BlbnNzaA',
  ],
])('hides %s', (_what, text, hidden) => {
  expect(redactText(text)).not.toContain(hidden)
  expect(redactText(text)).toContain('[hidden]')
})

test('leaves ordinary text, Graph codes and ids alone', () => {
  const text =
    'Graph 403 Authorization_RequestDenied, request-id 0d7c3b1e-0000-4000-8000-000000000001, code: x, state: active'
  expect(redactText(text)).toBe(text)
})
