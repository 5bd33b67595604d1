// One installation whose rotation a test runs, stops at any durable step, and starts again.
import type { Alert } from '../../../main/contract/models/health.ts'
import { applyPlan, type EntraContext } from '../../../main/core/entra/provision.ts'
import {
  CLIENT_SECRET_NAME,
  type ProvisioningRecord,
  readProvisioningRecord,
} from '../../../main/core/entra/provisioning-record.ts'
import { TenantGuard } from '../../../main/core/job.ts'
import type { AppAuth } from '../../../main/core/ports/auth.ts'
import type { Database } from '../../../main/core/ports/database.ts'
import type { SecretStore } from '../../../main/core/ports/secret-store.ts'
import { SecretCare } from '../../../main/core/secret-care.ts'
import { MemoryDatabase, MemorySecrets } from '../../fakes/memory-ports.ts'
import type { Rig } from './practice-rig.ts'

/** What is thrown where a process would simply be gone. */
class Killed extends Error {}

/** Stops a run before or after its nth durable step; from then on nothing it tries has any effect. */
export class Killer {
  steps = 0
  dead = false
  #moment: 'before' | 'after'
  #nth: number

  constructor(moment: 'before' | 'after' = 'after', nth = Infinity) {
    this.#moment = moment
    this.#nth = nth
  }

  /** A step that lasts: a write to the vault, the database or the tenant. */
  async write<T>(work: () => Promise<T>): Promise<T> {
    this.#check()
    this.steps += 1
    const isLast = this.steps === this.#nth
    if (isLast && this.#moment === 'before') this.#die()
    const result = await work()
    if (isLast) this.#die()
    return result
  }

  async read<T>(work: () => Promise<T>): Promise<T> {
    this.#check()
    const result = await work()
    this.#check()
    return result
  }

  #die(): never {
    this.dead = true
    throw new Killed()
  }

  #check(): void {
    if (this.dead) throw new Killed()
  }
}

export interface Installation {
  context: EntraContext
  database: MemoryDatabase
  secrets: MemorySecrets
  alerts: Alert[]
  /** Like a new process on the same data folder, with everything it does passing the killer. */
  open: (killer?: Killer, changes?: { appAuth?: AppAuth }) => Promise<SecretCare>
  record: () => Promise<ProvisioningRecord>
  /** The text that is handed over. */
  text: () => string
  /** Whether Bright Pattern could sign in with what is handed over. */
  isHandoverValid: () => Promise<boolean>
}

/** A set-up application with one secret. */
export async function install(
  rig: Rig,
  changes: Partial<EntraContext> = {},
): Promise<Installation> {
  const database = new MemoryDatabase()
  const secrets = new MemorySecrets()
  const context = await rig.context({ database, secrets, ...changes })
  await applyPlan(context, () => {})
  return installationOf(rig, { context, database, secrets })
}

function installationOf(
  rig: Rig,
  { context, database, secrets }: Pick<Installation, 'context' | 'database' | 'secrets'>,
): Installation {
  const alerts: Alert[] = []
  const record = async () => {
    const found = await readProvisioningRecord(database)
    if (!found) throw new Error('There is no record.')
    return found
  }
  const text = () => secrets.values.get(CLIENT_SECRET_NAME) ?? ''
  return {
    context,
    database,
    secrets,
    alerts,
    record,
    text,
    isHandoverValid: async () => {
      const { appId, clientSecret } = await record()
      // The secret that is named is the one whose text is held, but for the blink between vault and record.
      return clientSecret !== null && rig.tenant.control.isSecretValid(appId, text())
    },
    open: async (killer = new Killer(), { appAuth = context.appAuth } = {}) => {
      const ported = {
        database: killable(database, killer, ['writeRecord', 'deleteRecord']),
        secrets: killable(secrets, killer, ['set', 'delete', 'clear']),
        graph: killable(context.graph, killer, ['post', 'patch', 'delete']),
        appAuth: killable(appAuth, killer, []),
      }
      let last = await readProvisioningRecord(database)
      const care = new SecretCare({
        ...context,
        ...ported,
        settings: () => context.settings,
        guard: new TenantGuard(),
        watches: true,
        onChange: () => {},
        context: (signal) => ({ ...context, ...ported, signal }),
        appGraph: context.graph,
        record: () => last,
        reloadRecord: async () => {
          last = await readProvisioningRecord(ported.database)
        },
        raise: (alert) => alerts.push(alert),
        onSecretChanged: () => {},
      })
      await care.start()
      return care
    },
  }
}

/** The same port, with each call passing the killer. */
function killable<T extends Database | SecretStore | EntraContext['graph'] | AppAuth>(
  port: T,
  killer: Killer,
  writes: string[],
): T {
  return new Proxy(port, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      const call = (...args: unknown[]) => Reflect.apply(value, target, args) as Promise<unknown>
      return writes.includes(String(name))
        ? (...args: unknown[]) => killer.write(() => call(...args))
        : (...args: unknown[]) => killer.read(() => call(...args))
    },
  })
}

/** Runs one action to its end and returns how it failed, if it did. */
export async function finished(
  care: SecretCare,
  action: 'rotate' | 'confirm' | 'abandon',
): Promise<string | null> {
  care[action]()
  while (care.state().job.running) await new Promise((resolve) => setTimeout(resolve, 5))
  return care.state().job.error?.code ?? null
}
