import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { LIFECYCLE_PATH, NOTIFICATION_PATH } from '../../../main/core/webhook-paths.ts'
import { parseNotifications } from '../../../main/core/webhook/notifications.ts'
import { makeWebhook, messageItem, post } from './fixtures.ts'

function onlyChange(item: unknown) {
  const posted = parseNotifications({ value: [item] })
  if (posted.kind !== 'notifications') throw new Error(posted.kind)
  const [claimed] = posted.changeNotifications
  if (!claimed) throw new Error('no changeNotification')
  return claimed
}

test('keeps the item as it came, unknown fields included, without what proves it', () => {
  const item = messageItem({
    clientState: 'proof-1',
    ClientState: 'proof-2',
    validationTokens: ['proof-3'],
    somethingNew: { nested: [1, 2] },
  })
  const { notification, clientState } = onlyChange(item)
  expect(clientState).toBe('proof-1')
  expect(notification.itemJson).not.toContain('proof')
  const { clientState: _1, ClientState: _2, validationTokens: _3, ...rest } = item
  expect(JSON.parse(notification.itemJson)).toEqual(rest)
})

test.each(['encryptedContent', 'EncryptedContent'])('takes an item with %s for rich', (name) => {
  expect(onlyChange(messageItem({ [name]: { data: 'x' } })).notification.rich).toBe(true)
  expect(onlyChange(messageItem({ [name]: null })).notification.rich).toBe(false)
})

test('reads changeType without case', () => {
  expect(onlyChange(messageItem({ changeType: 'Created' })).notification.changeType).toBe('created')
})

test('takes the tenant of presence from organizationId too', () => {
  const item = messageItem({ tenantId: undefined, organizationId: 'tenant' })
  expect(onlyChange(item).notification.tenantId).toBe('tenant')
})

test('does without everything but the subscriptionId', () => {
  expect(onlyChange({ subscriptionId: 'a' }).notification).toMatchObject({
    subscriptionId: 'a',
    tenantId: '',
    changeType: '',
    resource: '',
    resourceId: null,
  })
})

test.each([undefined, null, 'text', 7, [], {}, { value: {} }, { value: null }])(
  'takes %j for no post of notifications',
  (body) => {
    expect(parseNotifications(body).kind).toBe('unreadable')
  },
)

const item = v.record(v.string(), v.unknown())
const SAMPLES = path.resolve('../shared/graph/samples')

if (existsSync(SAMPLES)) {
  const names = readdirSync(SAMPLES).filter(
    (name) => /^(notification|lifecycle)-/.test(name) && !name.includes('decrypted'),
  )

  describe('Microsoft’s sample notifications', () => {
    test('are there', () => {
      expect(names.length).toBeGreaterThan(10)
    })

    test.each(names)('%s is accepted', async (name) => {
      const sample: unknown = JSON.parse(readFileSync(path.join(SAMPLES, name), 'utf8'))
      const envelope = envelopeOf(sample)
      const webhook = await makeWebhook()
      const value = await Promise.all(
        envelope.value.map(async (one) => {
          const clientState = await webhook.clientStates.create('chat-messages')
          await webhook.clientStates.confirm('chat-messages', {
            clientState,
            subscriptionId: String(one['subscriptionId']),
          })
          return { ...one, clientState }
        }),
      )
      const target = name.startsWith('lifecycle') ? LIFECYCLE_PATH : NOTIFICATION_PATH
      const answer = await webhook.handle(post({ ...envelope, value }, target))
      expect(answer.status).toBe(202)
      expect(webhook.refused).toBe(0)
      expect(webhook.database.deliveries).toHaveLength(value.length)
      expect(webhook.database.deliveries[0]?.rich).toBe(name.includes('-rich-'))
      expect(webhook.lifecycle).toHaveLength(name.startsWith('lifecycle') ? value.length : 0)
    })
  })
} else {
  // The samples belong to the documentation beside the project and are not part of it.
  console.log(`Microsoft’s sample notifications are not at ${SAMPLES}; their tests do not run.`)
}

/** Some samples are a whole post, others one item of it. */
function envelopeOf(sample: unknown): { value: Record<string, unknown>[] } {
  const envelope = v.safeParse(v.looseObject({ value: v.array(item) }), sample)
  return envelope.success ? envelope.output : { value: [v.parse(item, sample)] }
}
