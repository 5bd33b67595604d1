// The process that proxy.test.ts starts with a certificate store of its own: the whole app goes through everything, or
// says what stands in the way. The store of the operating system is read once in a process.
import {
  bySsh,
  call,
  errorOf,
  goThroughAll,
  signInOutcome,
  startApp,
  until,
  type World,
} from './app-on-network.ts'
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
const said = isSetUp ? await complaints() : await goThroughAll(app, { authorize })
await stop()
process.send?.({ said }, () => process.disconnect())

/** The key reaches the gateway by whoever runs it. */
function authorize(publicKey: string): Promise<void> {
  return new Promise((resolve) => {
    process.once('message', () => resolve())
    process.send?.({ publicKey })
  })
}

/** What the app says of each way where it is set up already. */
async function complaints() {
  await call(app, 'setup.verify', undefined)
  const { setup } = await until(app, ({ setup }) => setup.steps.some(({ error }) => error !== null))
  const signIn = await signInOutcome(app)
  const handOn = await errorOf(app, 'handOn.test')
  // ssh is no TLS: its own host key is what counts.
  const { fingerprint } = await call(app, 'tunnel.readHostKey', { host: GATEWAY, port: 22 })
  await call(app, 'network.check', undefined)
  const { network } = await until(app, (state) => state.network.checkedAt !== null)
  const publicAddress = network.targets.find(({ id }) => id === 'public-url')?.hops.at(-1)
  return {
    signIn: signIn === 'code' ? '' : signIn.message,
    application: setup.steps.find(({ error }) => error !== null)?.error?.message,
    publicAddress: publicAddress?.message,
    handOn: handOn?.message,
    fingerprint,
  }
}
