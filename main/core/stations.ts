// State → the stations of the overview page, each with a light and a few words of its own; pure functions.
import type { Station } from '../contract/models/health.ts'
import type { Subscription } from '../contract/models/subscription.ts'
import {
  applicationTrouble,
  eventsOf,
  handOnTrouble,
  type HealthFacts,
  secretTrouble,
  setupTrouble,
  subscriptionTrouble,
  type Trouble,
  tunnelTrouble,
  webhookTrouble,
} from './chain-troubles.ts'
import { isActive, isEnding, isLeftToOthers, isPlaceFree } from './subscription-standing.ts'

/** The chain on the overview page, so that the eye finds the broken link. */
export function stationsOf(facts: HealthFacts): Station[] {
  const off = (name: Station['name'], sentence: string): Station => ({
    name,
    light: 'off',
    sentence,
  })
  // The light above the chain says it in full: a station has room for a few words.
  const from = (
    name: Station['name'],
    { trouble, short, fine }: { trouble: Trouble | null; short: string; fine: string },
  ): Station => {
    if (!trouble) return { name, light: 'ok', sentence: fine }
    return { name, light: trouble.light === 'not-set-up' ? 'off' : trouble.light, sentence: short }
  }
  const contactCenter =
    facts.handOn.phase === 'off'
      ? off(
          'contact-center',
          'Notifications are kept in the inbox. Handing them on is not switched on.',
        )
      : from('contact-center', {
          trouble: handOnTrouble(facts),
          short: handOnWords(facts),
          fine: facts.handOn.handedOn > 0 ? 'Events are handed on.' : 'Ready to hand events on.',
        })
  if (!facts.setUp && !facts.webhook.running) {
    return [
      off('microsoft', 'Not set up yet.'),
      off('subscriptions', 'Waits for the set-up.'),
      off('tunnel', 'Waits for the set-up.'),
      off('webhook', 'Waits for the set-up.'),
      contactCenter,
    ]
  }
  const active = facts.subscriptions.filter(isActive).length
  const observed = facts.subscriptions.filter(isLeftToOthers).length
  const listening = facts.webhook.running
  return [
    from('microsoft', {
      ...microsoftTrouble(facts),
      fine: 'The application and its secret are in order.',
    }),
    listening
      ? from('subscriptions', {
          trouble: subscriptionTrouble(facts),
          short: subscriptionWords(facts),
          fine: observed > 0 ? `${countOf(active)} ${observed} observed.` : countOf(active),
        })
      : off('subscriptions', 'Waits for the webhook.'),
    listening
      ? from('tunnel', {
          trouble: tunnelTrouble(facts),
          short: tunnelWords(facts),
          fine: 'The public address leads to this computer.',
        })
      : off('tunnel', 'Waits for the webhook.'),
    from('webhook', {
      trouble: webhookTrouble(facts),
      short: webhookWords(facts),
      fine: `Listening on ${listensOn(facts)}.`,
    }),
    contactCenter,
  ]
}

function microsoftTrouble(facts: HealthFacts): { trouble: Trouble | null; short: string } {
  const change = setupTrouble(facts)
  if (change) return { trouble: change, short: 'Being changed in Setup.' }
  const { access } = facts
  const secret = secretTrouble(facts)
  return access && (access.light === 'failed' || secret?.light !== 'failed')
    ? { trouble: applicationTrouble(facts), short: access.short }
    : { trouble: secret, short: secret?.sentence ?? '' }
}

/** Each kind of trouble with its number: one must not hide another that a different person has to mend. */
function subscriptionWords({ subscriptions }: HealthFacts): string {
  const kinds: [string, (one: Subscription) => boolean][] = [
    ['refused', ({ status }) => status === 'refused'],
    ['held elsewhere', ({ status }) => status === 'held-elsewhere'],
    ['not in place', ({ status }) => status === 'failed'],
    ['received by nobody', isPlaceFree],
    ['about to end', isEnding],
  ]
  const parts = kinds.flatMap(([words, isOfKind]) => {
    const count = subscriptions.filter(isOfKind).length
    return count === 0 ? [] : [{ count, words: `${count === 1 ? 'is' : 'are'} ${words}` }]
  })
  if (parts.length === 0) return 'Being made.'
  const sentence = parts
    .map(({ count, words }, index) =>
      index === 0 ? `${count} of ${subscriptions.length} ${words}` : `${count} ${words}`,
    )
    .join(', ')
  return `${sentence.replace(/, ([^,]+)$/, ' and $1')}.`
}

function tunnelWords({ tunnel }: HealthFacts): string {
  switch (tunnel.phase) {
    case 'up':
    case 'connecting':
      return tunnel.error ? 'Not connected. Trying again.' : 'Being checked.'
    case 'degraded':
      return 'The last test failed.'
    case 'failed':
    case 'stopped':
      return 'Not connected.'
  }
}

function webhookWords({ webhook }: HealthFacts): string {
  if (webhook.error) return 'Could not start.'
  return webhook.paused ? 'Paused.' : 'Not running yet.'
}

function handOnWords({ handOn }: HealthFacts): string {
  const { phase, dead, waiting } = handOn
  if (phase === 'paused') return `Paused. ${waiting} waiting.`
  if (phase === 'retrying') return `Trying again. ${waiting} waiting.`
  return dead > 0 ? `${eventsOf(dead)} given up.` : 'The address is not valid.'
}

/** Host and port: a station is narrow. */
function listensOn({ webhook }: HealthFacts): string {
  return webhook.localAddress ? new URL(webhook.localAddress).host : 'this computer'
}

function countOf(active: number): string {
  return active === 1 ? '1 subscription is active.' : `${active} subscriptions are active.`
}
