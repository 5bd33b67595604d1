// The process that program-kill.test.ts kills: the real platform with a program as its tunnel. Prints the program's words.
import path from 'node:path'
import { defaultSettings } from '../../main/core/settings.ts'
import { openNodePlatform } from '../../main/node/platform.ts'

const [dataFolder = '', keyFile = ''] = process.argv.slice(2)
const platform = await openNodePlatform({
  ...{ dataFolder, keyFile, host: 'headless', version: '0.0.0', env: {} },
  openBrowser: () => Promise.resolve(),
  copyText: null,
})
const settings = {
  ...defaultSettings.connections.microsoft,
  command: {
    program: process.execPath,
    args: [path.join(import.meta.dirname, 'tunnel-program.ts'), 'family'],
    // Its words are made the address, so that they can be told here.
    pattern: 'child (\\d+) url=',
    secretVariable: '',
  },
}
const { tunnelProviders, secrets } = await platform.openConnection('microsoft', settings)
const session = await tunnelProviders.command.open({
  ...{ settings, secrets, local: { host: '127.0.0.1', port: 8730 } },
  signal: new AbortController().signal,
})
process.stdout.write(`${new URL(session.publicUrl).host}\n`)
