// The content of a Teams message, in one shape whatever it holds.

/** Who wrote a message, or is named in it. */
export interface MessagePerson {
  kind: 'person' | 'guest' | 'application' | 'unknown'
  /** The id in Entra; of a guest without an account, or an application, the id that Teams gave. */
  id: string | null
  name: string | null
  /** Signed, short-lived address of the profile photo; null where the content endpoint is off. */
  photoUrl: string | null
}

/** What a file or card in a message is, whatever Graph calls it. */
export type AttachmentKind =
  | 'file'
  | 'card'
  | 'quoted reply'
  | 'forwarded message'
  | 'code snippet'
  | 'announcement'
  | 'meeting'
  | 'tab'
  | 'image'
  | 'other'

export interface MessageAttachment {
  kind: AttachmentKind
  name: string | null
  /** Where a file lies: a link for the browser of somebody who may see it. Never fetched by EMI Tray. */
  url: string | null
  /** Words of a card, a quoted reply or a code snippet. */
  text: string | null
}

/** Where a picture was taken, by the coordinates inside its file. */
export interface ImageLocation {
  latitude: number
  longitude: number
  /** `geo:` link, for whatever the computer shows maps with. */
  geoUrl: string
  mapUrl: string
}

export interface MessageImage {
  /** Its id in the message; for `delivery.image`. */
  id: string
  description: string | null
  /** Signed, short-lived address of the bytes; null where the content endpoint is off. */
  url: string | null
  location: ImageLocation | null
}

/** A message in one shape, whatever it holds and however it came. */
export interface MessageContent {
  kind: 'message' | 'system event' | 'deleted message'
  id: string
  /** null for what Teams itself says. */
  sender: MessagePerson | null
  /** Topic of the chat or name of the channel, where it is known. */
  placeName: string | null
  sentAt: string | null
  editedAt: string | null
  deletedAt: string | null
  subject: string | null
  text: string
  /** Safe to show: no scripts, styles, forms, pictures or foreign addresses but links. */
  html: string
  importance: 'normal' | 'high' | 'urgent'
  /** Of a reply in a channel: the message that it answers. */
  replyToId: string | null
  mentions: MessagePerson[]
  attachments: MessageAttachment[]
  images: MessageImage[]
  /** What happened, for a system event, as Graph names it, such as `membersAdded`. */
  event: string | null
}
