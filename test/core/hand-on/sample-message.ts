// A message with everything that a message may have.
import type { MessageContent } from '../../../main/contract/models/message.ts'

export const sampleMessage: MessageContent = {
  kind: 'message',
  id: '1',
  sender: {
    kind: 'person',
    id: 'c41f7d68-0e9b-4a37-b6d2-93e5f1a80b03',
    name: 'Ella Brandt',
    photoUrl: 'http://127.0.0.1:8740/content/photo/abc?expires=1&signature=def',
  },
  placeName: 'Billing escalations',
  sentAt: '2026-03-02T08:59:00.000Z',
  editedAt: null,
  deletedAt: null,
  subject: null,
  text: 'Hello',
  html: '<p>Hello</p>',
  importance: 'high',
  replyToId: null,
  mentions: [{ kind: 'guest', id: null, name: 'Visitor', photoUrl: null }],
  attachments: [{ kind: 'quoted reply', name: null, url: null, text: 'Earlier words' }],
  images: [
    {
      id: 'a',
      description: 'Label',
      url: 'http://127.0.0.1:8740/content/image/abc?expires=1&signature=def',
      location: {
        latitude: 52.37,
        longitude: 4.895,
        geoUrl: 'geo:52.37000,4.89500',
        mapUrl: 'https://www.openstreetmap.org/?mlat=52.37000&mlon=4.89500#map=16/52.37000/4.89500',
      },
    },
  ],
  event: null,
}
