// The posts of the benches: one Teams message each, padded to a kibibyte, as Graph would send it.
export const SUBSCRIPTION_ID = '7f105c7d-2dc5-4530-97cd-4e7ae6534c07'
export const TENANT_ID = '84bd8158-6d4d-4958-8b9f-9d6445542f95'

const ITEM_BYTES = 1_024

/** The JSON of one post. `id` makes its message, and so its identity, a new one. */
export function postOf({ clientState, id }: { clientState: string; id: string }): string {
  const resource = `chats('19:8ea0e38b-efb3-4757-924a-5f94061cf8c2_97f62344@unq.gbl.spaces')/messages('${id}')`
  const item = {
    subscriptionId: SUBSCRIPTION_ID,
    changeType: 'created',
    clientState,
    tenantId: TENANT_ID,
    subscriptionExpirationDateTime: '2027-03-05T09:00:00.0000000Z',
    resource,
    resourceData: {
      id,
      '@odata.type': '#Microsoft.Graph.chatMessage',
      '@odata.id': resource,
      padding: '',
    },
  }
  const missing = ITEM_BYTES - JSON.stringify(item).length
  return JSON.stringify({
    value: [{ ...item, resourceData: { ...item.resourceData, padding: 'x'.repeat(missing) } }],
  })
}
