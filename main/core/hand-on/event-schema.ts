// The published JSON Schema of the events that are handed on.

const nullableText = { type: ['string', 'null'] }

const envelope = {
  specversion: { const: '1.0' },
  id: {
    type: 'string',
    pattern: '^[A-Za-z0-9-]+$',
    description: 'Idempotency key: the same for every attempt. Equal to the header webhook-id.',
  },
  source: { type: 'string', format: 'uri-reference', minLength: 1 },
  time: { type: 'string', format: 'date-time' },
  datacontenttype: { const: 'application/json' },
}

const required = ['specversion', 'id', 'source', 'type', 'time', 'datacontenttype', 'data']

/** JSON Schema 2020-12 of every event. Receivers must accept fields that are added later. */
export const eventSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'urn:emi-tray:event:v1',
  title: 'Events of EMI Tray',
  description: 'CloudEvents 1.0 in structured JSON, one event for each change in Microsoft Teams.',
  oneOf: [{ $ref: '#/$defs/teamsEvent' }, { $ref: '#/$defs/testEvent' }],
  $defs: {
    teamsEvent: {
      type: 'object',
      required,
      properties: {
        ...envelope,
        type: {
          type: 'string',
          pattern: String.raw`^app\.emitray\.teams\.(chat|channel|message|member|presence|other)\.[a-z]+\.v1$`,
          description:
            'app.emitray.teams.<kind>.<change>.v1; changes are created, updated, deleted.',
        },
        subject: { type: 'string', minLength: 1, description: 'The resource that changed.' },
        data: { $ref: '#/$defs/teamsData' },
      },
    },
    teamsData: {
      type: 'object',
      required: [
        'tenantId',
        'subscriptionId',
        'resource',
        'where',
        'chatId',
        'teamId',
        'channelId',
        'messageId',
        'replyToId',
        'memberId',
        'userId',
        'changeType',
        'receivedAt',
        'content',
        'contentError',
      ],
      properties: {
        tenantId: { type: 'string' },
        subscriptionId: { type: 'string', minLength: 1 },
        resource: {
          type: 'string',
          description:
            'As Graph names it; append it to https://graph.microsoft.com/v1.0/ to read it.',
        },
        where: { enum: ['chat', 'channel', null] },
        chatId: nullableText,
        teamId: nullableText,
        channelId: nullableText,
        messageId: nullableText,
        replyToId: { ...nullableText, description: 'Of a reply: the message that it answers.' },
        memberId: nullableText,
        userId: nullableText,
        changeType: { type: 'string' },
        receivedAt: { type: 'string', format: 'date-time' },
        content: {
          description:
            'The resource as Graph sent it along; null without rich notifications, or when it could not be read.',
        },
        contentError: {
          ...nullableText,
          description: 'Why the content or the message could not be read.',
        },
        message: {
          description:
            'The message in one shape, where sending content along is on; null for what is no message.',
          oneOf: [{ type: 'null' }, { $ref: '#/$defs/message' }],
        },
      },
    },
    person: {
      type: 'object',
      required: ['kind', 'id', 'name', 'photoUrl'],
      properties: {
        kind: { enum: ['person', 'guest', 'application', 'unknown'] },
        id: nullableText,
        name: nullableText,
        photoUrl: {
          ...nullableText,
          description: 'Signed address of the profile photo, for some hours; 404 without a photo.',
        },
      },
    },
    message: {
      type: 'object',
      required: ['kind', 'id', 'sender', 'sentAt', 'text', 'html', 'attachments', 'images'],
      properties: {
        kind: { enum: ['message', 'system event', 'deleted message'] },
        id: { type: 'string' },
        sender: { oneOf: [{ type: 'null' }, { $ref: '#/$defs/person' }] },
        placeName: { ...nullableText, description: 'Topic of the chat or name of the channel.' },
        sentAt: nullableText,
        editedAt: nullableText,
        deletedAt: nullableText,
        subject: nullableText,
        text: { type: 'string', description: 'Plain text.' },
        html: {
          type: 'string',
          description: 'Sanitised: no scripts, styles, forms, pictures or addresses but links.',
        },
        importance: { enum: ['normal', 'high', 'urgent'] },
        replyToId: nullableText,
        mentions: { type: 'array', items: { $ref: '#/$defs/person' } },
        attachments: {
          type: 'array',
          items: {
            type: 'object',
            required: ['kind', 'name', 'url', 'text'],
            properties: {
              kind: {
                type: 'string',
                description:
                  'file, card, quoted reply, forwarded message, code snippet, announcement, meeting, tab, image, other.',
              },
              name: nullableText,
              url: nullableText,
              text: nullableText,
            },
          },
        },
        images: {
          type: 'array',
          items: {
            type: 'object',
            required: ['id', 'description', 'url', 'location'],
            properties: {
              id: { type: 'string' },
              description: nullableText,
              url: { ...nullableText, description: 'Signed address of the bytes, for some hours.' },
              location: {
                description: 'Where the picture was taken, by the coordinates inside its file.',
                oneOf: [{ type: 'null' }, { $ref: '#/$defs/location' }],
              },
            },
          },
        },
        event: { ...nullableText, description: 'Of a system event: its name in Graph.' },
      },
    },
    location: {
      type: 'object',
      required: ['latitude', 'longitude', 'geoUrl', 'mapUrl'],
      properties: {
        latitude: { type: 'number', minimum: -90, maximum: 90 },
        longitude: { type: 'number', minimum: -180, maximum: 180 },
        geoUrl: { type: 'string', pattern: '^geo:' },
        mapUrl: { type: 'string', format: 'uri' },
      },
    },
    testEvent: {
      type: 'object',
      required,
      properties: {
        ...envelope,
        type: { const: 'app.emitray.test.v1' },
        data: {
          type: 'object',
          required: ['message'],
          properties: { message: { type: 'string' } },
        },
      },
    },
  },
} as const
