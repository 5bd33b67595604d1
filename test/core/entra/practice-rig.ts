// A practice tenant with an administrator signed in through real MSAL, for tests of the set-up.
import tls from 'node:tls'
import { AuditTrail } from '../../../main/core/entra/audit.ts'
import { createGraphClient } from '../../../main/core/entra/graph-client.ts'
import type { EntraContext } from '../../../main/core/entra/provision.ts'
import { SignIn } from '../../../main/core/entra/sign-in.ts'
import { defaultSettings } from '../../../main/core/settings.ts'
import type { Cloud } from '../../../main/contract/models/connection.ts'
import type { ConnectionSettings } from '../../../main/contract/models/settings.ts'
import type { AdminAccount } from '../../../main/contract/models/setup.ts'
import type { AppAuth } from '../../../main/core/ports/auth.ts'
import type { TlsInspection } from '../../../main/core/ports/network.ts'
import { createMsalAuth } from '../../../main/node/msal-auth.ts'
import { systemRandom } from '../../../main/node/system-clock.ts'
import { signInAs } from '../../../main/practice/browser-person.ts'
import {
  type PracticeExchange,
  type PracticeTenant,
  startPracticeTenant,
} from '../../../main/practice/practice-tenant.ts'
import { MemoryDatabase, memoryLog, MemorySecrets } from '../../fakes/memory-ports.ts'
import { createOpenApiCheck } from '../../practice/openapi-check.ts'
import { quickClock, type QuickClock } from './quick-clock.ts'

/** How many times faster waits are. */
export const SPEED = 60

/** What a connection without an inspecting proxy looks like. */
export const publicTls: TlsInspection = {
  issuer: 'DigiCert Inc',
  isPublic: true,
  isTrusted: true,
}

export interface Rig {
  tenant: PracticeTenant
  cloud: Cloud
  clock: QuickClock
  appAuth: AppAuth
  /** What each exchange is shown to; a test may replace it. */
  onExchange: (exchange: PracticeExchange) => void
  /** Writes to Graph that were answered with success, as `METHOD path`. */
  writes: string[]
  violations: string[]
  signIn: (role: 'global-admin' | 'application-admin' | 'user') => Promise<AdminAccount>
  /** The last sign-in, well ended or not. */
  session: () => SignIn | null
  /** What every sign-in has logged. */
  signInLog: ReturnType<typeof memoryLog>
  /** A context with its own database, vault and audit trail, unless an earlier run's are given. */
  context: (options?: Partial<EntraContext>) => Promise<EntraContext>
  /** Removes every application that tests made. */
  reset: () => Promise<void>
  close: () => Promise<void>
}

export async function openRig({
  replicationDelayMs = 10,
  clock = quickClock(SPEED),
}: { replicationDelayMs?: number; clock?: QuickClock } = {}): Promise<Rig> {
  const check = createOpenApiCheck()
  const writes: string[] = []
  const tenant = await startPracticeTenant({
    replicationDelayMs,
    tap: (exchange) => {
      check?.(exchange)
      const isRead = exchange.method === 'GET' || exchange.path === '/v1.0/$batch'
      const isWrite = exchange.host === 'graph' && !isRead
      if (exchange.phase === 'handled' && isWrite && (exchange.status ?? 0) < 300) {
        writes.push(`${exchange.method} ${exchange.path.replace('/v1.0', '')}`)
      }
      rig.onExchange(exchange)
    },
  })
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), tenant.caPem])
  const cloud: Cloud = {
    id: 'custom',
    displayName: 'Practice tenant',
    loginHost: tenant.loginHost,
    graphHost: tenant.graphHost,
  }
  const settings: ConnectionSettings = {
    ...defaultSettings.connections.practice,
    tenantUrl: 'acme.brightpattern.example',
  }
  const { bootstrapClientId } = settings
  let auth = createMsalAuth({ cloud, bootstrapClientId, secrets: new MemorySecrets(), clock })
  let signedIn: SignIn | null = null

  const rig: Rig = {
    tenant,
    cloud,
    clock,
    appAuth: auth.app,
    onExchange: () => {},
    writes,
    violations: check?.violations ?? [],
    session: () => signedIn,
    signInLog: memoryLog(clock),
    signIn: async (role) => {
      const person = tenant.people.find((one) => one.role === role)
      if (!person) throw new Error(`Nobody is ${role}.`)
      auth = createMsalAuth({ cloud, bootstrapClientId, secrets: new MemorySecrets(), clock })
      signedIn = new SignIn({
        auth: auth.admin,
        cloud,
        clock,
        random: systemRandom,
        log: rig.signInLog,
        fetch,
        openBrowser: (authorizeUrl) => signInAs({ authorizeUrl, person }),
      })
      await signedIn.start('browser')
      const { state } = signedIn
      if (state.phase === 'signed-in') return state.account
      throw new Error(`${person.displayName} could not sign in.`)
    },
    context: async (options = {}) => {
      const account =
        signedIn?.state.phase === 'signed-in'
          ? signedIn.state.account
          : await rig.signIn('global-admin')
      const log = memoryLog(clock)
      const database = options.database ?? new MemoryDatabase()
      const trail = new AuditTrail({ database, clock, log, onChange: () => {} })
      const { username, tenantId } = options.account ?? account
      return {
        graph: createGraphClient({
          cloud,
          fetch,
          clock,
          random: systemRandom,
          getToken: (request) => signedIn?.getToken(request) ?? Promise.resolve(''),
          onWrite: (write) => trail.note(write, { account: username, tenantId }),
        }),
        appAuth: auth.app,
        database,
        secrets: new MemorySecrets(),
        clock,
        random: systemRandom,
        settings,
        account,
        cloud,
        inspectTls: () => Promise.resolve(publicTls),
        log,
        signal: new AbortController().signal,
        ...options,
      }
    },
    reset: async () => {
      rig.onExchange = () => {}
      clock.restart()
      for (const { name } of tenant.control.faults) tenant.control.setFault(name, false)
      await rig.signIn('global-admin')
      const { graph } = await rig.context()
      for (let tries = 0; tries < 50 && tenant.control.counts().applications > 0; tries += 1) {
        for (const item of await graph.list('/applications')) {
          await graph.delete(`/applications/${idOf(item)}`)
        }
      }
      // A deleted application keeps its uniqueName until it is gone for good.
      tenant.control.emptyDeletedItems()
      tenant.control.emptyDeletedItems()
      writes.length = 0
    },
    close: () => tenant.close(),
  }
  return rig
}

function idOf(item: unknown): string {
  if (typeof item === 'object' && item !== null && 'id' in item && typeof item.id === 'string') {
    return item.id
  }
  throw new Error('An application without an id.')
}
