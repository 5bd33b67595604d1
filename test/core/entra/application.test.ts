// The application object on bad days: what Graph answers about a name that is not free.
import { describe, expect, it } from 'vitest'
import {
  createApplication,
  patchApplication,
  uniqueNameOf,
} from '../../../main/core/entra/application.ts'
import type { GraphClient } from '../../../main/core/entra/graph-client.ts'
import { GraphError } from '../../../main/core/entra/graph-error.ts'
import type { EntraContext } from '../../../main/core/entra/provision.ts'
import { defaultSettings } from '../../../main/core/settings.ts'
import { FakeClock } from '../../fakes/fake-clock.ts'
import { MemoryDatabase, memoryLog, MemorySecrets, seededRandom } from '../../fakes/memory-ports.ts'

describe('an application that was deleted in Entra less than 30 days ago', () => {
  it('is named as what keeps its unique name, with the way out', async () => {
    const context = open({
      get: () => Promise.reject(graphError(404, 'Resource does not exist.')),
      patch: () =>
        Promise.reject(
          graphError(
            400,
            'Another object with the same value for property uniqueName already exists.',
          ),
        ),
    })
    const error: unknown = await create(context).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'graph-conflict' })
    expect(error).toHaveProperty('nextStep', expect.stringContaining('Deleted applications'))
    expect(error).toHaveProperty('details', 'Graph 400')
  })
})

describe('the unique name', () => {
  it.each([
    ['acme.brightpattern.com', 'emi-tray-acme-brightpattern-com'],
    ['https://ACME.brightpattern.com/x', 'emi-tray-acme-brightpattern-com'],
    ['a-b.example', 'emi-tray-a--b-example'],
    ['acme.example:8443', 'emi-tray-acme-example---8443'],
  ])('of %s is %s', (tenantUrl, uniqueName) => {
    expect(uniqueNameOf(tenantUrl)).toBe(uniqueName)
  })

  it('is never that of another contact center', () => {
    const hosts = [
      'a.b.c.example',
      'a-b.c.example',
      'a.b-c.example',
      'a-b-c.example',
      'a--b.c.example',
      'a.b--c.example',
      'abc.example:80',
      'abc.example.80a',
      'abc.example-80',
    ]
    expect(new Set(hosts.map(uniqueNameOf)).size).toBe(hosts.length)
  })
})

describe('an application that was made a moment ago', () => {
  it('is changed as soon as the replica that is asked knows it', async () => {
    const clock = new FakeClock()
    let tries = 0
    const context = open(
      {
        get: () => Promise.reject(new Error('Nothing is read.')),
        patch: () => {
          tries += 1
          return tries === 1 ? Promise.reject(graphError(404, 'Not here.')) : Promise.resolve()
        },
      },
      clock,
    )
    const done = patchApplication(
      context,
      { id: 'object-id', displayName: 'EMI' },
      { change: { displayName: 'EMI 2' }, before: null, after: null },
    )
    await clock.advance(1_000)
    await done
    expect(tries).toBe(2)
  })
})

function create(context: EntraContext) {
  const settings = { ...context.settings, tenantUrl: 'acme.brightpattern.com' }
  return createApplication(
    { ...context, settings },
    { redirectUri: 'https://acme.brightpattern.com/callback', access: [], permissions: [] },
    () => Promise.resolve(),
  )
}

function graphError(status: number, message: string): GraphError {
  return new GraphError(
    status === 404 ? 'graph-not-found' : 'graph-rejected',
    { message: 'x.', nextStep: 'y.', details: `Graph ${status}` },
    { status, message },
  )
}

function open(
  answers: Pick<GraphClient, 'get' | 'patch'>,
  clock: FakeClock = new FakeClock(),
): EntraContext {
  const graph: GraphClient = {
    ...answers,
    list: () => Promise.resolve([]),
    post: () => Promise.reject(new Error('Nothing is posted.')),
    delete: () => Promise.reject(new Error('Nothing is deleted.')),
    batch: () => Promise.reject(new Error('Nothing is read.')),
  }
  return {
    graph,
    appAuth: { acquire: () => Promise.reject(new Error('No token is needed.')) },
    database: new MemoryDatabase(),
    secrets: new MemorySecrets(),
    clock,
    random: seededRandom(),
    inspectTls: () => Promise.resolve({ issuer: 'DigiCert Inc', isPublic: true, isTrusted: true }),
    settings: defaultSettings.connections.microsoft,
    account: {
      username: 'nora@contoso.example',
      displayName: 'Nora',
      tenantId: 'tenant',
      tenantDisplayName: 'Contoso',
      tenantDomain: 'contoso.example',
      roles: ['Global Administrator'],
    },
    cloud: { id: 'custom', displayName: 'Test', loginHost: '', graphHost: '' },
    log: memoryLog(clock),
    signal: new AbortController().signal,
  }
}
