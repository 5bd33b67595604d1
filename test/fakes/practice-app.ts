// The whole app against a practice tenant, as a host runs it: real sockets, threads and files, and a person who signs in.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ConnectionSettings } from '../../main/contract/models/settings.ts'
import type { AppState } from '../../main/contract/models/state.ts'
import { EmiApp } from '../../main/core/app.ts'
import { openNodePlatform, type NodePlatform } from '../../main/node/platform.ts'
import { signInAs } from '../../main/practice/browser-person.ts'
import type { PracticeTenant } from '../../main/practice/practice-tenant.ts'
import { until } from './fitting-state.ts'

export class PracticeApp {
  #tenant: PracticeTenant
  #folder: string
  #running: { app: EmiApp; platform: NodePlatform } | null = null

  /** Keeps its data in the folder; nothing runs yet. */
  constructor(tenant: PracticeTenant, folder: string) {
    this.#tenant = tenant
    this.#folder = folder
  }

  get app(): EmiApp {
    if (!this.#running) throw new Error('The app is not started.')
    return this.#running.app
  }

  /** Starts it, also once more with the data that it has by then. */
  async start(prepare: (app: EmiApp) => void = () => {}): Promise<void> {
    const platform = await openNodePlatform({
      dataFolder: join(this.#folder, 'data'),
      host: 'headless',
      version: '0.0.0',
      env: { EMI_PASSPHRASE: 'a passphrase' },
      openBrowser: async (authorizeUrl) => {
        const person = this.#tenant.people.find((one) => one.role === 'global-admin')
        if (person) await signInAs({ authorizeUrl, person })
      },
      copyText: null,
    })
    const app = await EmiApp.create(platform)
    this.#running = { app, platform }
    prepare(app)
    await app.start()
  }

  async stop(): Promise<void> {
    const running = this.#running
    this.#running = null
    await running?.app.stop()
    await running?.platform.close()
  }

  /** Sets the application up, with the webhook paused: a test prepares its tenant first. */
  async setUp(connection: Partial<ConnectionSettings>): Promise<void> {
    const { loginHost, graphHost, caPem } = this.#tenant
    const caFile = join(this.#folder, 'ca.pem')
    await writeFile(caFile, caPem)
    await this.call('connection.choose', { mode: 'microsoft' })
    await this.call('settings.update', {
      connection: {
        ...{ cloud: 'custom', customLoginHost: loginHost, customGraphHost: graphHost, caFile },
        tenantUrl: 'acme.brightpattern.example',
        optionalPermissions: ['Chat.Read.All'],
        webhookPaused: true,
        ...connection,
      },
    })
    await this.call('signIn.start', { method: 'browser' })
    await this.until((state) => state.setup.plan !== null)
    await this.call('setup.apply')
    await this.until((state) => state.setup.verified !== null)
  }

  /** As a page calls. Throws what the page would be told. */
  async call(name: string, input?: unknown): Promise<unknown> {
    const reply = await this.app.dispatch(name, input)
    if (!reply.ok) throw new Error(`${name}: ${reply.error.code} ${reply.error.message}`)
    return reply.value
  }

  until(fits: (state: AppState) => boolean): Promise<AppState> {
    return until(this.app, fits)
  }
}
