// The process that proxy.test.ts starts with another certificate store: prints what one request through a proxy says.
import { openNetwork } from '../../main/node/network.ts'
import { trustCertificates } from '../../main/node/trust.ts'
import { MemorySecrets } from '../fakes/memory-ports.ts'

const [url = '', address = ''] = process.argv.slice(2)
trustCertificates({ extraPem: [], useSystem: true })
const network = openNetwork({
  proxy: { kind: 'address', address, bypass: '', username: '' },
  secrets: new MemorySecrets(),
  env: {},
})
try {
  const { status } = await network.fetch(url)
  console.log(String(status))
} catch (error) {
  console.log(error instanceof Error ? error.message : 'failed')
}
await network.close()
