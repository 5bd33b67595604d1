// `npm run cli -- …`: the emi-tray command from a clone; builds it first when that is needed.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildAll } from './build.ts'
import { projectRoot } from './child.ts'

await buildAll()
await import(pathToFileURL(join(projectRoot, 'out', 'main', 'cli.js')).href)
