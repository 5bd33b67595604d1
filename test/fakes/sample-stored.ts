// Stored notifications as the Log page finds them, one of each kind.
import type { DeliveryPage, FoundDelivery } from '../../main/contract/models/delivery.ts'
import { ago } from './sample-time.ts'

const handedOn = (change: Partial<NonNullable<FoundDelivery['handOn']>> = {}) => ({
  ...{ state: 'done' as const, attempts: 0, nextAttemptAt: null, doneAt: ago(1), lastError: null },
  ...change,
})

function found(id: number, summary: string, change: Partial<FoundDelivery> = {}): FoundDelivery {
  const place = 'chat:19:8ea0e38b@thread.v2'
  return {
    ...{ id, summary, place, receivedAt: ago(61 - id), kind: 'changeNotification' },
    ...{ subscriptionKey: 'chat-messages', changeType: 'created', rich: true, origin: 'graph' },
    subscriptionId: '9d3f6d1a-2a60-4b0c-9c2f-7b7d6c1c5a01',
    tenantId: 'b7f2c0de-3d41-4f0b-8e0e-5d9f6a2c1b34',
    resource: `chats('19:8ea0e38b@thread.v2')/messages('16159715481${id}')`,
    resourceId: `16159715481${id}`,
    senderId: '1d6f3c52-95e4-4c1b-8c75-0d4d9b9e3f20',
    ...{ senderName: 'Adele Vance', placeName: 'Front desk', verdict: 'valid' },
    handOn: handedOn(),
    ...change,
  }
}

const nobody = { senderId: null, senderName: null }

export const storedPage: DeliveryPage = {
  found: [
    found(60, 'New chat message'),
    found(59, 'New chat message', {
      senderName: 'Miguel Santos',
      handOn: handedOn({ state: 'waiting', attempts: 2, doneAt: null }),
    }),
    found(58, 'Chat message changed', {
      changeType: 'updated',
      handOn: handedOn({
        ...{ state: 'dead', attempts: 41, doneAt: null },
        lastError: 'The contact center answered with 500.',
      }),
    }),
    found(57, 'Microsoft sent the lifecycle event reauthorizationRequired.', {
      ...{ kind: 'lifecycleNotification', changeType: 'reauthorizationRequired', rich: false },
      ...{ ...nobody, place: null, placeName: null, verdict: null, handOn: null },
    }),
    found(56, 'New channel message', { placeName: 'Sales, General', origin: 'catch-up' }),
    found(55, 'Test notification, sent by EMI Tray itself', {
      ...{ ...nobody, place: null, placeName: null, verdict: null, handOn: null },
      ...{ origin: 'test', resource: 'emi-tray-test', rich: false },
    }),
    found(54, 'New chat message', { ...nobody, verdict: 'refused', handOn: null }),
  ],
  nextBeforeId: 54,
  searchedBackTo: ago(8),
  tooManyNames: false,
}
