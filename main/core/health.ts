// State → one light: its colour, the reason, the fix; pure functions.
import type { Health } from '../contract/models/health.ts'
import {
  applicationTrouble,
  gapTrouble,
  handOnTrouble,
  type HealthFacts,
  machineTrouble,
  secretTrouble,
  setupTrouble,
  subscriptionTrouble,
  type Trouble,
  tokenTrouble,
  tunnelTrouble,
  webhookTrouble,
} from './chain-troubles.ts'
import { isLeftToOthers } from './subscription-standing.ts'

/**
 * The one light. The first thing that is wrong along the chain decides; what still works for weeks, such as a
 * secret near its end, comes after everything that stops messages now.
 */
export function healthOf(facts: HealthFacts): Health {
  const found = troubleOf(facts) ?? fine(facts)
  return { ...found, nextStep: found.nextStep ?? found.fix?.label ?? null }
}

function troubleOf(facts: HealthFacts): Trouble | null {
  const application = applicationTrouble(facts)
  // While messages arrive, those who cannot connect anew come after whatever stops messages.
  const isAboutAgents = facts.access?.cause === 'agents'
  const secret = secretTrouble(facts)
  return (
    machineTrouble(facts) ??
    setupTrouble(facts) ??
    (application?.light === 'failed' ? application : null) ??
    (secret?.light === 'failed' ? secret : null) ??
    webhookTrouble(facts) ??
    tunnelTrouble(facts) ??
    (isAboutAgents ? null : application) ??
    subscriptionTrouble(facts) ??
    handOnTrouble(facts) ??
    application ??
    gapTrouble(facts) ??
    tokenTrouble(facts) ??
    secret
  )
}

function fine(facts: HealthFacts): Trouble {
  return { light: 'ok', sentence: fineSentence(facts), since: facts.tunnel.since, fix: null }
}

function fineSentence({ subscriptions, webhook }: HealthFacts): string {
  if (subscriptions.length > 0 && subscriptions.every(isLeftToOthers)) {
    return 'Other servers receive the notifications, as you chose. This one observes.'
  }
  return webhook.lastReceivedAt
    ? 'Teams is reaching the webhook.'
    : 'Everything is connected. The first Teams message will appear in the log.'
}
