// Records of crashes, of this process and of Chromium's; they stay on this computer.
import { join } from 'node:path'
import { app, crashReporter } from 'electron'
import {
  CRASH_FOLDER,
  recordCrash,
  recordUncaught,
  type CrashPlace,
} from '../node/crash-records.ts'

/** Records from now on; called before the app is ready. */
export function recordCrashes(place: CrashPlace): void {
  app.setPath('crashDumps', join(place.folder, CRASH_FOLDER, 'dumps'))
  crashReporter.start({ uploadToServer: false })
  recordUncaught(place)
  app.on('render-process-gone', (_event, _page, { reason, exitCode }) => {
    // The system ends pages when it shuts down or lacks memory for others; only the latter is news.
    if (reason === 'clean-exit' || reason === 'killed') return
    recordCrash(place, { part: 'window', reason: `${reason} (exit code ${exitCode})` })
  })
  app.on('child-process-gone', (_event, { type, reason, exitCode, name }) => {
    if (reason === 'clean-exit' || reason === 'killed') return
    recordCrash(place, { part: name ?? type, reason: `${reason} (exit code ${exitCode})` })
  })
}
