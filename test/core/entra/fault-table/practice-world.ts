// The practice tenant of the fault table: a quick clock, faults by name, secrets overheard, and a clean start for each case.
import type { PracticeFault } from '../../../../main/practice/practice-tenant.ts'
import { MemoryDatabase, MemorySecrets } from '../../../fakes/memory-ports.ts'
import { openRig, type Rig } from '../practice-rig.ts'
import { quickClock } from '../quick-clock.ts'

/** The practice tenant's faults that concern the set-up, and a tenant in which every object takes seconds to appear. */
export type Fault =
  | Exclude<
      PracticeFault,
      'notifications-stop' | 'subscription-validation-fails' | 'one-read-a-second'
    >
  | 'seconds-per-object'

export interface World {
  rig: Rig
  folder: { database: MemoryDatabase; secrets: MemorySecrets }
  set: (faults: readonly Fault[], on: boolean) => void
  /** Every secret, token and code that went over the wire, as far as the tests heard them. */
  overheard: Set<string>
  /** Every refusal of Graph since the start of the case, as `status code`. */
  refusals: string[]
  /** Called after each write that Graph accepted, with their number. */
  afterWrite: (count: number) => void
  /** What is left of this run only waits for its limit: the clock runs even faster. */
  hurry: () => void
  /** The next run starts at the present time: a clock that ran ahead for long would look wrong to the check. */
  restartClock: () => void
  /** The next run is on another computer. */
  forgetFolder: () => void
  /** An empty tenant, an empty data folder, no fault; `approved` says whether an administrator let the sign-in client in. */
  startOver: (options: { approved: boolean }) => Promise<void>
  close: () => Promise<void>
}

const SPEED = 30
const SPEED_OF_WAITING = 100
/** Until an object is seen by the next call: three seconds on the quick clock. */
const SECONDS_PER_OBJECT = 3 / SPEED
const USUAL_SECONDS = 0.01
/** Names under which secrets travel. */
const SECRET_FIELDS =
  /^(access_token|refresh_token|id_token|code|code_verifier|client_secret|secretText|authorization)$/i

export async function openWorld(): Promise<World> {
  const clock = quickClock(SPEED)
  const rig = await openRig({ clock, replicationDelayMs: USUAL_SECONDS * 1_000 })
  const { control } = rig.tenant
  const overheard = new Set<string>()
  const refusals: string[] = []
  rig.onExchange = (exchange) => {
    if (exchange.phase !== 'handled') return
    const { host, method, requestHeaders, requestBody, responseBody, status = 0 } = exchange
    collect([requestHeaders, requestBody, responseBody], overheard)
    if (host !== 'graph') return
    refusals.push(...refusalsIn(status, responseBody))
    if (method !== 'GET' && status < 300) world.afterWrite(rig.writes.length)
  }
  let isApproved = false

  const world: World = {
    rig,
    overheard,
    refusals,
    afterWrite: () => {},
    hurry: () => clock.hurry(SPEED_OF_WAITING),
    folder: { database: new MemoryDatabase(), secrets: new MemorySecrets() },
    set: (faults, on) => {
      for (const fault of faults) {
        if (fault !== 'seconds-per-object') control.setFault(fault, on)
        else control.setReplicationSeconds(on ? SECONDS_PER_OBJECT : USUAL_SECONDS)
      }
    },
    restartClock: () => clock.restart(),
    forgetFolder: () => {
      world.folder = { database: new MemoryDatabase(), secrets: new MemorySecrets() }
    },
    startOver: async ({ approved }) => {
      for (const { name } of control.faults) control.setFault(name, false)
      control.setReplicationSeconds(USUAL_SECONDS)
      world.restartClock()
      world.forgetFolder()
      rig.signInLog.entries.length = 0
      overheard.clear()
      // Consent is kept by the tenant: the first run has given it.
      if (!isApproved || control.counts().applications > 0) await rig.signIn('global-admin')
      isApproved = true
      await deleteApplications(rig)
      if (!approved) {
        await forgetApproval(rig)
        isApproved = false
      }
      rig.writes.length = 0
      refusals.length = 0
    },
    close: () => rig.close(),
  }
  return world
}

async function deleteApplications(rig: Rig): Promise<void> {
  const { control } = rig.tenant
  if (control.counts().applications > 0) {
    const { graph } = await rig.context()
    for (const item of await graph.list('/applications')) {
      await graph.delete(`/applications/${idOf(item)}`)
    }
  }
  // A deleted application keeps its unique name until it is gone for good.
  control.emptyDeletedItems()
}

/** The sign-in client asks for consent again, as in a tenant that has never seen it. */
async function forgetApproval(rig: Rig): Promise<void> {
  const { graph } = await rig.context()
  for (const item of await graph.list('/oauth2PermissionGrants')) {
    await graph.delete(`/oauth2PermissionGrants/${idOf(item)}`)
  }
}

/** The refusals in an answer, also those inside a batch. */
function refusalsIn(status: number, body: unknown): string[] {
  const responses = field(body, 'responses')
  if (Array.isArray(responses)) {
    return responses.flatMap((item) => {
      const inner = field(item, 'status')
      return typeof inner === 'number' ? refusalsIn(inner, field(item, 'body')) : []
    })
  }
  const code = field(field(body, 'error'), 'code')
  return status >= 400 ? [`${status} ${typeof code === 'string' ? code : ''}`] : []
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  return Object.entries(value).find(([key]) => key === name)?.[1] as unknown
}

function collect(value: unknown, overheard: Set<string>): void {
  if (typeof value !== 'object' || value === null) return
  for (const [name, field] of Object.entries(value)) {
    if (typeof field !== 'string') collect(field, overheard)
    // Graph's errors have a code, too: a word, and short.
    else if (SECRET_FIELDS.test(name) && !/^[A-Za-z_]+$/.test(field)) {
      overheard.add(field.replace(/^Bearer /, ''))
    }
  }
}

function idOf(item: unknown): string {
  if (typeof item === 'object' && item !== null && 'id' in item && typeof item.id === 'string') {
    return item.id
  }
  throw new Error('An object without an id.')
}
