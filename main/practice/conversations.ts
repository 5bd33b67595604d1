// What people in the practice organization talk about: the rooms and believable short work sentences.

export const rooms: readonly {
  kind: 'chat' | 'channel'
  topic: string | null
  /** Display names; none means everybody. */
  members: readonly string[]
}[] = [
  {
    kind: 'chat',
    topic: 'Billing escalations',
    members: ['Ella Brandt', 'Tomás Rivera', 'Marek Novák'],
  },
  {
    kind: 'chat',
    topic: 'Warehouse and returns',
    members: ['Park Ji-woo', 'Marek Novák', 'Ella Brandt', 'Priya Raman'],
  },
  {
    kind: 'chat',
    topic: 'On-site visits',
    members: ['Liam O’Connell', 'Grace Okafor', 'Ella Brandt'],
  },
  { kind: 'chat', topic: null, members: ['Ella Brandt', 'Grace Okafor'] },
  { kind: 'chat', topic: null, members: ['Tomás Rivera', 'Priya Raman'] },
  { kind: 'channel', topic: 'General', members: [] },
  { kind: 'channel', topic: 'Shift hand-over', members: [] },
]

const openings: Record<string, readonly string[]> = {
  'Billing escalations': [
    'A customer was charged twice for order 48213. Can somebody look?',
    'I see both charges. The second one is a pending authorization.',
    'Thanks. I will tell her it disappears within three days.',
    'If it does not, send it to me and I will release it by hand.',
  ],
  'Warehouse and returns': [
    'Return 7719 arrived without a label. Who is waiting for it?',
    'That is Mr. Aydin. He was promised an answer today.',
    'Found it, the box was damaged. I am taking pictures.',
    'Good, we can offer a replacement straight away.',
    'Replacement is packed, it leaves with the afternoon truck.',
  ],
  'On-site visits': [
    'The router at the Harbor Street branch is offline again.',
    'I can be there by 14:00. Is anybody on site?',
    'The branch manager is, her number is in the ticket.',
  ],
  General: [
    'Reminder: the new phone greeting goes live at noon.',
    'The knowledge base article about refunds is updated.',
    'Please use the short form for address changes from today.',
  ],
  'Shift hand-over': [
    'Late shift: two callbacks are open, both in the queue.',
    'Early shift takes them. Anything about the outage?',
    'Resolved at 21:40, the status page is green.',
  ],
}
const privateOpening = [
  'Do you have five minutes?',
  'Sure, go ahead.',
  'It is about the customer from this morning. I will call you.',
]

const subjects = [
  'order 48213',
  'the Harbor Street branch',
  'return 7719',
  'the refund for Ms. Petrova',
  'ticket 90441',
  'the new headset batch',
  'the afternoon shift',
  'the contract renewal',
  'the delivery to Leeds',
  'the invoice from May',
]
const sentences = [
  'Any news on {}?',
  'I am looking at {} now.',
  'The customer called again about {}. What can I promise?',
  'Done with {}, please close it.',
  'Could you take over {}? I am on the phone.',
  'I added a note about {}.',
  'We need a decision on {} before 16:00.',
  '{} looks fine to me.',
  'Please do not change {} until I have checked.',
  'The customer agreed. You can go on with {}.',
  'I sent the details of {} by mail.',
  'Who knows most about {}?',
  'The agent asks whether {} can wait until tomorrow.',
]
const shortAnswers = [
  'Yes, I can take that.',
  'One moment, I will check.',
  'Agreed.',
  'Thanks, that helps.',
  'On it.',
  'I will call the customer back in ten minutes.',
  'Could you send me the number?',
  'That was fixed this morning.',
]
const pictureSentences = [
  'This is what the label looks like.',
  'Here is the screen the customer sees.',
  'Picture of the cabinet, the left port is loose.',
]
const topics = [
  'Refund wording',
  'Router swap',
  'Spring promotion',
  'Callback backlog',
  'New starters',
]

/** A choice among many: `draw` gives numbers from 0 to 1. */
export type Draw = () => number

/** What was said in a room before the tenant started. */
export function openingLines(topic: string | null): readonly string[] {
  return topic === null ? privateOpening : (openings[topic] ?? [])
}

/** A short work sentence. */
export function nextSentence(draw: Draw): string {
  if (draw() < 0.35) return pick(shortAnswers, draw)
  const text = pick(sentences, draw).replace('{}', pick(subjects, draw))
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** A sentence that goes with a picture. */
export function pictureSentence(draw: Draw): string {
  return pick(pictureSentences, draw)
}

/** A topic for a chat. */
export function nextTopic(draw: Draw): string {
  return pick(topics, draw)
}

/** One of a list. @throws Error for an empty list. */
export function pick<T>(list: readonly T[], draw: Draw): T {
  const item = list[Math.min(list.length - 1, Math.floor(draw() * list.length))]
  if (item === undefined) throw new Error('Nothing to pick from.')
  return item
}
