// emi-tray subscriptions: how they stand, and whose a place is to be when another server holds it.
import type { AppState } from '../../contract/models/state.ts'
import type { Subscription, SubscriptionKey } from '../../contract/models/subscription.ts'
import { AppError } from '../../core/app-error.ts'
import { statusOf } from '../../node/status-file.ts'
import { lookAtConnection, sayingLines, type Seen } from '../beside.ts'
import { withApp, type CliApp, type CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { call, requireConnection, waitForState } from '../follow.ts'
import { columns } from '../output.ts'

export interface SubscriptionsOptions {
  observe?: string
  takeWhenFree?: boolean
  takeOver?: string
  handBack?: string
}

/** How long the webhook may take until Microsoft can reach it. */
const REACHABLE_WITHIN_MS = 60_000

/**
 * Looks at Microsoft’s list and shows how each subscription stands, after the one change that an option names; beside
 * the app that runs, as that one sees them. Exits with 4 when one is not as it should be.
 */
export async function runSubscriptions(
  context: CommandContext,
  options: SubscriptionsOptions,
): Promise<number> {
  const { observe, takeOver, handBack } = options
  if (options.takeWhenFree && observe === undefined) throw onlyWithObserve()
  const changes = [observe, takeOver, handBack].some((key) => key !== undefined)
  const seen = changes
    ? await lookAfter(context, options)
    : await lookAtConnection(context, (app) => call(app, 'subscription.ensure', undefined))
  const { subscriptions } = seen.status
  const inOrder = subscriptions.every(isInOrder)
  context.output.result(
    { command: 'subscriptions', inOrder, subscriptions, running: seen.running },
    [
      ...sayingLines(seen),
      ...subscriptions.flatMap((one) => lines(one, seen)),
      ...(takeOver === undefined ? [] : ['', 'To go on receiving, run “emi-tray serve”.']),
    ],
  )
  return inOrder ? exitCodes.ok : exitCodes.notReady
}

/** Makes the change with an app of its own, and looks. */
function lookAfter(context: CommandContext, options: SubscriptionsOptions): Promise<Seen> {
  // Only taking over makes a subscription, and so has to be reached.
  const runsWebhook = options.takeOver !== undefined
  return withApp(context, { runsWebhook }, async ({ app }) => {
    await app.start()
    requireConnection(app)
    if (runsWebhook) await reachable(context, app)
    await call(app, 'subscription.ensure', undefined)
    await change(app, options)
    return { status: statusOf(app.state), running: null }
  })
}

async function change(app: CliApp, options: SubscriptionsOptions): Promise<void> {
  const { observe, takeOver, handBack, takeWhenFree = false } = options
  if (observe !== undefined) {
    const { key } = find(app.state, observe)
    await call(app, 'subscription.observe', { key, takeWhenFree })
  } else if (takeOver !== undefined) {
    const { key, heldBy } = find(app.state, takeOver)
    if (heldBy) {
      await call(app, 'subscription.takeOver', { subscriptionId: heldBy.subscriptionId })
    } else await call(app, 'subscription.takePlace', { key })
  } else if (handBack !== undefined) {
    await call(app, 'subscription.handBack', { key: find(app.state, handBack).key })
  }
}

/** Throws AppError webhook-not-running when Microsoft cannot reach this computer in time. */
async function reachable({ world, output }: CommandContext, app: CliApp): Promise<void> {
  output.progress('Waiting until Microsoft can reach this computer.')
  const tooLate = new AbortController()
  const cancelTimer = world.clock.after(REACHABLE_WITHIN_MS, () => {
    tooLate.abort(
      new AppError('webhook-not-running', {
        message: 'Microsoft cannot reach this computer, so the place was left as it is.',
        nextStep:
          'Run “emi-tray serve” and see what it says about the webhook and the tunnel, then try again.',
      }),
    )
  })
  try {
    const signal = AbortSignal.any([world.signal, tooLate.signal])
    await waitForState(app, ({ tunnel }) => tunnel.phase === 'up', signal)
  } finally {
    cancelTimer()
  }
}

function find({ subscriptions }: AppState, key: string): Subscription {
  const found = subscriptions.find((one) => one.key === (key as SubscriptionKey))
  if (found) return found
  throw new AppError('input-invalid', {
    message: `There is no subscription named ${key}.`,
    nextStep: `Use one of these: ${subscriptions.map((one) => one.key).join(', ')}.`,
  })
}

function lines(subscription: Subscription, seen: Seen): string[] {
  const { key, status, expirationDateTime, heldBy, observing, takenFrom, error } = subscription
  const holder = heldBy ? ` by ${heldBy.host} until ${heldBy.expirationDateTime}` : ''
  return [
    ...columns([[key, `${status}${holder}`]]),
    ...(expirationDateTime ? [`    expires ${expirationDateTime}`] : []),
    ...(observing
      ? [
          `    left to ${observing.host} since ${observing.since}` +
            (observing.takeWhenFree ? '; taken when it becomes free' : ''),
        ]
      : []),
    ...(takenFrom ? [`    taken over from ${takenFrom}`] : []),
    ...(error ? [`    ${error.message}`] : []),
    ...nextLines(subscription, seen),
  ]
}

/** What to do about one that is not in order. */
function nextLines({ key, status, heldBy, error }: Subscription, { running }: Seen): string[] {
  if (status === 'held-elsewhere' || error?.code === 'subscription-place-free') {
    // What the error advises names the buttons of the page.
    const choice = `take it with --take-over ${key}${heldBy ? ` or leave it with --observe ${key}` : ''}`
    return [`    Choose on the Webhook page, or ${running ? 'stop EMI Tray and ' : ''}${choice}.`]
  }
  if (error) return [`    ${error.nextStep}`]
  if (status === 'paused') return ['    An administrator has to sign in.']
  if (status !== 'waiting') return []
  return [
    running
      ? '    Not in place yet. “emi-tray status” says whether Microsoft can reach this computer.'
      : '    Not in place. “emi-tray serve” makes it, and says why where Microsoft refuses.',
  ]
}

/** As the light judges; what works but could not be renewed is not in order either. */
function isInOrder({ status, error }: Subscription): boolean {
  return ['active', 'renewing', 'observed', 'paused'].includes(status) && error === null
}

function onlyWithObserve(): AppError {
  return new AppError('input-invalid', {
    message: '--take-when-free belongs to --observe.',
    nextStep: 'Name the place with --observe <key>, or leave out --take-when-free.',
  })
}
