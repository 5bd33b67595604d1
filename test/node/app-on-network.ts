// The whole app on a corporate network, in the test's process or in one of its own, and what a person does with it.
import { mkdtempSync } from 'node:fs'
import path from 'node:path'
import { Agent } from 'undici'
import type { CallName, Input, Output } from '../../main/contract/calls.ts'
import type { ErrorReport } from '../../main/contract/errors.ts'
import type { ConnectionSettings, ProxySettings } from '../../main/contract/models/settings.ts'
import type { AppState } from '../../main/contract/models/state.ts'
import { EmiApp } from '../../main/core/app.ts'
import { openNodePlatform } from '../../main/node/platform.ts'
import { signInAs } from '../../main/practice/browser-person.ts'
import { people } from '../../main/practice/people.ts'
import { CLOUD, CONTACT_CENTER, GATEWAY, PUBLIC } from './corporate-network.ts'
import { until } from '../fakes/fitting-state.ts'

/** What an app needs to know of the world around it; plain, so that it can be handed to another process. */
export interface World {
  folder: string
  keyFile: string
  tenant: { origin: string; caPem: string }
  gateway: { username: string; hostKey: string; socketPath: string }
}

export interface StartOptions {
  env?: NodeJS.ProcessEnv
  proxy?: Partial<ProxySettings>
  password?: string
  connection?: Partial<ConnectionSettings>
  /** A fresh one unless given. */
  dataFolder?: string
}

export interface RunningApp {
  app: EmiApp
  stop: () => Promise<void>
}

/** The app, connected to the cloud behind the proxy. */
export async function startApp(world: World, options: StartOptions): Promise<RunningApp> {
  const { env = {}, proxy = {}, password, connection = {} } = options
  const browser = new Agent({ connect: { ca: world.tenant.caPem } })
  const platform = await openNodePlatform({
    dataFolder: options.dataFolder ?? mkdtempSync(path.join(world.folder, 'data-')),
    ...{ host: 'headless', version: '0.0.0', env, keyFile: world.keyFile, copyText: null },
    openBrowser: (url) => answerSignIn(url, { tenant: world.tenant, browser }),
  })
  const app = await EmiApp.create(platform)
  await app.start()
  await call(app, 'connection.choose', { mode: 'microsoft' })
  await call(app, 'settings.update', {
    connection: {
      cloud: 'custom',
      customLoginHost: `https://${CLOUD}`,
      customGraphHost: `https://${CLOUD}`,
      tenantUrl: 'acme.example',
      proxy: { kind: 'system', address: '', bypass: '', username: '', ...proxy },
      handOnTarget: 'http',
      handOnUrl: `https://${CONTACT_CENTER}/events`,
      ...connection,
    },
  })
  if (password !== undefined) await call(app, 'network.setProxyPassword', { password })
  return {
    app,
    stop: async () => {
      await app.stop()
      await platform.close()
      await browser.destroy()
    },
  }
}

/** Settings of a tunnel by ssh to the gateway of the network. */
export function bySsh({ gateway }: World, webhookPort: number): Partial<ConnectionSettings> {
  const { username, hostKey, socketPath } = gateway
  return {
    webhookPort,
    publicUrl: `https://${PUBLIC}`,
    tunnelProvider: 'ssh',
    ssh: { host: GATEWAY, port: 22, username, hostKey, remoteBind: socketPath },
  }
}

/** Signs in at the browser and sets the tenant up, to the last step of the guided run. */
export async function setUp(app: EmiApp): Promise<void> {
  await call(app, 'signIn.start', { method: 'browser' })
  await until(app, (state) => state.setup.plan !== null)
  await call(app, 'setup.apply', undefined)
  await until(app, (state) => stepOf(state, 'verify')?.state === 'done')
}

/** The call's output. Throws where it fails. */
export async function call<N extends CallName>(
  app: EmiApp,
  name: N,
  input: Input<N>,
): Promise<Output<N>> {
  const reply = await app.dispatch(name, input)
  if (!reply.ok) throw new Error(`${name}: ${reply.error.code} ${reply.error.message}`)
  return reply.value as Output<N>
}

/** Why the call fails; null where it does not. */
export async function errorOf(
  app: EmiApp,
  name: CallName,
  input?: unknown,
): Promise<ErrorReport | null> {
  const reply = await app.dispatch(name, input)
  return reply.ok ? null : reply.error
}

/** A step of the guided run. */
export function stepOf(state: AppState, id: string) {
  return state.setup.steps.find((one) => one.id === id)
}

/** What sign-in by code comes to: the code, or why there is none. */
export async function signInOutcome(app: EmiApp): Promise<ErrorReport | 'code'> {
  await call(app, 'signIn.start', { method: 'device-code' })
  const state = await until(
    app,
    (one) => one.signIn.phase === 'waiting-for-code' || stepOf(one, 'sign-in')?.error != null,
  )
  return stepOf(state, 'sign-in')?.error ?? 'code'
}

/** The person’s browser, which has ways of its own, on the sign-in page. */
async function answerSignIn(
  authorizeUrl: string,
  { tenant, browser }: { tenant: World['tenant']; browser: Agent },
): Promise<void> {
  const admin = people.find(({ role }) => role === 'global-admin')
  if (!admin) throw new Error('There is no administrator.')
  await signInAs({
    authorizeUrl: authorizeUrl
      .replace(`https://${CLOUD}`, tenant.origin)
      .replaceAll(encodeURIComponent(`https://${CLOUD}`), encodeURIComponent(tenant.origin)),
    person: admin,
    fetch: (input, init) => {
      const outside = { ...init, dispatcher: browser }
      return fetch(input, outside)
    },
  })
}
