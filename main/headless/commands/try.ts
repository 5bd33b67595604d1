// emi-tray try: the whole way of a notification, with a test of our own or with a real Teams message.
import type { AppState } from '../../contract/models/state.ts'
import type { TestNotificationResult } from '../../contract/models/webhook.ts'
import { withApp, type CliApp, type CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { call, requireConnection, waitForState } from '../follow.ts'
import { columns } from '../output.ts'

export interface TryOptions {
  message?: boolean
}

/** A tunnel that is not up by then is left to the test, which says why. */
const TUNNEL_PATIENCE_MS = 60_000

/** Brings the webhook up for as long as it takes. Exits with 5 when nothing came through. */
export function runTry(context: CommandContext, { message }: TryOptions): Promise<number> {
  return withApp(context, { runsWebhook: true }, async ({ app }) => {
    context.output.progress('Starting the webhook and its tunnel.')
    await app.start()
    requireConnection(app)
    await waitForTunnel(context, app)
    return message ? waitForMessage(context, app) : sendTest(context, app)
  })
}

async function sendTest({ output }: CommandContext, app: CliApp): Promise<number> {
  const result = await call(app, 'webhook.sendTest', undefined)
  output.result({ command: 'try', ...result }, hopLines(result))
  return result.ok ? exitCodes.ok : exitCodes.network
}

async function waitForMessage({ world, output }: CommandContext, app: CliApp): Promise<number> {
  await call(app, 'webhook.waitForMessage', undefined)
  output.progress('Write a message in Teams now, in any chat or channel.')
  const { messageWait } = await waitForState(
    app,
    (state) => state.messageWait.phase !== 'waiting',
    world.signal,
  )
  const { came, advice } = messageWait
  output.result(
    { command: 'try', came, advice },
    came
      ? [`It works: ${came.summary}, received at ${came.receivedAt}${tookText(came.tookMs)}.`]
      : ['No message came.', ...advice],
  )
  return came ? exitCodes.ok : exitCodes.network
}

/** Where the webhook does not run there is nothing to wait for: the test then says why. */
async function waitForTunnel({ world }: CommandContext, app: CliApp): Promise<void> {
  const patience = new AbortController()
  const undo = world.clock.after(TUNNEL_PATIENCE_MS, () => patience.abort(new Error('late')))
  try {
    await waitForState(app, isDecided, AbortSignal.any([world.signal, patience.signal]))
  } catch {
    // Late or interrupted; the former is explained by what comes next.
    world.signal.throwIfAborted()
  } finally {
    undo()
  }
}

function isDecided({ webhook, tunnel }: AppState): boolean {
  return !webhook.running || tunnel.phase === 'up' || tunnel.phase === 'failed'
}

function hopLines({ ok, hops }: TestNotificationResult): string[] {
  return [
    ...columns(
      hops.map((hop) => [
        hop.name,
        `${hop.ok ? 'ok' : 'FAILED'}, ${hop.durationMs} ms: ${hop.message}`,
      ]),
    ),
    ok
      ? 'The test notification went the whole way. It is not handed on.'
      : 'The test notification did not arrive.',
  ]
}

function tookText(tookMs: number | null): string {
  return tookMs === null ? '' : `, ${tookMs} ms after it was sent`
}
