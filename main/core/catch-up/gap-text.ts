// What a gap says in the log, in alerts and on the command line.
import type { Gap, GapReason } from '../../contract/models/gaps.ts'
import type { Alert } from '../../contract/models/health.ts'
import type { SubscriptionKey } from '../../contract/models/subscription.ts'

const REASONS: Record<GapReason, string> = {
  'not-running': 'EMI Tray was not listening',
  sleep: 'this computer slept',
  tunnel: 'the tunnel was down',
  paused: 'the webhook was paused',
  'subscription-removed': 'Microsoft removed a subscription',
  'subscription-gone': 'a subscription was gone and had to be made again',
  reauthorization: 'a subscription was not reauthorized in time',
  missed: 'Microsoft said that it missed notifications',
  'not-stored': 'notifications could not be stored',
  silent: 'a message was found that no notification told of',
  'held-elsewhere': 'another server received them',
  'place-free': 'nobody received them: no server had the subscription',
}

const SUBJECTS: Partial<Record<SubscriptionKey, string>> = {
  chats: 'new and changed chats',
  'chat-messages': 'messages in chats',
  'channel-messages': 'messages in channels',
}

/** Why there is a gap, in words that follow a colon. */
export function whyText({ reasons, elsewhere }: Pick<Gap, 'reasons' | 'elsewhere'>): string {
  if (!elsewhere) return reasonText(reasons)
  const { host, key } = elsewhere
  return `${host} received ${SUBJECTS[key] ?? `chat messages of ${key.replace('user:', '')}`}`
}

/** Why, in words that follow “since” or a colon. */
export function reasonText(reasons: readonly GapReason[]): string {
  return reasons.map((reason) => REASONS[reason]).join(', and ')
}

/** A gap that was found. */
export function foundText({ reasons }: Gap): string {
  return `Teams notifications may have been missed: ${reasonText(reasons)}. They are read from Microsoft Graph instead.`
}

/** What came of catching up. */
export function endedText({ phase, recovered, alreadyThere, lost }: Gap): string {
  const counts = `${recovered} recovered, ${alreadyThere} were there already.`
  switch (phase) {
    case 'partly':
      return `Caught up in part: ${counts} ${lost.length} ${lost.length === 1 ? 'thing' : 'things'} could not be read.`
    case 'cannot':
      return `What was missed cannot be read from Microsoft Graph. ${lost[0]?.why ?? ''}`.trim()
    case 'elsewhere':
      return 'Whether the contact center got it from there is not known here. It is not read from Microsoft by itself, so that the contact center does not get it twice.'
    default:
      return `Caught up what was missed: ${counts}`
  }
}

/** Begins the id of an alert that a gap was found. */
const FOUND = 'gap-found-'

/** Tells that a gap was found. */
export function foundAlert(gap: Gap, at: Date): Alert {
  return {
    id: `${FOUND}${gap.since}`,
    at: at.toISOString(),
    kind: 'gap',
    severity: 'warning',
    title: 'Teams messages may have been missed',
    text: foundText(gap),
    page: 'webhook',
  }
}

/** True for an alert that this gap was found, or one that was merged into it: once it has ended, they are over. */
export function isOverWith({ since, until }: Gap, { id }: Pick<Alert, 'id'>): boolean {
  if (!id.startsWith(FOUND)) return false
  const found = id.slice(FOUND.length)
  return found >= since && (until === null || found <= until)
}

/** Tells what came of catching a gap up; null where nothing was missing, which the gap log says. */
export function endedAlert(gap: Gap, at: Date): Alert | null {
  const isDone = gap.phase === 'done'
  if (isDone && gap.recovered === 0) return null
  return {
    id: `gap-ended-${gap.since}`,
    at: at.toISOString(),
    kind: 'gap',
    severity: isDone ? 'info' : 'warning',
    title: isDone ? 'Missed Teams messages caught up' : 'Some Teams messages are lost',
    text: endedText(gap),
    page: 'webhook',
  }
}
