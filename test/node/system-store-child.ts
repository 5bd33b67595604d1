// The process that proxy.test.ts starts with a certificate store of its own: the whole app goes through everything, or
// says what stands in the way. The store of the operating system is read once in a process.
import {
  bySsh,
  call,
  errorOf,
  setUp,
  signInOutcome,
  startApp,
  type World,
} from './app-on-network.ts'
import { until } from '../fakes/fitting-state.ts'
import { GATEWAY } from './corporate-network.ts'

export interface ChildTask {
  world: World
  dataFolder: string
  proxyAddress: string
  webhookPort: number
  /** Whether everything was gone through in that folder before. */
  isSetUp: boolean
}

const { world, dataFolder, proxyAddress, webhookPort, isSetUp } = JSON.parse(
  process.argv[2] ?? '',
) as ChildTask

const { app, stop } = await startApp(world, {
  dataFolder,
  proxy: { kind: 'address', address: proxyAddress },
  connection: bySsh(world, webhookPort),
})
// What is asked of the application shows that it was set up, or why not.
if (!isSetUp) await setUp(app)
const said = await outcomes()
await stop()
process.send?.(said, () => process.disconnect())

/** What the app says of each way: empty where it is open. */
async function outcomes() {
  await call(app, 'setup.verify', undefined)
  const { setup } = await until(app, ({ setup: { steps } }) =>
    steps.some(({ id, state, error }) => error !== null || (id === 'verify' && state === 'done')),
  )
  const signIn = await signInOutcome(app)
  await call(app, 'signIn.cancel', undefined)
  const handOn = await errorOf(app, 'handOn.test')
  // ssh is no TLS: its own host key is what counts.
  const { fingerprint } = await call(app, 'tunnel.readHostKey', { host: GATEWAY, port: 22 })
  await call(app, 'network.check', undefined)
  const { network } = await until(app, (state) => state.network.checkedAt !== null)
  const certificates = network.targets.flatMap(({ id, hops }) =>
    hops.filter(({ name }) => name === 'Certificate').map(({ state }) => `${id} ${state}`),
  )
  return {
    signIn: signIn === 'code' ? '' : signIn.message,
    application: setup.steps.find(({ error }) => error !== null)?.error?.message ?? '',
    handOn: handOn?.message ?? '',
    fingerprint,
    certificates,
  }
}
