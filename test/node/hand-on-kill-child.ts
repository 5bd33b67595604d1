// The process that hand-on-kill.test.ts kills: stores notifications and hands them on at the same time.
import type { ConnectionSettings } from '../../main/contract/models/settings.ts'
import { HandOn } from '../../main/core/hand-on/hand-on.ts'
import { Inbox } from '../../main/core/webhook/inbox.ts'
import { defaultSettings } from '../../main/core/settings.ts'
import { openDatabase } from '../../main/node/database.ts'
import { createHandOnFile } from '../../main/node/hand-on-file.ts'
import { systemClock, systemRandom } from '../../main/node/system-clock.ts'
import { memoryLog, MemorySecrets } from '../fakes/memory-ports.ts'

const [folder = '', url = '', key = '', round = '', stores = ''] = process.argv.slice(2)
const secrets = new MemorySecrets()
await secrets.set('handOnKey', JSON.stringify({ current: key, previous: null }))
const database = await openDatabase(`${folder}/emi.sqlite`)
const log = memoryLog(systemClock)
const settings: ConnectionSettings = {
  ...defaultSettings.connections.microsoft,
  ...(url === 'file' ? { handOnTarget: 'file' } : { handOnTarget: 'http', handOnUrl: url }),
}
const handOn = new HandOn({
  ...{ database, secrets, fetch, clock: systemClock, random: systemRandom },
  settings: () => settings,
  log,
  file: createHandOnFile({ folder: `${folder}/hand-on`, maxBytes: 1e9, files: 2 }),
  content: () => Promise.resolve(null),
  onChange: () => undefined,
})
const inbox = new Inbox({
  ...{ database, log, clock: systemClock },
  handOnLane: (item) => handOn.laneOf(item),
})
inbox.onAdded((deliveries) => handOn.noteStored(deliveries))
await handOn.load()
handOn.start()
for (let index = 0; index < Number(stores); index += 1) {
  const receivedAt = new Date().toISOString()
  const items = Array.from({ length: 4 }, (_, chat) => {
    const id = `${round}-${index}`
    const resource = `chats('chat-${chat}')/messages('${id}')`
    return {
      ...{ receivedAt, resource, resourceId: id, subscriptionId: 'sub-1', tenantId: 'tenant-1' },
      ...{ kind: 'changeNotification' as const, subscriptionKey: 'chat-messages' as const },
      ...{ changeType: 'created', rich: false, itemJson: '{}' },
    }
  })
  const added = await inbox.add(items)
  // What was acknowledged is what may not be lost.
  process.stdout.write(`${added.map(({ resource }) => resource).join(' ')} .\n`)
}
while (handOn.state().waiting > 0) {
  await new Promise<void>((resolve) => {
    setTimeout(resolve, 5)
  })
}
await handOn.stop()
await database.close()
