// What keeps the application from working, from Microsoft's latest answer and the latest comparison; pure functions.
import type { AccessTrouble, DriftObject, DriftReport } from '../contract/models/application.ts'
import type { Subscription, SubscriptionKey } from '../contract/models/subscription.ts'
import type { KnownAccess } from './application-access.ts'
import { isLeftToOthers } from './subscription-standing.ts'

export interface AccessFacts {
  /** What Microsoft last answered about the application in use. */
  known: KnownAccess | null
  /** The latest comparison with the application in use. */
  report: DriftReport | null
  /** The application permissions that were in effect when the set-up was last verified. */
  given: string[]
  /** Those that the application makes in its own name. */
  subscriptions: Subscription[]
  /** That has words of its own. */
  secretExpired: boolean
}

/** Entra’s number for an application that was switched off; its code is that of any refused sign-in. */
const SWITCHED_OFF = 'AADSTS7000112'

/**
 * The first cause. What was learned last counts: a new token proves more than an earlier comparison, and the other way
 * round. What is only untidy, such as a wider audience or a surplus, is none.
 */
export function accessTrouble(facts: AccessFacts): AccessTrouble | null {
  const { known, report } = facts
  const answered = known && answeredTrouble(known, facts)
  const found = report && foundTrouble(report, facts)
  const agents = report && agentTrouble(report)
  if (known && (report === null || known.at > report.at)) return answered ?? agents
  // A comparison sees neither the value of a secret nor the policies that keep an application out.
  const stays = answered?.cause === 'secret' || answered?.cause === 'refused' ? answered : null
  return found ?? stays ?? agents
}

function answeredTrouble(known: KnownAccess, facts: AccessFacts): AccessTrouble | null {
  const { refusal, since, roles } = known
  if (refusal === null) return consentTrouble(roles, { facts, since })
  switch (refusal.code) {
    case 'application-missing':
      return gone(since)
    case 'client-secret-wrong':
      return facts.secretExpired
        ? null
        : secretRefused('Microsoft does not accept the client secret any more', since)
    case 'consent-missing':
      return consentTrouble([], { facts, since })
    default:
      return refusal.details?.includes(SWITCHED_OFF)
        ? switchedOff(since)
        : {
            ...{ cause: 'refused', light: 'failed', since },
            sentence: refusal.message,
            short: 'Microsoft refuses the application.',
            nextStep: 'The Webhook page shows what Microsoft answered, and what to do.',
          }
  }
}

function foundTrouble(report: DriftReport, facts: AccessFacts): AccessTrouble | null {
  const stateOf = (object: DriftObject) => stateIn(report, object)
  if (stateOf('application') === 'missing') return gone(null)
  if (stateOf('service-principal') === 'missing') return gone(null)
  if (stateOf('service-principal') === 'different') return switchedOff(null)
  if (stateOf('client-secret') === 'missing' && !facts.secretExpired) {
    return secretRefused('The client secret was removed in Microsoft Entra', null)
  }
  const granted = report.permissions.filter((one) => one.kind === 'application' && one.granted)
  const roles = granted.map(({ value }) => value)
  return consentTrouble(roles, { facts, since: null })
}

/** Messages arrive, but nobody can connect to Teams anew. */
function agentTrouble(report: DriftReport): AccessTrouble | null {
  const base = {
    ...({ cause: 'agents', light: 'warning', since: null } as const),
    short: 'Agents cannot connect.',
    nextStep: 'Compare, then repair: that puts back what is missing.',
  }
  if (stateIn(report, 'redirect-uri') === 'missing') {
    const sentence =
      'The redirect URI is missing in Microsoft Entra, so agents cannot connect to Teams.'
    return { ...base, sentence }
  }
  if (stateIn(report, 'delegated-grant') !== 'missing') return null
  const sentence =
    'Consent to delegated permissions is missing, so agents need an administrator to connect to Teams.'
  return { ...base, sentence }
}

/** The state of what is needed; a surplus has rows of its own. */
function stateIn({ rows }: DriftReport, object: DriftObject) {
  return rows.find((row) => row.object === object && row.state !== 'surplus')?.state
}

/** Only what was given once, and where a wanted subscription lives on it. */
function consentTrouble(
  roles: string[],
  {
    facts: { given, subscriptions },
    since,
  }: { facts: Pick<AccessFacts, 'given' | 'subscriptions'>; since: string | null },
): AccessTrouble | null {
  const ours = subscriptions.filter((one) => !isLeftToOthers(one))
  const lacking = ours
    .map(({ key }) => permissionsFor(key, given).filter((one) => given.includes(one)))
    .filter((enough) => enough.length > 0 && !enough.some((one) => roles.includes(one)))
  if (lacking.length === 0) return null
  const base = {
    ...({ cause: 'consent', since } as const),
    short: 'Consent is missing.',
    nextStep: 'Ask who took it away, and why. To grant it again, compare, then repair.',
  }
  if (lacking.length === ours.length) {
    const sentence =
      'Consent to the application permissions is missing, so Microsoft stops sending Teams messages.'
    return { ...base, light: 'failed', sentence }
  }
  const names = [...new Set(lacking.flatMap((enough) => enough.slice(0, 1)))].join(' and ')
  const sentence = `Consent to ${names} is missing, so Microsoft does not send all Teams messages.`
  return { ...base, light: 'warning', sentence }
}

/**
 * The application permissions any of which is enough, the one asked for first.
 * https://learn.microsoft.com/graph/teams-changenotifications-chatmessage
 */
function permissionsFor(key: SubscriptionKey, given: string[]): string[] {
  switch (key) {
    case 'chats':
      return ['Chat.ReadWrite.All', 'Chat.Read.All', 'Chat.ReadBasic.All']
    case 'channel-messages':
      return ['ChannelMessage.Read.All']
    case 'chat-messages':
      // Where it was never given, the subscription itself says what it lacks.
      return given.includes('Chat.Read.All') ? ['Chat.Read.All'] : ['Chat.ReadWrite.All']
    default:
      return ['Chat.ReadWrite.All', 'Chat.Read.All']
  }
}

function gone(since: string | null): AccessTrouble {
  return {
    ...{ cause: 'gone', light: 'failed', since },
    sentence:
      'The application is gone from Microsoft Entra, so Teams cannot reach the contact center.',
    short: 'The application is gone.',
    nextStep: 'Compare: that shows what is left, and how to bring it back.',
  }
}

function switchedOff(since: string | null): AccessTrouble {
  return {
    ...{ cause: 'switched-off', light: 'failed', since },
    sentence:
      'Somebody switched the application off in Microsoft Entra, so nothing can sign in with it.',
    short: 'The application is switched off.',
    nextStep: 'Ask who did it, and why. To switch it on again, compare, then repair.',
  }
}

function secretRefused(what: string, since: string | null): AccessTrouble {
  return {
    ...{ cause: 'secret', light: 'failed', since },
    sentence: `${what}, so Microsoft refuses the contact center.`,
    short: 'The client secret is refused.',
    nextStep:
      'Compare, then repair: that makes a new one. Enter it in the integration account afterwards.',
  }
}
