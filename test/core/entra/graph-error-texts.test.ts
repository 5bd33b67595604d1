// Graph's refusals in plain words: every known one has its own text, its next step and its source.
import { describe, expect, it } from 'vitest'
import { errorOfAnswer } from '../../../main/core/entra/graph-error.ts'
import { textsByCode, textsByMessage } from '../../../main/core/entra/graph-error-table.ts'
import { describeGraphError } from '../../../main/core/entra/graph-error-texts.ts'

const texts = [...Object.values(textsByCode), ...textsByMessage.map((one) => one.text)]

describe('the table of Graph’s errors', () => {
  it('has at least thirty entries, each complete', () => {
    expect(texts.length).toBeGreaterThanOrEqual(30)
    for (const { message, nextStep, source } of texts) {
      expect(message).toMatch(/^[A-Z].*\.$/)
      expect(nextStep).toMatch(/^[A-Z].*\.$/)
      expect(`${message}${nextStep}`).not.toContain('!')
      expect(source).toMatch(/^https:\/\/(learn\.microsoft\.com|github\.com)\//)
    }
  })

  it('says something of its own about each code, never the general text', () => {
    expect(new Set(texts.map((one) => one.message)).size).toBe(texts.length)
    for (const code of Object.keys(textsByCode)) {
      expect(code).toBe(code.toLowerCase())
      for (const status of [400, 401, 403, 404, 409, 429, 503]) {
        const general = describeGraphError({ status, codes: ['new'], message: '' })
        const known = describeGraphError({ status, codes: [code.toUpperCase()], message: '' })
        expect(known.message).not.toBe(general.message)
        expect(known.code).toBe(general.code)
      }
    }
  })

  it('looks at the innermost code that it knows', () => {
    const codes = ['Request_BadRequest', 'CredentialTypeNotAllowedAsPerAppPolicy', 'SomethingNew']
    expect(describeGraphError({ status: 400, codes, message: '' }).message).toContain(
      'forbids client secrets',
    )
  })
})

describe('a refusal that only its text tells apart', () => {
  it.each([
    [
      400,
      "The appId 'x' of the service principal does not reference a valid application object",
      'everywhere',
    ],
    [
      403,
      'When using this permission, the backing application of the service principal being created must in the local tenant',
      'only a delay',
    ],
    [400, 'Not a valid reference update', 'everywhere'],
    [
      404,
      "Resource 'x' does not exist or one of its queried reference-property objects are not present.",
      'everywhere',
    ],
    [400, 'Permission being assigned already exists on the object', 'granted already'],
    [409, 'EntitlementGrant entry already exists', 'granted already'],
    [409, 'Permission entry already exists.', 'there already'],
    [
      400,
      'Another object with the same value for property uniqueName already exists.',
      'unique name',
    ],
    [409, 'Subscription Id <> already exists for the requested combination', 'same resource'],
    [
      409,
      'A subscripton already exists. It must be deleted before a another can be made',
      'same resource',
    ],
    [
      400,
      'Subscription validation request failed. Notification endpoint must respond with 200 OK to validation request.',
      'webhook',
    ],
    [
      400,
      'lifecycleNotificationUrl is a required property for subscription creation on this resource when the expirationDateTime value is set to greater than 1 hour',
      'lifecycle',
    ],
    [
      403,
      "API required one of 'Chat.Read.All'. Roles on the request 'Chat.ReadWrite.All'",
      'lacks a permission',
    ],
  ])('%i %s', (status, message, words) => {
    const error = errorOfAnswer({
      status,
      headers: new Headers(),
      body: { error: { code: 'Request_BadRequest', message } },
      method: 'POST',
      path: '/servicePrincipals',
      clientRequestId: 'c',
    })
    expect(error.message).toContain(words)
    expect(error.details).toContain('Request_BadRequest')
    expect(error.details).not.toContain('undefined')
  })
})
